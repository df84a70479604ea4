//! What an expression asks of fields, against what event schemas say of them.
//!
//! Only doubts: events may have what no schema says, and rules that run must go on running.

use std::collections::BTreeSet;

use tripline_message::{Text, text};

use super::MAX_ERRORS;
use super::ast::{Ast, AstKind, Field as TakenField, Literal, Operator, Relation};
use super::error::{ExpressionWarning, WarningKind};
use super::function::{self, Action, Aggregate, Signature, Type};
use super::list::{Source, source};
use crate::event_schema::{EventSchemas, Field, FieldDoubt, Kinds};
use crate::suggest::{closest, did_you_mean, listed};

/// At most this many values are listed in a hint.
const LISTED: usize = 10;

/// What is odd about the fields of `ast`, in the order in which it is walked.
///
/// Recursion is bounded as the depth of the text is.
pub(crate) fn check(ast: &Ast, schemas: &EventSchemas) -> Vec<DeclaredWarning> {
    if schemas.is_empty() {
        return Vec::new();
    }
    let mut check = Check { schemas, told: BTreeSet::new(), found: Vec::new() };
    check.visit(ast);
    check.found.truncate(MAX_ERRORS);
    check.found
}

/// A doubt with the field that it is about.
pub(crate) struct DeclaredWarning {
    pub(crate) field: String,
    pub(crate) warning: ExpressionWarning,
}

struct Check<'a> {
    schemas: &'a EventSchemas,
    /// The fields that something was said of by themselves: once is enough.
    told: BTreeSet<String>,
    found: Vec<DeclaredWarning>,
}

/// What an operand is known to be.
struct Operand<'a> {
    kinds: Kinds,
    /// The field, if it is one that the schemas know.
    field: Option<Known<'a>>,
}

struct Known<'a> {
    path: String,
    values: Option<Vec<&'a serde_json::Value>>,
}

impl Operand<'_> {
    const fn of(kinds: Kinds) -> Self {
        Self { kinds, field: None }
    }
}

fn kinds_of(found: Type) -> Kinds {
    match found {
        Type::Any => Kinds::ALL,
        Type::Bool => Kinds::BOOL,
        Type::Number => Kinds::NUMBER,
        Type::Text => Kinds::TEXT,
    }
}

impl<'a> Check<'a> {
    fn warn(&mut self, kind: WarningKind, at: &Ast, field: &str, doubt: FieldDoubt) {
        let FieldDoubt { message, hint } = doubt;
        let warning = ExpressionWarning { kind, message, hint, span: at.span.clone() };
        self.found.push(DeclaredWarning { field: field.to_owned(), warning });
    }

    fn never(&mut self, at: &Ast, field: &str, message: Text, hint: Text) {
        let doubt = FieldDoubt { message, hint: Some(hint) };
        self.warn(WarningKind::AgainstSchema, at, field, doubt);
    }

    /// A field of the event, or of one that was matched.
    fn field(&mut self, at: &Ast, path: String) -> Operand<'a> {
        let schemas = self.schemas;
        match schemas.field(&path) {
            Field::Open => Operand::of(Kinds::ALL),
            Field::Unknown => {
                if self.told.insert(path.clone()) {
                    self.warn(WarningKind::UnknownField, at, &path, schemas.no_field(&path));
                }
                Operand::of(Kinds::ALL)
            }
            Field::Known { kinds, .. } if !kinds.has(Kinds::SCALAR) => {
                if self.told.insert(path.clone()) {
                    let message = text!(
                        "`{path}` is {kind} in the event schemas, and a condition sees no value in it",
                        path = &path,
                        kind = kinds.words()
                    );
                    let inside = if kinds.has(Kinds::ARRAY) { "[0]" } else { ".…" };
                    let hint = text!(
                        "name what is inside it: `{example}`",
                        example = format!("{path}{inside}")
                    );
                    self.never(at, &path, message, hint);
                }
                Operand::of(Kinds::ALL)
            }
            Field::Known { kinds, values } => {
                Operand { kinds, field: Some(Known { path, values }) }
            }
        }
    }

    fn taken(&mut self, at: &Ast, field: &TakenField) -> Operand<'a> {
        match field {
            TakenField::Time => Operand::of(Kinds::NUMBER),
            TakenField::Path(path) => self.field(at, path.clone()),
        }
    }

    fn visit(&mut self, ast: &Ast) -> Operand<'a> {
        match &ast.kind {
            AstKind::Literal(literal) => Operand::of(kind_of(literal)),
            AstKind::Time => Operand::of(Kinds::NUMBER),
            AstKind::Path(parts) => self.field(ast, parts.join(".")),
            AstKind::Item { index, field, .. } => {
                self.visit(index);
                self.taken(ast, field)
            }
            AstKind::Call { function, arguments } => match function::find(&function.text) {
                Some(signature) => self.call(signature, arguments),
                None => Operand::of(Kinds::ALL),
            },
            AstKind::Not(operand) => {
                self.visit(operand);
                Operand::of(Kinds::BOOL)
            }
            AstKind::Negate(operand) => {
                self.wants(operand, Kinds::NUMBER, "-");
                Operand::of(Kinds::NUMBER)
            }
            AstKind::In { item, list } => {
                self.membership(item, list);
                Operand::of(Kinds::BOOL)
            }
            AstKind::Between { item, low, high } => {
                let asked = self.visit(item);
                for (bound, relation) in
                    [(low, Relation::GreaterOrEqual), (high, Relation::LessOrEqual)]
                {
                    let found = self.visit(bound);
                    self.compare(bound, relation, (item, &asked), (bound, &found));
                }
                Operand::of(Kinds::BOOL)
            }
            AstKind::Matches { item, .. } => {
                self.wants(item, Kinds::TEXT, "matches");
                Operand::of(Kinds::BOOL)
            }
            AstKind::Choose { test, then, otherwise } => {
                self.visit(test);
                let (then, otherwise) = (self.visit(then), self.visit(otherwise));
                Operand::of(then.kinds | otherwise.kinds)
            }
            AstKind::Chain { first, rest } => self.chain(first, rest),
            AstKind::Nil
            | AstKind::Missing
            | AstKind::Parameter(_)
            | AstKind::Items(_)
            | AstKind::Column { .. }
            | AstKind::List(_) => Operand::of(Kinds::ALL),
        }
    }

    fn chain(&mut self, first: &Ast, rest: &[(Operator, Ast)]) -> Operand<'a> {
        let mut left = (first, self.visit(first));
        let mut kinds = Kinds::BOOL;
        for (operator, operand) in rest {
            let right = (operand, self.visit(operand));
            match operator {
                Operator::Relation(relation) => {
                    self.compare(operand, *relation, (left.0, &left.1), (right.0, &right.1));
                }
                Operator::Arithmetic(arithmetic) => {
                    kinds = Kinds::NUMBER;
                    for (ast, operand) in [&left, &right] {
                        self.is_wanted(ast, operand, Kinds::NUMBER, arithmetic.symbol());
                    }
                    // The result; what stands on its left was looked at.
                    left = (operand, Operand::of(Kinds::NUMBER));
                    continue;
                }
                Operator::And | Operator::Or => {}
            }
            left = right;
        }
        Operand::of(kinds)
    }

    fn call(&mut self, signature: &'static Signature, arguments: &[Ast]) -> Operand<'a> {
        match (signature.action, arguments) {
            (Action::Events { aggregate, .. }, [only]) => {
                let found = self.list(only);
                let wants = matches!(aggregate, Aggregate::Sum | Aggregate::Average);
                if let (true, Some(found)) = (wants, &found) {
                    self.is_wanted(only, found, Kinds::NUMBER, aggregate.name());
                }
                return match (aggregate, found) {
                    (Aggregate::First | Aggregate::Last, Some(found)) => found,
                    _ => Operand::of(kinds_of(signature.gives)),
                };
            }
            (Action::Include, [list, item]) => self.membership(item, list),
            _ => {
                for (index, argument) in arguments.iter().enumerate() {
                    let found = self.visit(argument);
                    let Some(wanted) = signature.takes_at(index) else { continue };
                    let mut wanted = kinds_of(wanted);
                    if signature.action == Action::Timestamp && index == 0 {
                        // A moment comes as a number too.
                        wanted = wanted | Kinds::NUMBER;
                    }
                    self.is_wanted(argument, &found, wanted, signature.name());
                }
            }
        }
        Operand::of(kinds_of(signature.gives))
    }

    /// What the items of a list are, unless they are written one by one; nothing if it is none.
    fn list(&mut self, ast: &Ast) -> Option<Operand<'a>> {
        match source(ast) {
            Source::Items(items) => {
                items.iter().for_each(|item| {
                    self.visit(item);
                });
                None
            }
            Source::Column { field, .. } => Some(self.taken(ast, &field)),
            Source::Array(parts) => Some(self.field(ast, parts.join("."))),
            Source::None => None,
        }
    }

    fn membership(&mut self, item: &Ast, list: &Ast) {
        let asked = self.visit(item);
        if let Source::Items(items) = source(list) {
            for each in items {
                let found = self.visit(each);
                self.compare(each, Relation::Equal, (item, &asked), (each, &found));
            }
        } else if let Some(found) = self.list(list) {
            self.compare(item, Relation::Equal, (item, &asked), (list, &found));
        }
    }

    fn wants(&mut self, ast: &Ast, wanted: Kinds, operator: &str) {
        let found = self.visit(ast);
        self.is_wanted(ast, &found, wanted, operator);
    }

    /// Warns if an operand is a field that can never be what an operator or a function takes.
    fn is_wanted(&mut self, at: &Ast, found: &Operand<'_>, wanted: Kinds, operator: &str) {
        let Some(Known { path, .. }) = &found.field else { return };
        if found.kinds.has(wanted) {
            return;
        }
        let message = text!(
            "`{path}` is {kind} in the event schemas, and `{operator}` takes {wanted}",
            path,
            kind = found.kinds.words(),
            operator,
            wanted = wanted.words()
        );
        let hint = if wanted == Kinds::NUMBER {
            text!("write `{example}`", example = format!("double({path})"))
        } else {
            text!("write `{example}`", example = format!("str({path})"))
        };
        self.never(at, path, message, hint);
    }

    /// Warns if a comparison can never hold, by what the schemas say of its sides.
    fn compare(
        &mut self,
        at: &Ast,
        relation: Relation,
        left: (&Ast, &Operand<'_>),
        right: (&Ast, &Operand<'_>),
    ) {
        let ((known, other), other_ast) = match (&left.1.field, &right.1.field) {
            (Some(known), _) => ((known, (left.1, right.1)), right.0),
            (None, Some(known)) => ((known, (right.1, left.1)), left.0),
            (None, None) => return,
        };
        let (field, other) = other;
        if !(field.kinds & Kinds::SCALAR).has(other.kinds) {
            let (path, symbol) = (&known.path, relation.symbol());
            let (kind, other) = (field.kinds.words(), other.kinds.words());
            let message = if relation == Relation::NotEqual {
                text!(
                    "`{path}` is {kind} in the event schemas, so compared with {other} by `{symbol}` it always holds",
                    path,
                    kind,
                    other,
                    symbol
                )
            } else {
                text!(
                    "`{path}` is {kind} in the event schemas, so compared with {other} by `{symbol}` it never holds",
                    path,
                    kind,
                    other,
                    symbol
                )
            };
            return self.never(at, path, message, text!("compare values of one kind"));
        }
        let (Relation::Equal | Relation::NotEqual, Some(values), AstKind::Literal(literal)) =
            (relation, &known.values, &other_ast.kind)
        else {
            return;
        };
        if !values.iter().any(|value| is_value(literal, value)) {
            self.no_value(other_ast, &known.path, values, literal);
        }
    }

    fn no_value(&mut self, at: &Ast, path: &str, values: &[&serde_json::Value], literal: &Literal) {
        let value = literal.to_string();
        let message = text!(
            "{value} is none of the values that `{path}` has in the event schemas",
            value,
            path
        );
        let mut texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        let close = match literal {
            Literal::Text(text) => did_you_mean(&closest(text, texts.iter().copied())),
            _ => None,
        };
        let hint = close.unwrap_or_else(|| {
            if (1..=LISTED).contains(&texts.len()) {
                text!(
                    "the values are {names}; add it to the event schema if events have it",
                    names = listed(&texts)
                )
            } else {
                text!("add it to the event schema if events have it")
            }
        });
        self.never(at, path, message, hint);
    }
}

const fn kind_of(literal: &Literal) -> Kinds {
    match literal {
        Literal::Bool(_) => Kinds::BOOL,
        Literal::Int(_) | Literal::Float(_) => Kinds::NUMBER,
        Literal::Text(_) => Kinds::TEXT,
    }
}

/// Whether an event's value can be equal to a constant; numbers compare by value.
fn is_value(literal: &Literal, value: &serde_json::Value) -> bool {
    match literal {
        Literal::Bool(expected) => value.as_bool() == Some(*expected),
        Literal::Text(expected) => value.as_str() == Some(expected),
        Literal::Int(expected) => {
            value.as_i64() == Some(*expected) || value.as_f64() == Some(*expected as f64)
        }
        Literal::Float(expected) => value.as_f64() == Some(*expected),
    }
}
