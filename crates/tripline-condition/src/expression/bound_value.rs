//! Expressions that give a value, not a truth: what templates show.

use tripline_event::{FieldId, Value};

use super::ast::{AstKind, Literal};
use super::eval::Code;
use super::scalar::Scalar;
use super::{Dialect, check, lower, parse, resolve, sorted, substitute};
use crate::{Binder, Context, ExpressionError, NodeIndex};

/// An expression that gives a value, bound to field and node numbers.
#[derive(Debug)]
pub struct BoundValue(pub(super) Code);

/// The one field that an expression is, where it is nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValuePlace {
    /// Of the event under evaluation.
    Current(FieldId),
    /// Of an event already matched.
    Matched {
        /// The node that took it.
        node: NodeIndex,
        /// The how many-th it is of the node, from 0.
        index: usize,
        /// The field.
        field: FieldId,
    },
}

impl BoundValue {
    /// What it comes to; missing as L-EXPR says.
    #[must_use]
    pub fn evaluate(&self, context: &Context<'_>) -> Value {
        match self.0.value(context) {
            Scalar::Missing => Value::Missing,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Int(value) => Value::Int(value),
            Scalar::Float(value) => Value::Float(value),
            Scalar::Text(text) => Value::from(text),
            Scalar::Shared(text) => Value::Text(text),
        }
    }

    /// The field that it reads, if it does nothing else: its value can then be shown as it stands in the event.
    #[must_use]
    pub fn place(&self, context: &Context<'_>) -> Option<ValuePlace> {
        match &self.0 {
            Code::Field(field) => Some(ValuePlace::Current(*field)),
            Code::Item { node, index, field } => {
                let index = index.position(context)?;
                Some(ValuePlace::Matched { node: *node, index, field: *field })
            }
            _ => None,
        }
    }
}

/// Parses, checks and binds an expression that gives a value.
///
/// # Errors
/// All that is wrong with it, in the order of the text.
pub(crate) fn compile_value(
    text: &str,
    binder: &mut Binder<'_>,
) -> Result<BoundValue, Vec<ExpressionError>> {
    let (ast, mut errors) = parse(text, Dialect::Tripline);
    let Some(mut ast) = ast else { return Err(sorted(errors)) };
    errors.extend(substitute::substitute(&mut ast, binder.params));
    errors.extend(
        resolve::resolve(&mut ast, binder.nodes, Dialect::Tripline, binder.event_schemas).errors,
    );
    // A parameter without a value shows as nothing.
    let missing = matches!(ast.kind, AstKind::Missing);
    errors.extend(check::check_value(&ast, binder).errors);
    if !errors.is_empty() {
        return Err(sorted(errors));
    }
    if missing {
        return Ok(BoundValue(Code::Constant(Literal::Text(String::new()))));
    }
    lower::lower_value(&ast, binder).map(BoundValue).map_err(|error| vec![error])
}
