//! What the grammar allows and the language does not: all of it is found before a field gets its number.

use super::Dialect;
use super::ast::{Ast, AstKind, Level, Literal, Name, Operator, Relation};
use super::error::{ErrorKind, ExpressionError};
use crate::binder::node_index;
use crate::suggest::{closest, did_you_mean, listed};

/// The functions of the language.
const FUNCTIONS: [&str; 2] = ["size", "sum"];

/// Functions of Aviator that come later, and the modules of such.
const LATER_FUNCTIONS: [&str; 8] =
    ["count", "include", "map", "filter", "reduce", "is_def", "long", "double"];
const LATER_MODULES: [&str; 3] = ["string.", "math.", "seq."];

/// At most this many node names are listed in a hint.
const LISTED_NODES: usize = 10;

/// Everything that is wrong with `ast` in a pattern of `nodes`.
pub(super) fn check(ast: &Ast, dialect: Dialect, nodes: &[&str]) -> Vec<ExpressionError> {
    let mut check = Check { dialect, nodes, errors: Vec::new() };
    check.boolean(ast);
    check.visit(ast);
    check.errors
}

struct Check<'a> {
    dialect: Dialect,
    nodes: &'a [&'a str],
    errors: Vec<ExpressionError>,
}

impl Check<'_> {
    /// The whole must be something that can be true.
    fn boolean(&mut self, ast: &Ast) {
        let what = match &ast.kind {
            AstKind::Literal(Literal::Text(_)) => "a string",
            AstKind::Literal(Literal::Int(_) | Literal::Float(_))
            | AstKind::Negate(_)
            | AstKind::Size(_)
            | AstKind::Sum { .. } => "a number",
            AstKind::Path(path) if path == super::TIME => "a number",
            AstKind::Chain { .. } if ast.level() >= Level::Sum => "a number",
            _ => return,
        };
        self.errors.push(
            ExpressionError::new(
                ErrorKind::NotBoolean,
                ast.span.clone(),
                format!("the condition is {what}, so it never holds"),
            )
            .with_hint("compare it with something: `price + 1 > 10`"),
        );
    }

    fn visit(&mut self, ast: &Ast) {
        match &ast.kind {
            AstKind::Literal(_) => {}
            AstKind::Path(path) => {
                // Read as a field it would be silently missing in every event.
                if path.starts_with("params.") {
                    let span = ast.span.clone();
                    let mut error = ExpressionError::unsupported(span, &format!("`{path}`"));
                    error.hint = Some(
                        "write the value itself; parameters of a rule come with a later version"
                            .to_owned(),
                    );
                    self.errors.push(error);
                }
            }
            AstKind::Nil => self.nil(ast),
            AstKind::Size(node) | AstKind::Sum { node, .. } => self.node(node),
            AstKind::Item { node, index, .. } => {
                self.node(node);
                self.visit(index);
            }
            AstKind::Call { function, arguments } => {
                self.function(function);
                for argument in arguments {
                    self.visit(argument);
                }
            }
            AstKind::Not(operand) | AstKind::Negate(operand) => self.visit(operand),
            AstKind::In { item, .. } => self.visit(item),
            AstKind::Chain { first, rest } => self.chain(first, rest),
        }
    }

    fn chain(&mut self, first: &Ast, rest: &[(Operator, Ast)]) {
        if let [(Operator::Relation(Relation::Equal | Relation::NotEqual), last)] = rest {
            match (&first.kind, &last.kind) {
                (AstKind::Nil, AstKind::Nil) => {}
                (AstKind::Nil, _) => return self.visit(last),
                (_, AstKind::Nil) => return self.visit(first),
                _ => {}
            }
        }
        self.visit(first);
        for (_, operand) in rest {
            self.visit(operand);
        }
    }

    fn nil(&mut self, ast: &Ast) {
        self.errors.push(
            ExpressionError::new(
                ErrorKind::NilOperand,
                ast.span.clone(),
                "`nil` can only be compared with one operand by `==` or `!=`",
            )
            .with_hint("`field == nil` holds if the event has no such field"),
        );
    }

    fn node(&mut self, node: &Name) {
        let name = &node.text;
        if self.dialect == Dialect::Aviator {
            self.errors.push(
                ExpressionError::new(
                    ErrorKind::MatchedEvents,
                    node.span.clone(),
                    format!("the events of `{name}` cannot be read in a condition of type AVIATOR"),
                )
                .with_hint(
                    "write the condition as type EXPRESSION, which reads events already matched",
                ),
            );
        } else if node_index(self.nodes, name).is_none() {
            let mut error = ExpressionError::new(
                ErrorKind::UnknownNode,
                node.span.clone(),
                format!("the pattern has no node `{name}`"),
            );
            let close = closest(name, self.nodes.iter().copied());
            error.hint = did_you_mean(&close).or_else(|| {
                (1..=LISTED_NODES)
                    .contains(&self.nodes.len())
                    .then(|| format!("its nodes are {}", listed(self.nodes)))
            });
            self.errors.push(error);
        }
    }

    fn function(&mut self, function: &Name) {
        let name = function.text.as_str();
        let later = LATER_FUNCTIONS.contains(&name)
            || LATER_MODULES.iter().any(|module| name.starts_with(module));
        self.errors.push(if later {
            ExpressionError::unsupported(function.span.clone(), &format!("the function `{name}`"))
        } else {
            let mut error = ExpressionError::new(
                ErrorKind::UnknownFunction,
                function.span.clone(),
                format!("there is no function `{name}`"),
            );
            error.hint = did_you_mean(&closest(name, FUNCTIONS))
                .or_else(|| Some(format!("the functions are {}", listed(&FUNCTIONS))));
            error
        });
    }
}
