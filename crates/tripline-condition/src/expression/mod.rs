//! The expression language: text → [`Ast`] → parameters put in → checked → bound.
//!
//! `price < cart[0].price && eventType == 'purchase'`: fields of the event by their path, of events already matched
//! by node (`cart[0].price`, `avg(cart.price)`, `brand in cart.brand`), parameters of the rule (`params.threshold`),
//! constants, functions, and the operators `? :`, `||`, `&&`, `== !=`, `< <= > >= in between matches`, `+ -`, `* / %`,
//! `! -` (loosest first, all but the first from the left). What each of them means is in `docs/language.md`, L-EXPR,
//! L-PARAM, L-FUN and L-ITER.
//!
//! * A comparison with something missing is unknown; `&&`, `||` and `!` carry it on as in SQL.
//!   `field == nil` asks whether something is missing, and is never unknown.
//! * Numbers compare by value; two values of different kinds are not equal, and neither is less.
//!   Doubles are calculated with as decimals ([`decimal`]).
//! * `ts` is the event's time in milliseconds, whatever the event calls it; `cart[0].ts` likewise.
//! * A path is names joined by dots, a name is letters (of any script), digits and `_`, or anything in backticks; where
//!   an event of a node is asked for, a name is the node's, everywhere else a field's.
//! * `'…'` holds every character up to the next `'` as it stands, a backslash too.
//!   `"…"` knows the escapes `\\ \" \n \r \t \b \f`, and no others; so does `'…'` in the Aviator dialect, with `\'`.
//! * Parameters are constants before anything is checked, so equal conditions have the same canonical text however
//!   their constants were written.
//! * Limits: [`MAX_EXPRESSION_BYTES`] of text, [`MAX_EXPRESSION_DEPTH`] levels; chains are flat and may be of any length.
//!   Functions, regular expressions and walks over matched events are counted ([`check`]), long texts are missing to
//!   functions ([`call`]), so evaluation is quick whatever the text and the event.
//!
//! ```
//! use tripline_condition::{Binder, Dialect, compile_expression};
//! use tripline_event::FieldTable;
//!
//! let mut fields = FieldTable::new();
//! let mut binder = Binder::new(&mut fields, &["cart"]);
//! let bound = compile_expression("price < crat[0].price", Dialect::Tripline, &mut binder);
//! let errors = bound.unwrap_err();
//! assert_eq!(errors[0].span, 8..12);
//! assert_eq!(errors[0].hint.as_ref().unwrap(), &"did you mean `cart`?");
//! ```

pub(crate) mod ast;
mod bound_value;
mod call;
mod canonical;
mod check;
mod column;
mod contradiction;
mod decimal;
mod declared;
mod error;
mod eval;
mod foreign;
mod function;
mod lexer;
mod list;
mod lower;
mod members;
mod outlook;
mod parser;
mod pattern;
mod print;
mod resolve;
mod scalar;
mod substitute;
#[cfg(test)]
mod tests;
mod zone;

pub use ast::Ast;
pub(crate) use bound_value::compile_value;
pub use bound_value::{BoundValue, ValuePlace};
pub use canonical::conjuncts;
pub(crate) use canonical::joined;
pub(crate) use decimal::multiply;
pub(crate) use declared::check as check_declared;
pub use error::{ErrorKind, ExpressionError, ExpressionWarning, WarningKind};
pub(crate) use lower::{best_equality, lower};
pub(crate) use pattern::validate as validate_pattern;
pub use print::node_name;
pub(crate) use scalar::{add, is_at_least, quotient};
pub use zone::find as find_zone;

use tripline_message::text;

use crate::{Binder, BoundCondition};

/// The longest text of an expression, in bytes of UTF-8; inclusive.
pub const MAX_EXPRESSION_BYTES: usize = 16 * 1024;

/// The deepest nesting of parentheses, brackets and prefix operators; inclusive.
pub const MAX_EXPRESSION_DEPTH: usize = 64;

/// At most this many errors are reported for one expression.
const MAX_ERRORS: usize = 20;

/// The path that stands for the event's time.
const TIME: &str = "ts";

/// Which of the languages that look alike an expression is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Tripline's own: condition type `EXPRESSION`.
    Tripline,
    /// Aviator, as existing rules have it: condition type `AVIATOR`. It cannot read events already matched.
    Aviator,
}

/// Parses an expression without looking at fields and nodes.
///
/// # Errors
/// What is wrong with its text, in the order of the text.
pub fn parse_expression(text: &str, dialect: Dialect) -> Result<Ast, Vec<ExpressionError>> {
    match parse(text, dialect) {
        (Some(ast), errors) if errors.is_empty() => Ok(ast),
        (_, errors) => Err(errors),
    }
}

/// Parses, checks and binds an expression.
///
/// # Errors
/// All that is wrong with it, in the order of the text; the binder's fields are then as they were.
///
/// # Cost
/// Linear in the text; evaluating the result allocates nothing.
pub fn compile_expression(
    text: &str,
    dialect: Dialect,
    binder: &mut Binder<'_>,
) -> Result<BoundCondition, Vec<ExpressionError>> {
    compile_with_warnings(text, dialect, binder, &mut Vec::new())
}

/// Does what [`compile_expression`] does, and adds to `warnings` what is valid and can hardly be meant.
///
/// # Errors
/// As there; warnings may have been found all the same.
pub fn compile_with_warnings(
    text: &str,
    dialect: Dialect,
    binder: &mut Binder<'_>,
    warnings: &mut Vec<ExpressionWarning>,
) -> Result<BoundCondition, Vec<ExpressionError>> {
    let (ast, mut errors) = parse(text, dialect);
    if let Some(mut ast) = ast {
        errors.extend(substitute::substitute(&mut ast, binder.params));
        let resolved = resolve::resolve(&mut ast, binder.nodes, dialect, binder.event_schemas);
        errors.extend(resolved.errors);
        warnings.extend(resolved.warnings.into_iter().take(MAX_ERRORS));
        let found = check::check(&ast, dialect, binder);
        errors.extend(found.errors);
        warnings.extend(found.warnings.into_iter().take(MAX_ERRORS));
        let declared = check_declared(&ast, binder.event_schemas);
        warnings.extend(declared.into_iter().map(|found| found.warning));
        if errors.is_empty() {
            return lower(&ast, binder, warnings).map_err(|error| vec![error]);
        }
    }
    Err(sorted(errors))
}

fn parse(text: &str, dialect: Dialect) -> (Option<Ast>, Vec<ExpressionError>) {
    if text.len() > MAX_EXPRESSION_BYTES {
        let message = text!(
            "the expression has {count} bytes, which exceeds the limit of {limit}",
            count = text.len(),
            limit = MAX_EXPRESSION_BYTES
        );
        let error = ExpressionError::new(ErrorKind::TooLong, 0..text.len(), message)
            .with_hint(text!("a long list of values is better kept in a condition of type CLASS"));
        return (None, vec![error]);
    }
    let lexed = lexer::tokenize(text, dialect);
    let (ast, found) = parser::parse(lexed.tokens);
    let mut errors = lexed.errors;
    errors.extend(found);
    (ast, sorted(errors))
}

fn sorted(mut errors: Vec<ExpressionError>) -> Vec<ExpressionError> {
    errors.sort_by_key(|error| error.span.start);
    errors.truncate(MAX_ERRORS);
    errors
}
