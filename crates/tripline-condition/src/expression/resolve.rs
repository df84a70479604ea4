//! What a name stands for where it could be a node or a field: nodes are known now.
//!
//! `a[0].b` is the field `b` of the first event of the node `a`, or, without such a node, of the first item of the array
//! `a` of the event; a list is likewise a field of a node's events or an array. A name that is nearly that of a node
//! stays one, so that a slip in it is found.
//! `a.b` where a single value is asked for is a field of the event, whatever nodes there are.

use std::ops::Range;

use tripline_message::text;

use super::Dialect;
use super::ast::{Ast, AstKind, Field, Literal, Name};
use super::check::Findings;
use super::error::{ExpressionError, ExpressionWarning, WarningKind};
use super::function::{self, Action};
use crate::EventSchemas;
use crate::event_schema::Field as Declared;
use crate::suggest::closest;

/// Makes fields of what is no node; gives what is wrong with the places in it, or odd.
///
/// Recursion is bounded as the depth of the text is.
pub(super) fn resolve(
    ast: &mut Ast,
    nodes: &[&str],
    dialect: Dialect,
    schemas: &EventSchemas,
) -> Findings {
    let findings = Findings { errors: Vec::new(), warnings: Vec::new() };
    let mut resolution = Resolution { nodes, dialect, schemas, findings };
    resolution.visit(ast);
    resolution.findings
}

struct Resolution<'n> {
    nodes: &'n [&'n str],
    dialect: Dialect,
    schemas: &'n EventSchemas,
    findings: Findings,
}

impl Resolution<'_> {
    /// Whether a name means an array of the event; in Aviator it always does, but for a node's name, which is refused.
    fn is_array(&self, name: &str) -> bool {
        let known = self.nodes.contains(&name);
        let nearly = || !closest(name, self.nodes.iter().copied()).is_empty();
        !known && (self.dialect == Dialect::Aviator || !nearly())
    }

    /// A rule that reads a node by a wrong name would be silent for ever. That events have the array settles it.
    fn warn_of_array(&mut self, name: &Name) {
        let known = self.schemas.has_array(&name.text);
        if self.dialect == Dialect::Aviator || name.is_quoted() || known {
            return;
        }
        let message = text!(
            "`{name}` is no node of the pattern, so it is read as an array of the event",
            name = &name.text
        );
        let hint = Some(text!("if the event has such an array, write it in backticks"));
        let (kind, span) = (WarningKind::ReadAsArray, name.span.clone());
        self.findings.warnings.push(ExpressionWarning { kind, message, hint, span });
    }

    /// `price > a.price` with a node `a` reads a field of this event, and who wrote it hardly meant that. That events have
    /// the field settles it.
    fn warn_of_field(&mut self, parts: &[String], span: &Range<usize>) {
        let Some((node, field @ [_, ..])) = parts.split_first() else { return };
        let path = parts.join(".");
        let quoted = span.len() > path.len();
        let known = matches!(self.schemas.field(&path), Declared::Known { .. });
        let means_node = self.dialect != Dialect::Aviator && self.nodes.contains(&node.as_str());
        if !means_node || quoted || known {
            return;
        }
        let message = text!(
            "`{path}` is read as a field of the event under evaluation, though `{node}` is a node of the pattern",
            path = path.clone(),
            node
        );
        let hint = Some(text!(
            "for the events of the node write `{node}[0].{field}` or `last({path})`; if events have such a field, write `{node}` in backticks",
            node,
            field = field.join("."),
            path
        ));
        let (kind, span) = (WarningKind::ReadAsField, span.clone());
        self.findings.warnings.push(ExpressionWarning { kind, message, hint, span });
    }

    fn visit(&mut self, ast: &mut Ast) {
        match &mut ast.kind {
            AstKind::Item { node, index, field } => match index.kind {
                AstKind::Literal(Literal::Int(index)) if self.is_array(&node.text) => {
                    self.warn_of_array(node);
                    let field = match field {
                        Field::Time => super::TIME.to_owned(),
                        Field::Path(path) => std::mem::take(path),
                    };
                    ast.kind = AstKind::Path(vec![format!("{}[{index}]", node.text), field]);
                }
                _ => self.visit(index),
            },
            AstKind::Path(parts) => {
                self.warn_of_field(parts, &ast.span);
                let node = parts.first().and_then(|first| first.split_once('['));
                if let Some((node, _)) = node
                    && self.nodes.contains(&node)
                {
                    let message =
                        text!("`{path}` is an event, and no field of it", path = parts.join("."));
                    let error = ExpressionError::syntax(ast.span.clone(), message)
                        .with_hint(text!("name a field of the event: `node[0].field`"));
                    self.findings.errors.push(error);
                }
            }
            AstKind::Items(parts) => {
                let first = parts.first().and_then(|first| first.split('[').next());
                if let Some(node) = first
                    && self.nodes.contains(&node)
                {
                    let message =
                        text!("`{node}` is a node, and no array of the event", node = node);
                    let error = ExpressionError::syntax(ast.span.clone(), message).with_hint(
                        text!("write `node` for its events, `node.field` for a field of them"),
                    );
                    self.findings.errors.push(error);
                }
            }
            AstKind::Not(inner) | AstKind::Negate(inner) => self.visit(inner),
            AstKind::In { item, list } => {
                self.visit(item);
                self.visit_list(list, true);
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
                let action = function::find(&function.text).map(|signature| signature.action);
                let only = arguments.len() == 1;
                for (index, argument) in arguments.iter_mut().enumerate() {
                    match action {
                        Some(Action::Include) if index == 0 => self.visit_list(argument, true),
                        // `size(cart)` counts the events of a node, whose name may have a slip in it.
                        Some(Action::Events { .. }) if only => {
                            self.visit_list(argument, self.dialect == Dialect::Aviator);
                        }
                        _ => self.visit(argument),
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
            | AstKind::Parameter(_)
            | AstKind::Time
            | AstKind::Column { .. } => {}
        }
    }

    /// `ast` where a list may stand; `single` tells whether a name alone may be one.
    fn visit_list(&mut self, ast: &mut Ast, single: bool) {
        let AstKind::Path(parts) = &mut ast.kind else { return self.visit(ast) };
        let Some(first) = parts.first() else { return };
        let is_array = if parts.len() == 1 {
            single && !self.nodes.contains(&first.as_str())
        } else {
            self.is_array(first)
        };
        if !is_array {
            return;
        }
        let mut parts = std::mem::take(parts);
        if let Some(last) = parts.last_mut() {
            last.push_str("[]");
        }
        ast.kind = AstKind::Items(parts);
    }
}
