//! What a condition is bound against: the numbers of fields and nodes, and the rule's parameters.

use std::sync::LazyLock;

use serde_json::{Map, Value as Json};
use tripline_event::{FieldId, FieldTable};

use crate::NodeIndex;

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
    /// How many regular expressions have been bound.
    pub(crate) patterns: usize,
}

impl<'a> Binder<'a> {
    /// A binder without parameters, for conditions that may read every node.
    #[must_use]
    pub fn new(fields: &'a mut FieldTable, nodes: &'a [&'a str]) -> Self {
        Self { fields, nodes, params: &NO_PARAMETERS, reachable: nodes.len(), patterns: 0 }
    }

    /// The same with the parameters of a rule.
    #[must_use]
    pub fn with_params(self, params: &'a Map<String, Json>) -> Self {
        Self { params, ..self }
    }

    /// The number of the field at `path`, given now if it had none.
    pub fn field(&mut self, path: &str) -> FieldId {
        self.fields.intern(path)
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
