//! `params.x` → the constant that the rule gives it, so that nothing after this knows of parameters.

use std::ops::Range;

use serde_json::{Map, Value as Json};
use tripline_message::{Text, text};

use super::ast::{Ast, AstKind, Literal};
use super::error::{ErrorKind, ExpressionError};
use super::function::{self, Signature};
use crate::parameter::ParameterPath;

/// At most this many constants come out of the parameters in one expression, the items of lists counted.
const MAX_CONSTANTS: usize = 10_000;

/// Puts the parameters into `ast`; gives what is wrong with them.
///
/// Recursion is bounded as the depth of the text is.
pub(super) fn substitute(ast: &mut Ast, params: &Map<String, Json>) -> Vec<ExpressionError> {
    let mut substitution = Substitution { params, left: MAX_CONSTANTS, errors: Vec::new() };
    substitution.visit(ast);
    substitution.errors
}

struct Substitution<'p> {
    params: &'p Map<String, Json>,
    left: usize,
    errors: Vec<ExpressionError>,
}

impl Substitution<'_> {
    fn visit(&mut self, ast: &mut Ast) {
        match &mut ast.kind {
            AstKind::Parameter(path) => {
                let replaced = self.scalar(path, &ast.span);
                ast.kind = self.unless_wrong(replaced.map(constant));
            }
            AstKind::Item { index: inner, .. } | AstKind::Not(inner) | AstKind::Negate(inner) => {
                self.visit(inner);
            }
            AstKind::In { item, list } => {
                self.visit(item);
                self.visit_list(list);
            }
            AstKind::Between { item, low, high } => {
                [item, low, high].into_iter().for_each(|inner| self.visit(inner));
            }
            AstKind::Choose { test, then, otherwise } => {
                [test, then, otherwise].into_iter().for_each(|inner| self.visit(inner));
            }
            AstKind::Matches { item, pattern } => {
                self.visit(item);
                self.visit(pattern);
            }
            AstKind::Call { function, arguments } => {
                let lists = function::find(&function.text).is_some_and(Signature::takes_list);
                for (index, argument) in arguments.iter_mut().enumerate() {
                    if lists && index == 0 {
                        self.visit_list(argument);
                    } else {
                        self.visit(argument);
                    }
                }
            }
            AstKind::List(items) => items.iter_mut().for_each(|item| self.visit(item)),
            AstKind::Chain { first, rest } => {
                self.visit(first);
                rest.iter_mut().for_each(|(_, operand)| self.visit(operand));
            }
            AstKind::Literal(_)
            | AstKind::Nil
            | AstKind::Missing
            | AstKind::Time
            | AstKind::Path(_)
            | AstKind::Items(_)
            | AstKind::Column { .. } => {}
        }
    }

    /// `ast` where a list may stand.
    fn visit_list(&mut self, ast: &mut Ast) {
        let AstKind::Parameter(path) = &ast.kind else {
            return self.visit(ast);
        };
        let span = ast.span.clone();
        let list = self.list(path, &span).map(|list| {
            let item = |literal| Ast { kind: AstKind::Literal(literal), span: span.clone() };
            AstKind::List(list.into_iter().map(item).collect())
        });
        ast.kind = self.unless_wrong(list);
    }

    fn unless_wrong(&mut self, kind: Result<AstKind, ExpressionError>) -> AstKind {
        kind.unwrap_or_else(|error| {
            self.errors.push(error);
            AstKind::Missing
        })
    }

    fn find(
        &mut self,
        path: &ParameterPath,
        span: &Range<usize>,
    ) -> Result<&Json, ExpressionError> {
        path.find(self.params).map_err(|unknown| {
            ExpressionError::new(ErrorKind::UnknownParameter, span.clone(), unknown.message)
                .with_hint(unknown.hint)
        })
    }

    fn scalar(
        &mut self,
        path: &ParameterPath,
        span: &Range<usize>,
    ) -> Result<Option<Literal>, ExpressionError> {
        let value = self.find(path, span)?;
        let name = path.to_string();
        let wrong = |found: Text, hint: Text| {
            let message = text!(
                "`{name}` is {found}, where a single value is asked for",
                name = &name,
                found
            );
            Err(ExpressionError::new(ErrorKind::ParameterType, span.clone(), message)
                .with_hint(hint))
        };
        match value {
            Json::Array(_) => wrong(
                text!("a list"),
                text!(
                    "write `{example}`, or `{other}`",
                    example = format!("field in {name}"),
                    other = format!("{name}[0]")
                ),
            ),
            Json::Object(_) => wrong(
                text!("an object"),
                text!("name one of its members: `{example}`", example = format!("{name}.name")),
            ),
            scalar => literal(scalar, &name, span),
        }
    }

    fn list(
        &mut self,
        path: &ParameterPath,
        span: &Range<usize>,
    ) -> Result<Vec<Literal>, ExpressionError> {
        let left = self.left;
        let value = self.find(path, span)?;
        let wrong = |message: Text| {
            Err(ExpressionError::new(ErrorKind::ParameterType, span.clone(), message)
                .with_hint(text!("give it a list of texts, numbers and booleans")))
        };
        let Json::Array(items) = value else {
            return wrong(text!("`{name}` is no list", name = path.to_string()));
        };
        let Some(left) = left.checked_sub(items.len()) else {
            return wrong(text!(
                "the lists in the expression exceed the limit of {limit} values",
                limit = MAX_CONSTANTS
            ));
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if item.is_array() || item.is_object() {
                return wrong(text!(
                    "`{name}` is not a single value",
                    name = format!("{path}[{index}]")
                ));
            }
            // `x == nil` asks for what is missing; an item `null` equals nothing.
            list.extend(literal(item, &format!("{path}[{index}]"), span)?);
        }
        self.left = left;
        Ok(list)
    }
}

fn constant(literal: Option<Literal>) -> AstKind {
    literal.map_or(AstKind::Missing, AstKind::Literal)
}

/// A scalar as a constant; nothing for null.
fn literal(
    value: &Json,
    name: &str,
    span: &Range<usize>,
) -> Result<Option<Literal>, ExpressionError> {
    Ok(match value {
        Json::Bool(value) => Some(Literal::Bool(*value)),
        Json::String(text) => Some(Literal::Text(text.clone())),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => Some(Literal::Int(value)),
            (None, Some(value)) if number.is_f64() => Some(Literal::Float(value)),
            _ => {
                let message = text!(
                    "the number `{number}` of `{name}` does not fit 64 bits",
                    number = number.to_string(),
                    name
                );
                return Err(ExpressionError::new(ErrorKind::NumberRange, span.clone(), message));
            }
        },
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    })
}
