//! What the grammar allows and the language does not: all of it is found before a field gets its number.
//!
//! What is valid and cannot be meant (a number compared with a string) is a warning, since rules that run elsewhere
//! must go on running.

mod call;

use tripline_message::{Text, text};

use super::Dialect;
use super::ast::{Arithmetic, Ast, AstKind, Level, Literal, Name, Operator, Relation};
use super::error::{ErrorKind, ExpressionError, ExpressionWarning, WarningKind};
use super::function::Type;
use super::parser::pattern_example;
use super::{pattern, zone};
use crate::binder::{MAX_PATTERNS, node_index};
use crate::suggest::{closest, did_you_mean, listed};
use crate::{Binder, MayAsk};

/// At most this many node names are listed in a hint.
const LISTED_NODES: usize = 10;

/// At most this many functions are called in one expression.
const MAX_CALLS: usize = 256;

/// At most this many times an expression may walk over all events of a node.
const MAX_WALKS: usize = 32;

/// What was found.
pub(super) struct Findings {
    pub(super) errors: Vec<ExpressionError>,
    pub(super) warnings: Vec<ExpressionWarning>,
}

/// Everything that is wrong or odd with `ast`, bound with `binder`.
pub(super) fn check(ast: &Ast, dialect: Dialect, binder: &Binder<'_>) -> Findings {
    let mut check = Check::new(dialect, binder);
    let found = check.visit(ast);
    if check.findings.errors.is_empty() {
        check.boolean(ast, found);
    }
    check.findings
}

/// Everything that is wrong or odd with `ast` where it may give any single value.
pub(super) fn check_value(ast: &Ast, binder: &Binder<'_>) -> Findings {
    let mut check = Check::new(Dialect::Tripline, binder);
    check.visit(ast);
    check.findings
}

/// That an operator gives nothing for an operand.
fn gives_nothing(operator: &str, what: Text) -> Text {
    text!("`{operator}` gives nothing for {what}", operator, what)
}

struct Check<'a> {
    dialect: Dialect,
    nodes: &'a [&'a str],
    reachable: usize,
    may_ask: MayAsk,
    findings: Findings,
    calls: usize,
    walks: usize,
    /// How many regular expressions the rule has had so far.
    patterns: usize,
}

impl<'a> Check<'a> {
    const fn new(dialect: Dialect, binder: &Binder<'a>) -> Self {
        Self {
            dialect,
            nodes: binder.nodes,
            reachable: binder.reachable,
            may_ask: binder.may_ask,
            findings: Findings { errors: Vec::new(), warnings: Vec::new() },
            calls: 0,
            walks: 0,
            patterns: binder.patterns,
        }
    }

    fn error(&mut self, kind: ErrorKind, at: &Ast, message: Text, hint: Text) {
        let error = ExpressionError::new(kind, at.span.clone(), message);
        self.findings.errors.push(error.with_hint(hint));
    }

    fn warn(&mut self, kind: WarningKind, at: &Ast, message: Text, hint: Text) {
        let (hint, span) = (Some(hint), at.span.clone());
        self.findings.warnings.push(ExpressionWarning { kind, message, hint, span });
    }

    /// The whole must be something that can be true.
    fn boolean(&mut self, ast: &Ast, found: Type) {
        if found == Type::Number || found == Type::Text {
            let message =
                text!("the condition is {found}, so it never holds", found = found.words());
            let hint = text!("compare it with something: `price + 1 > 10`");
            self.error(ErrorKind::NotBoolean, ast, message, hint);
        }
    }

    /// The type of `ast`, with all that is wrong inside it.
    fn visit(&mut self, ast: &Ast) -> Type {
        match &ast.kind {
            AstKind::Literal(Literal::Bool(_)) => Type::Bool,
            AstKind::Literal(Literal::Int(_) | Literal::Float(_)) | AstKind::Time => Type::Number,
            AstKind::Literal(Literal::Text(_)) => Type::Text,
            AstKind::Path(_) | AstKind::Missing | AstKind::Parameter(_) => Type::Any,
            AstKind::Nil => {
                self.nil(ast);
                Type::Any
            }
            AstKind::Item { node, index, .. } => {
                self.node(node);
                self.visit(index);
                Type::Any
            }
            AstKind::Column { .. } | AstKind::Items(_) | AstKind::List(_) => {
                let hint = text!("write `value in list`, or `sum(node.field)` and the like");
                let message = text!("a list stands where a single value is asked for");
                self.error(ErrorKind::WrongArguments, ast, message, hint);
                Type::Any
            }
            AstKind::Call { function, arguments } => self.call(ast, function, arguments),
            AstKind::Not(operand) => {
                let found = self.visit(operand);
                self.truth(operand, found, |what| gives_nothing("!", what));
                Type::Bool
            }
            AstKind::Negate(operand) => {
                let found = self.visit(operand);
                self.number(operand, found, "-");
                Type::Number
            }
            AstKind::In { item, list } => {
                let item = self.visit(item);
                self.membership(ast, item, list);
                Type::Bool
            }
            AstKind::Between { item, low, high } => {
                let found = self.visit(item);
                for bound in [low, high] {
                    let bound_type = self.visit(bound);
                    self.comparison(bound, Relation::Less, found, bound_type);
                }
                Type::Bool
            }
            AstKind::Matches { item, pattern } => {
                self.matches(item, pattern);
                Type::Bool
            }
            AstKind::Choose { test, then, otherwise } => {
                let found = self.visit(test);
                self.truth(test, found, |what| gives_nothing("? :", what));
                let (then, otherwise) = (self.visit(then), self.visit(otherwise));
                if then == otherwise { then } else { Type::Any }
            }
            AstKind::Chain { first, rest } => self.chain(ast, first, rest),
        }
    }

    fn chain(&mut self, ast: &Ast, first: &Ast, rest: &[(Operator, Ast)]) -> Type {
        if let [(Operator::Relation(Relation::Equal | Relation::NotEqual), last)] = rest {
            let asked = match (&first.kind, &last.kind) {
                (AstKind::Nil, AstKind::Nil) => None,
                (AstKind::Nil, _) => Some(last),
                (_, AstKind::Nil) => Some(first),
                _ => None,
            };
            if let Some(asked) = asked {
                self.visit(asked);
                return Type::Bool;
            }
        }
        let mut left = (first, self.visit(first));
        for (operator, operand) in rest {
            let right = (operand, self.visit(operand));
            match operator {
                Operator::Relation(relation) => {
                    self.comparison(operand, *relation, left.1, right.1);
                    left = (operand, Type::Bool);
                }
                Operator::Arithmetic(arithmetic) => {
                    self.arithmetic(*arithmetic, left);
                    self.arithmetic(*arithmetic, right);
                    left = (operand, Type::Number);
                }
                Operator::And | Operator::Or => {
                    let operator = operator.symbol();
                    self.truth(left.0, left.1, |what| {
                        text!("`{operator}` never asks about {what}", operator, what)
                    });
                    left = right;
                }
            }
        }
        match ast.level() {
            Level::Sum | Level::Product => Type::Number,
            Level::Or | Level::And => {
                self.truth(left.0, left.1, |what| {
                    text!("`&&` and `||` never ask about {what}", what)
                });
                Type::Bool
            }
            _ => Type::Bool,
        }
    }

    /// Warns where a truth is asked for and something else stands.
    fn truth(&mut self, ast: &Ast, found: Type, message: impl FnOnce(Text) -> Text) {
        if matches!(found, Type::Number | Type::Text) {
            let hint = text!("compare it with something");
            self.warn(WarningKind::Meaningless, ast, message(found.words()), hint);
        }
    }

    fn arithmetic(&mut self, operator: Arithmetic, (ast, found): (&Ast, Type)) {
        if self.dialect == Dialect::Aviator && operator == Arithmetic::Add && found == Type::Text {
            let message = text!("Aviator joins texts with `+`; here the result is missing");
            let hint = text!("write `{example}`", example = "concat(x, y)");
            self.warn(WarningKind::AviatorDiffers, ast, message, hint);
        } else {
            self.number(ast, found, operator.symbol());
        }
    }

    fn number(&mut self, ast: &Ast, found: Type, operator: &str) {
        if matches!(found, Type::Bool | Type::Text) {
            let message = gives_nothing(operator, found.words());
            let hint = text!("calculate with numbers; `double(text)` makes one of a text");
            self.warn(WarningKind::Meaningless, ast, message, hint);
        }
    }

    /// Warns of a comparison that is decided by the types of its sides.
    fn comparison(&mut self, at: &Ast, relation: Relation, left: Type, right: Type) {
        let symbol = relation.symbol();
        if !left.fits(right) {
            let (left, right) = (left.words(), right.words());
            let message = if relation == Relation::NotEqual {
                text!(
                    "{left} compared with {right} by `{symbol}` always holds",
                    left,
                    right,
                    symbol
                )
            } else {
                text!("{left} compared with {right} by `{symbol}` never holds", left, right, symbol)
            };
            self.warn(WarningKind::Decided, at, message, text!("compare values of one kind"));
        } else if (left == Type::Bool || right == Type::Bool)
            && !matches!(relation, Relation::Equal | Relation::NotEqual)
        {
            let message = text!("booleans compared by `{symbol}` never holds", symbol);
            let hint = text!("compare them by `==` or `!=`");
            self.warn(WarningKind::Decided, at, message, hint);
        }
    }

    fn membership(&mut self, ast: &Ast, item: Type, list: &Ast) {
        let Some(types) = self.list(list) else { return };
        if !types.is_empty() && !types.iter().any(|found| found.fits(item)) {
            let message = text!("{item} is never in this list", item = item.words());
            self.warn(WarningKind::Decided, ast, message, text!("list values of the same kind"));
        }
    }

    fn matches(&mut self, item: &Ast, pattern: &Ast) {
        let found = self.visit(item);
        if !found.fits(Type::Text) {
            let found = found.words();
            let message = text!("only a string can match a pattern, and this is {found}", found);
            let hint = text!("write `{example}`", example = "str(x) matches '…'");
            self.error(ErrorKind::WrongArguments, item, message, hint);
        }
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            let limit = MAX_PATTERNS;
            let message = text!("the rule exceeds the limit of {limit} regular expressions", limit);
            let hint = text!("join some of them with `|`: `name matches 'a.*|b.*'`");
            return self.error(ErrorKind::TooCostly, pattern, message, hint);
        }
        match &pattern.kind {
            AstKind::Literal(Literal::Text(text)) => {
                if let Err((message, hint)) = pattern::validate(text) {
                    self.error(ErrorKind::BadPattern, pattern, message, hint);
                }
            }
            _ => {
                let message = text!("a regular expression must be a constant text");
                self.error(ErrorKind::BadPattern, pattern, message, pattern_example());
            }
        }
    }

    fn nil(&mut self, ast: &Ast) {
        let message = text!("`nil` can only be compared with one operand by `==` or `!=`");
        let hint = text!("`field == nil` holds if the event has no such field");
        self.error(ErrorKind::NilOperand, ast, message, hint);
    }

    fn node(&mut self, node: &Name) {
        let name = &node.text;
        let at = Ast { kind: AstKind::Nil, span: node.span.clone() };
        if self.dialect == Dialect::Aviator {
            let message =
                text!("the events of `{name}` cannot be read in a condition of type AVIATOR", name);
            let hint =
                text!("write the condition as type EXPRESSION, which reads events already matched");
            return self.error(ErrorKind::MatchedEvents, &at, message, hint);
        }
        let Some(index) = node_index(self.nodes, name) else {
            let message = text!("the pattern has no node `{name}`", name);
            let close = closest(name, self.nodes.iter().copied());
            let hint = did_you_mean(&close).or_else(|| {
                (1..=LISTED_NODES)
                    .contains(&self.nodes.len())
                    .then(|| text!("its nodes are {names}", names = listed(self.nodes)))
            });
            let error = ExpressionError::new(ErrorKind::UnknownNode, node.span.clone(), message);
            self.findings.errors.push(ExpressionError { hint, ..error });
            return;
        };
        if usize::from(index.0) >= self.reachable {
            let message =
                text!("`{name}` comes later in the pattern, so it has no events yet", name);
            self.warn(WarningKind::LaterNode, &at, message, text!("read a node that comes before"));
        }
    }
}
