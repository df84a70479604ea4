//! What a class name of existing rules stands for: a condition with some arguments given, or an expression.
//!
//! The two are told apart without doubt: a text that is the name of a condition is that condition, any other is an
//! expression; with arguments it is always a condition. An expression that is nothing but a name is refused, since it
//! could be a condition's name with a slip in it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tripline_event::FieldTable;
use tripline_message::{Text, text};

use super::{ArgsError, ConditionFactory, arguments, parameters};
use crate::expression::ast::AstKind;
use crate::suggest::{closest, did_you_mean};
use crate::{
    BindWarning, Binder, BoundCondition, Dialect, ExpressionError, ExpressionWarning, MayAsk,
    compile_expression, compile_with_warnings, parse_expression,
};

/// What rules mean by a class name.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    /// The name, as rules have it; case counts.
    pub class_name: String,
    /// What it stands for.
    pub target: AliasTarget,
    /// Where that is said.
    pub origin: AliasOrigin,
}

/// What a class name stands for, as written.
#[derive(Clone, Debug, PartialEq)]
pub enum AliasTarget {
    /// A condition, or an expression.
    Condition {
        /// The name of a condition, or the text of an expression.
        condition: String,
        /// The arguments that are given: an object, or null for none; with an object, `condition` is a name.
        args: Json,
    },
    /// It cannot even be read, and why: lower case, no full stop.
    Unreadable(Text),
}

/// Where an alias is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AliasOrigin {
    /// In `[condition_aliases]` of this configuration.
    Configuration(Arc<str>),
    /// In this place of the rule store; such an alias can change while rules run.
    Store(Arc<str>),
}

impl AliasOrigin {
    /// The place, for people.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Configuration(file) => text!("[condition_aliases] of {file}", file = &**file),
            Self::Store(place) => Text::verbatim(&**place),
        }
    }
}

impl fmt::Display for AliasOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

/// Why an alias cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AliasProblem {
    /// What is wrong: lower case, no full stop.
    pub message: Text,
    /// What to do about it, if there is something to say.
    pub hint: Option<Text>,
}

/// What an alias turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AliasMeaning {
    /// Another name for this condition, perhaps with some arguments given.
    Condition(String),
    /// This expression.
    Expression(String),
}

/// An alias with what it means.
#[derive(Clone, Debug)]
pub struct ResolvedAlias {
    pub(super) alias: Alias,
    found: Result<Found, AliasProblem>,
}

#[derive(Clone, Debug)]
struct Found {
    meaning: AliasMeaning,
    factory: Arc<dyn ConditionFactory>,
}

impl ResolvedAlias {
    /// What `alias` means among these conditions.
    pub(super) fn new(
        factories: &BTreeMap<String, Arc<dyn ConditionFactory>>,
        alias: Alias,
    ) -> Self {
        let found = find(factories, &alias);
        Self { alias, found }
    }

    /// The alias as it is written.
    #[must_use]
    pub const fn alias(&self) -> &Alias {
        &self.alias
    }

    /// What it means.
    ///
    /// # Errors
    /// What keeps it from being used.
    pub fn meaning(&self) -> Result<&AliasMeaning, &AliasProblem> {
        self.found.as_ref().map(|found| &found.meaning)
    }

    pub(super) fn factory(&self) -> Result<&Arc<dyn ConditionFactory>, &AliasProblem> {
        self.found.as_ref().map(|found| &found.factory)
    }
}

/// Classes that combine conditions, by the end of the name: they are never looked up.
const COMBINING: [&str; 3] = ["RichAndCondition", "RichOrCondition", "RichNotCondition"];

/// The longest class name, in characters, inclusive: that of the column in a rule store.
const MAX_NAME_CHARS: usize = 512;

fn find(
    factories: &BTreeMap<String, Arc<dyn ConditionFactory>>,
    alias: &Alias,
) -> Result<Found, AliasProblem> {
    let name = alias.class_name.as_str();
    check_name(factories, name)?;
    let (condition, args) = match &alias.target {
        AliasTarget::Condition { condition, args } => (condition.as_str(), args),
        AliasTarget::Unreadable(reason) => return Err(problem(reason.clone(), None)),
    };
    let fixed = match args {
        Json::Null => None,
        Json::Object(fixed) => Some(fixed.clone()),
        _ => {
            let hint = text!(
                "write an object by parameter names, as {example}",
                example = "{\"field\": \"tag\"}"
            );
            return Err(problem(text!("`args` is not a JSON object"), hint));
        }
    };
    if let Some(inner) = factories.get(condition) {
        let factory = AliasFactory::new(name, Arc::clone(inner), fixed.unwrap_or_default())
            .map_err(|error| {
                let reason = error.message;
                let message = text!("`args` do not fit `{condition}`: {reason}", condition, reason);
                problem(message, error.hint)
            })?;
        let meaning = AliasMeaning::Condition(condition.to_owned());
        return Ok(Found { meaning, factory: Arc::new(factory) });
    }
    if fixed.is_some() {
        let known = factories.keys().map(String::as_str);
        let hint = did_you_mean(&closest(condition, known)).unwrap_or_else(|| {
            text!(
                "with `args` it must be the name of a condition; leave them out for an expression"
            )
        });
        return Err(problem(text!("there is no condition `{name}`", name = condition), hint));
    }
    check_expression(factories, condition)?;
    let factory = ExpressionFactory { name: name.to_owned(), text: condition.to_owned() };
    let meaning = AliasMeaning::Expression(condition.to_owned());
    Ok(Found { meaning, factory: Arc::new(factory) })
}

fn check_name(
    factories: &BTreeMap<String, Arc<dyn ConditionFactory>>,
    name: &str,
) -> Result<(), AliasProblem> {
    if name.trim().is_empty() {
        return Err(problem(text!("the class name is empty"), text!("write it as rules have it")));
    }
    let chars = name.chars().count();
    if chars > MAX_NAME_CHARS {
        let message = text!(
            "the class name has {count} characters; at most {limit} are allowed",
            count = chars,
            limit = MAX_NAME_CHARS
        );
        return Err(problem(message, None));
    }
    if factories.contains_key(name) {
        let message = text!("`{name}` is a condition itself, which no alias can replace", name);
        return Err(problem(message, another_name()));
    }
    if COMBINING.into_iter().any(|end| name.ends_with(end)) {
        let message = text!("`{name}` combines conditions, which no alias can replace", name);
        return Err(problem(message, another_name()));
    }
    Ok(())
}

fn another_name() -> Text {
    text!("give the alias another name, and use that in rules")
}

/// Refuses an expression that can be used in no rule.
fn check_expression(
    factories: &BTreeMap<String, Arc<dyn ConditionFactory>>,
    text: &str,
) -> Result<(), AliasProblem> {
    let known = || factories.keys().map(String::as_str);
    if text.trim().is_empty() {
        let hint = text!("write the name of a condition, or an expression");
        return Err(problem(text!("it stands for nothing: the condition is empty"), hint));
    }
    let ast = parse_expression(text, Dialect::Tripline);
    if ast.is_ok_and(|ast| matches!(ast.kind, AstKind::Path(_))) {
        let name = text.trim();
        let message = text!(
            "`{name}` is neither the name of a condition nor an expression that compares anything",
            name
        );
        let hint = did_you_mean(&closest(name, known())).unwrap_or_else(|| {
            text!(
                "an alias stands for a condition or an expression, never for another alias; if a field is meant, write `{name} == true`",
                name
            )
        });
        return Err(problem(message, hint));
    }
    let mut fields = FieldTable::new();
    let Err(errors) = compile_expression(
        text,
        Dialect::Tripline,
        &mut Binder::new(&mut fields, &[]).that_may_ask(MayAsk::All),
    ) else {
        return Ok(());
    };
    // Nodes and parameters are those of the rule that uses the alias.
    if errors.iter().any(|error| error.kind.depends_on_rule()) {
        return Ok(());
    }
    let error = not_usable(text, &errors);
    Err(problem(error.message, error.hint))
}

fn problem(message: Text, hint: impl Into<Option<Text>>) -> AliasProblem {
    AliasProblem { message, hint: hint.into() }
}

/// In characters, from 1.
fn column(text: &str, span: &Range<usize>) -> usize {
    text.get(..span.start).map_or(0, |before| before.chars().count()) + 1
}

/// What there is to say of a place in an expression.
fn in_expression(text: &str, span: &Range<usize>, reason: &Text) -> Text {
    let column = column(text, span);
    text!("the expression `{text}`, character {column}: {reason}", text, column, reason)
}

/// The first of these errors, with its place.
fn not_usable(text: &str, errors: &[ExpressionError]) -> ArgsError {
    let Some(first) = errors.first() else { return ArgsError::new("", text!("it cannot be read")) };
    let reason = &first.message;
    let message = match errors.len() {
        0 | 1 => in_expression(text, &first.span, reason),
        all => text!(
            "the expression `{text}`, character {column}: {reason}, and {count} more",
            text,
            column = column(text, &first.span),
            reason,
            count = all - 1
        ),
    };
    let mut error = ArgsError::new("", message);
    error.hint.clone_from(&first.hint);
    error
}

/// Another name for a condition, with some arguments given.
#[derive(Debug)]
pub(super) struct AliasFactory {
    name: String,
    inner: Arc<dyn ConditionFactory>,
    fixed: Map<String, Json>,
}

impl AliasFactory {
    /// # Errors
    /// The condition has no such parameters.
    pub(super) fn new(
        name: &str,
        inner: Arc<dyn ConditionFactory>,
        fixed: Map<String, Json>,
    ) -> Result<Self, ArgsError> {
        let (none, given) = (Map::new(), Json::Object(fixed.clone()));
        arguments::by_name(&inner.parameters_schema(), &none, &given)?;
        Ok(Self { name: name.to_owned(), inner, fixed })
    }
}

impl ConditionFactory for AliasFactory {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        self.inner.description()
    }

    /// Without the parameters that are fixed.
    fn parameters_schema(&self) -> Json {
        let mut schema = self.inner.parameters_schema();
        if let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) {
            properties.retain(|name, _| !self.fixed.contains_key(name));
        }
        if let Some(required) = schema.get_mut("required").and_then(Json::as_array_mut) {
            required
                .retain(|name| !name.as_str().is_some_and(|name| self.fixed.contains_key(name)));
        }
        schema
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        let args = parameters::substitute(args, binder.params)?;
        let named = arguments::by_name(&self.inner.parameters_schema(), &self.fixed, &args)?;
        self.inner.bind(&named.object(), binder).map_err(|error| named.locate(error))
    }
}

/// A name for an expression, which reads the event, nodes and parameters of the rule that uses it.
#[derive(Debug)]
struct ExpressionFactory {
    name: String,
    text: String,
}

impl ConditionFactory for ExpressionFactory {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        "an expression"
    }

    fn parameters_schema(&self) -> Json {
        serde_json::json!({"type": "object", "properties": {}, "additionalProperties": false})
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        let none = match args {
            Json::Null => true,
            Json::Array(items) => items.is_empty(),
            Json::Object(members) => members.is_empty(),
            _ => false,
        };
        if !none {
            let message =
                text!("it stands for `{text}`, which takes no arguments", text = &self.text);
            let hint = text!("let the alias name a condition that takes them, such as `InList`");
            return Err(ArgsError::new("", message).with_hint(hint));
        }
        let mut warnings = Vec::new();
        let bound = compile_with_warnings(&self.text, Dialect::Tripline, binder, &mut warnings);
        for warning in warnings {
            let message = in_expression(&self.text, &warning.span, &warning.message);
            let warning = ExpressionWarning { message, span: 0..0, ..warning };
            binder.warn(BindWarning { warning, field: None });
        }
        bound.map_err(|errors| not_usable(&self.text, &errors))
    }
}
