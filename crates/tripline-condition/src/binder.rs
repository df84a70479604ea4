//! What a condition is bound against: the numbers of fields and nodes, and the rule's parameters.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json};
use tripline_event::{FieldId, FieldTable};

use crate::expression::check_declared;
use crate::{Ast, EventSchemas, ExpressionWarning, FieldDoubt, NodeIndex, WarningKind};

static NO_SCHEMAS: LazyLock<EventSchemas> = LazyLock::new(EventSchemas::new);

static NO_PARAMETERS: LazyLock<Map<String, Json>> = LazyLock::new(Map::new);

/// At most this many regular expressions are bound with one binder: compiled they are large.
pub(crate) const MAX_PATTERNS: usize = 100;

/// Gives fields and nodes their numbers, and parameters their values, while a condition is bound.
#[derive(Debug)]
pub struct Binder<'a> {
    /// The fields of the process; a path asked for the first time gets its number here.
    pub fields: &'a mut FieldTable,
    /// The names of the pattern's atomic nodes, by [`NodeIndex`].
    pub nodes: &'a [&'a str],
    /// The rule's parameters, `params.x` in expressions and arguments; empty for a bare graph.
    pub params: &'a Map<String, Json>,
    /// How many of `nodes`, from the first, can have taken an event when the condition is asked: a condition that reads
    /// one of the others gets a warning.
    pub reachable: usize,
    /// What is known of events; empty unless given.
    pub event_schemas: &'a EventSchemas,
    /// What conditions may ask for beside events.
    pub may_ask: MayAsk,
    /// How many regular expressions have been bound.
    pub(crate) patterns: usize,
    /// What is valid and can hardly be meant, found while arguments were bound.
    warnings: Vec<BindWarning>,
}

/// What conditions may ask for beside events, where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MayAsk {
    /// Nothing: `having`, and what actions say, are about values that are at hand.
    #[default]
    Nothing,
    /// Sets: the condition of an aggregate, which says what it counts.
    Sets,
    /// Sets and statistics: the conditions of a pattern.
    All,
}

/// A doubt about the arguments of a condition, or about what its name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindWarning {
    /// What is odd; the span means nothing.
    pub warning: ExpressionWarning,
    /// The field that it is about, if there is one.
    pub field: Option<String>,
}

/// At most this many doubts are kept until they are taken.
const MAX_WARNINGS: usize = 100;

impl<'a> Binder<'a> {
    /// A binder without parameters, for conditions that may read every node.
    #[must_use]
    pub fn new(fields: &'a mut FieldTable, nodes: &'a [&'a str]) -> Self {
        Self {
            fields,
            nodes,
            params: &NO_PARAMETERS,
            reachable: nodes.len(),
            event_schemas: &NO_SCHEMAS,
            may_ask: MayAsk::Nothing,
            patterns: 0,
            warnings: Vec::new(),
        }
    }

    /// The same with what is known of events.
    #[must_use]
    pub fn with_event_schemas(self, event_schemas: &'a EventSchemas) -> Self {
        Self { event_schemas, ..self }
    }

    /// The same for conditions that may ask for this beside events.
    #[must_use]
    pub fn that_may_ask(self, may_ask: MayAsk) -> Self {
        Self { may_ask, ..self }
    }

    /// The same with the parameters of a rule.
    #[must_use]
    pub fn with_params(self, params: &'a Map<String, Json>) -> Self {
        Self { params, ..self }
    }

    /// The number of the field at `path`, given now if it had none; one that events do not have is warned of.
    pub fn field(&mut self, path: &str) -> FieldId {
        if let Some(FieldDoubt { message, hint }) = self.event_schemas.unknown(path) {
            let kind = WarningKind::UnknownField;
            let warning = ExpressionWarning { kind, message, hint, span: 0..0 };
            self.warn(BindWarning { warning, field: Some(path.to_owned()) });
        }
        self.fields.intern(path)
    }

    /// Warns of what the event schemas say against an expression that arguments became.
    pub(crate) fn check_declared(&mut self, expression: &Ast) {
        for found in check_declared(expression, self.event_schemas) {
            self.warn(BindWarning { warning: found.warning, field: Some(found.field) });
        }
    }

    /// Notes a doubt, once.
    pub(crate) fn warn(&mut self, warning: BindWarning) {
        if self.warnings.len() < MAX_WARNINGS && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// The doubts about what was bound since they were taken last.
    pub fn take_warnings(&mut self) -> Vec<BindWarning> {
        std::mem::take(&mut self.warnings)
    }

    /// The number of the node called `name`, if the pattern has it.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<NodeIndex> {
        node_index(self.nodes, name)
    }
}

/// The number of the node called `name`.
pub(crate) fn node_index(nodes: &[&str], name: &str) -> Option<NodeIndex> {
    let index = nodes.iter().position(|node| *node == name)?;
    // A pattern has at most 1,000 nodes.
    u16::try_from(index).ok().map(NodeIndex)
}
