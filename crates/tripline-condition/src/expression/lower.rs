//! [`Ast`] → the bound tree, and what the engine needs to know of it.
//!
//! Normalises on the way, so that conditions that say the same get the same tree: constants go to the right of a
//! comparison, negated numbers become constants, nested `&&` and `||` become one list, a list of one an equality.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use smol_str::SmolStr;
use tripline_event::{FieldId, Value};
use tripline_message::{Text, text};

use super::ast::{Arithmetic, Ast, AstKind, Field, Literal, Name, Operator, Relation};
use super::canonical::canonical;
use super::column::Column;
use super::contradiction::contradicted;
use super::error::{ErrorKind, ExpressionError, ExpressionWarning, WarningKind};
use super::eval::{Code, Expression, Number, Test};
use super::function::{self, Action, Aggregate};
use super::list::{Source, source};
use super::members::Members;
use super::{pattern, zone};
use crate::{Ask, Binder, BoundCondition, NodeIndex, Truth};

type Lowered<T> = Result<T, ExpressionError>;

/// Integers up to here and down to its negative equal exactly one double, so that an index finds both.
const EXACT_INT: u64 = 1 << 53;

/// Binds a checked expression; adds to `warnings` what no event can meet.
pub(crate) fn lower(
    ast: &Ast,
    binder: &mut Binder<'_>,
    warnings: &mut Vec<ExpressionWarning>,
) -> Lowered<BoundCondition> {
    let mut lower = Lower::new(binder);
    // A condition that is no boolean is neither true nor false.
    let test = lower.test(ast, Truth::Unknown)?;
    if let Some(path) = contradicted(&test, lower.binder.fields) {
        let message = text!("no `{path}` meets all that is asked of it here", path);
        let hint = Some(text!("write `||` if one of the comparisons is enough"));
        let (kind, span) = (WarningKind::Decided, ast.span.clone());
        warnings.push(ExpressionWarning { kind, message, hint, span });
    }
    Ok(BoundCondition {
        canonical: canonical(&test, lower.binder.fields).into(),
        iterative: lower.iterative,
        required_equality: required_equality(&test),
        matched_fields: lower.matched_fields.into_iter().collect(),
        sums: lower.sums.into_iter().collect(),
        condition: Arc::new(Expression { test, asks: lower.asks }),
    })
}

/// Binds a checked expression that gives a value.
pub(super) fn lower_value(ast: &Ast, binder: &mut Binder<'_>) -> Lowered<Code> {
    Lower::new(binder).code(ast)
}

struct Lower<'l, 'b> {
    binder: &'l mut Binder<'b>,
    iterative: bool,
    matched_fields: BTreeSet<FieldId>,
    sums: BTreeSet<(NodeIndex, FieldId)>,
    asks: Vec<Ask>,
}

impl<'l, 'b> Lower<'l, 'b> {
    const fn new(binder: &'l mut Binder<'b>) -> Self {
        Self {
            binder,
            iterative: false,
            matched_fields: BTreeSet::new(),
            sums: BTreeSet::new(),
            asks: Vec::new(),
        }
    }

    /// `ast` where a truth is asked for; a value that is no boolean counts as `otherwise`.
    fn test(&mut self, ast: &Ast, otherwise: Truth) -> Lowered<Test> {
        match &ast.kind {
            AstKind::Literal(Literal::Bool(value)) => Ok(Test::Constant(*value)),
            AstKind::Not(operand) => Ok(Test::Not(Box::new(self.test(operand, Truth::Unknown)?))),
            AstKind::In { item, list } => self.membership(item, list),
            AstKind::Between { item, low, high } => self.between(item, low, high),
            AstKind::Matches { item, pattern } => self.matches(item, pattern),
            AstKind::Choose { test, then, otherwise: other } => {
                let test = self.test(test, Truth::Unknown)?;
                let (then, other) = (self.test(then, otherwise)?, self.test(other, otherwise)?);
                Ok(Test::Choose(Box::new((test, then, other))))
            }
            AstKind::Chain { first, rest } => match rest.first() {
                Some((Operator::And, _)) => {
                    let mut tests = Vec::new();
                    // An operand of `&&` that is neither false nor missing counts as true, as in the
                    // conformance cases.
                    self.collect(Operator::And, Truth::True, ast, &mut tests)?;
                    Ok(Test::And(tests))
                }
                Some((Operator::Or, _)) => {
                    let mut tests = Vec::new();
                    // And one of `||` that is neither true nor missing as false.
                    self.collect(Operator::Or, Truth::False, ast, &mut tests)?;
                    Ok(Test::Or(tests))
                }
                Some((Operator::Relation(_), _)) => self.comparison(first, rest),
                _ => self.value(ast, otherwise),
            },
            _ => self.value(ast, otherwise),
        }
    }

    fn value(&mut self, ast: &Ast, otherwise: Truth) -> Lowered<Test> {
        Ok(match self.code(ast)? {
            // What gives a truth needs no value between.
            Code::Test(test) => *test,
            code => Test::Value { code, otherwise },
        })
    }

    /// The operands of `operator`, those of nested chains of the same operator included.
    fn collect(
        &mut self,
        operator: Operator,
        otherwise: Truth,
        ast: &Ast,
        tests: &mut Vec<Test>,
    ) -> Lowered<()> {
        match &ast.kind {
            AstKind::Chain { first, rest }
                if rest.first().is_some_and(|(found, _)| *found == operator) =>
            {
                self.collect(operator, otherwise, first, tests)?;
                for (_, operand) in rest {
                    self.collect(operator, otherwise, operand, tests)?;
                }
            }
            _ => tests.push(self.test(ast, otherwise)?),
        }
        Ok(())
    }

    fn comparison(&mut self, first: &Ast, rest: &[(Operator, Ast)]) -> Lowered<Test> {
        let mut steps = Vec::with_capacity(rest.len());
        for (operator, right) in rest {
            if let Operator::Relation(relation) = operator {
                steps.push((*relation, right));
            }
        }
        let [(relation, right)] = *steps.as_slice() else {
            let first = self.code(first)?;
            let rest = steps
                .into_iter()
                .map(|(relation, right)| Ok((relation, self.code(right)?)))
                .collect::<Lowered<_>>()?;
            return Ok(Test::CompareChain { first, rest });
        };
        let asked = match (&first.kind, &right.kind) {
            (AstKind::Nil, _) => right,
            (_, AstKind::Nil) => first,
            _ => {
                let (left, right) = (self.code(first)?, self.code(right)?);
                return Ok(compare(left, relation, right));
            }
        };
        Ok(Test::IsNil { operand: self.code(asked)?, negated: relation == Relation::NotEqual })
    }

    /// `item in list`.
    fn membership(&mut self, item: &Ast, list: &Ast) -> Lowered<Test> {
        let items = match source(list) {
            Source::Items(items) => items,
            Source::Column { node, field } => {
                let column = self.column(node, &field, list)?;
                return Ok(Test::InColumn { item: self.code(item)?, column });
            }
            Source::Array(parts) => {
                let column = self.array(parts);
                return Ok(Test::InColumn { item: self.code(item)?, column });
            }
            Source::None => return Err(wrong(list, text!("this is no list"))),
        };
        let item = self.code(item)?;
        let mut list = items.iter().map(|each| self.code(each)).collect::<Lowered<Vec<Code>>>()?;
        if let [only] = list.as_mut_slice() {
            let only = std::mem::replace(only, Code::Missing);
            return Ok(compare(item, Relation::Equal, only));
        }
        let constants: Vec<&Literal> = list.iter().filter_map(Code::constant).collect();
        if constants.len() == list.len() {
            return Ok(Test::In { item, members: Members::new(constants) });
        }
        Ok(Test::InList { item, list })
    }

    /// `item between low and high`; for a field two comparisons, which are the quickest.
    fn between(&mut self, item: &Ast, low: &Ast, high: &Ast) -> Lowered<Test> {
        let item = self.code(item)?;
        let (low, high) = (self.code(low)?, self.code(high)?);
        let Code::Field(field) = item else {
            return Ok(Test::Between { item, low, high });
        };
        let low = compare(Code::Field(field), Relation::GreaterOrEqual, low);
        Ok(Test::And(vec![low, compare(Code::Field(field), Relation::LessOrEqual, high)]))
    }

    fn matches(&mut self, item: &Ast, pattern: &Ast) -> Lowered<Test> {
        let AstKind::Literal(Literal::Text(text)) = &pattern.kind else {
            return Err(wrong(pattern, text!("a regular expression must be a constant text")));
        };
        self.binder.patterns += 1;
        let pattern = pattern::compile(text)
            .ok_or_else(|| wrong(pattern, text!("this is no regular expression")))?;
        Ok(Test::Matches { item: self.code(item)?, pattern })
    }

    /// `ast` where a value is asked for.
    fn code(&mut self, ast: &Ast) -> Lowered<Code> {
        Ok(match &ast.kind {
            AstKind::Literal(literal) => Code::Constant(literal.clone()),
            AstKind::Missing => Code::Missing,
            AstKind::Time => Code::Time,
            AstKind::Path(parts) => Code::Field(self.field(&parts.join("."))),
            AstKind::Item { node, index, field } => {
                let (node, index) = (self.node(&node.text, ast)?, Box::new(self.code(index)?));
                self.item(node, index, field)
            }
            AstKind::Negate(operand) => match self.code(operand)? {
                Code::Constant(Literal::Int(value)) => {
                    Code::Constant(Literal::Int(value.wrapping_neg()))
                }
                Code::Constant(Literal::Float(value)) => {
                    Code::Constant(Literal::Float(0.0 - value))
                }
                operand => Code::Negate(Box::new(operand)),
            },
            AstKind::Chain { first, rest } => match self.arithmetic(first, rest)? {
                Some(code) => code,
                None => Code::Test(Box::new(self.test(ast, Truth::Unknown)?)),
            },
            AstKind::Choose { test, then, otherwise } => {
                let test = self.test(test, Truth::Unknown)?;
                Code::Choose(Box::new((test, self.code(then)?, self.code(otherwise)?)))
            }
            AstKind::Call { function, arguments } => self.call(ast, function, arguments)?,
            AstKind::Not(_)
            | AstKind::In { .. }
            | AstKind::Between { .. }
            | AstKind::Matches { .. } => Code::Test(Box::new(self.test(ast, Truth::Unknown)?)),
            // All of them are refused by the check.
            AstKind::Nil
            | AstKind::Parameter(_)
            | AstKind::Column { .. }
            | AstKind::Items(_)
            | AstKind::List(_) => {
                return Err(wrong(ast, text!("no value stands here")));
            }
        })
    }

    /// The chain, if it is one of arithmetic.
    fn arithmetic(&mut self, first: &Ast, rest: &[(Operator, Ast)]) -> Lowered<Option<Code>> {
        let mut steps: Vec<(Arithmetic, &Ast)> = Vec::with_capacity(rest.len());
        for (operator, right) in rest {
            let Operator::Arithmetic(arithmetic) = operator else {
                return Ok(None);
            };
            steps.push((*arithmetic, right));
        }
        let first = Box::new(self.code(first)?);
        let rest = steps
            .into_iter()
            .map(|(operator, right)| Ok((operator, self.code(right)?)))
            .collect::<Lowered<_>>()?;
        Ok(Some(Code::Arithmetic { first, rest }))
    }

    fn call(&mut self, ast: &Ast, function: &Name, arguments: &[Ast]) -> Lowered<Code> {
        let Some(signature) = function::find(&function.text) else {
            let message = text!("there is no function `{name}`", name = &function.text);
            let kind = ErrorKind::UnknownFunction;
            return Err(ExpressionError::new(kind, function.span.clone(), message));
        };
        match (signature.action, arguments) {
            (Action::Events { aggregate, .. }, [only]) => self.events(aggregate, only),
            (Action::Events { otherwise: Some(function), .. }, _)
            | (Action::Values(function), _) => {
                let arguments = arguments.iter().map(|argument| self.code(argument));
                Ok(Code::Call(function, arguments.collect::<Lowered<_>>()?))
            }
            (Action::Include, [list, item]) => {
                Ok(Code::Test(Box::new(self.membership(item, list)?)))
            }
            (Action::Zoned(part), [time, zone @ ..]) => {
                let zone = zone_of(zone)?;
                Ok(Code::Zoned(part, Box::new(self.code(time)?), zone))
            }
            (Action::Stat, [rule, name]) => {
                let (rule, name) = (constant_name(rule)?, constant_name(name)?);
                let stat = self.binder.fields.stat(rule, name);
                self.asks.push(Ask::Stat(stat));
                Ok(Code::Stat(stat))
            }
            (Action::InSet, [set, member @ ..]) => {
                let set = self.binder.fields.set(constant_name(set)?);
                self.asks.push(Ask::Set(set));
                let member = member.iter().map(|part| self.code(part));
                let member = member.collect::<Lowered<_>>()?;
                Ok(Code::Test(Box::new(Test::InSet { set, member })))
            }
            (Action::Timestamp, [time, zone @ ..]) => {
                let zone = zone_of(zone)?;
                Ok(match self.code(time)? {
                    Code::Constant(Literal::Text(text)) => match zone::parse(&text, &zone) {
                        Some(millis) => Code::Constant(Literal::Int(millis)),
                        None => return Err(wrong(ast, text!("this is no date and time"))),
                    },
                    time => Code::Timestamp(Box::new(time), zone),
                })
            }
            _ => Err(wrong(ast, text!("the function does not take these arguments"))),
        }
    }

    /// A function over the events of a node.
    fn events(&mut self, aggregate: Aggregate, argument: &Ast) -> Lowered<Code> {
        let (node, field) = match source(argument) {
            Source::Items(items) => {
                let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
                return Ok(Code::Constant(Literal::Int(count)));
            }
            Source::Column { node, field } => (node, field),
            Source::Array(parts) => return Ok(Code::Aggregate(aggregate, self.array(parts))),
            Source::None => match &argument.kind {
                AstKind::Path(parts) => {
                    let name = parts.first().map(String::as_str).unwrap_or_default();
                    return Ok(Code::Count(self.node(name, argument)?));
                }
                _ => {
                    return Err(wrong(argument, text!("this is no field of the events of a node")));
                }
            },
        };
        Ok(match (aggregate, &field) {
            (Aggregate::First, _) => {
                let node = self.node(node, argument)?;
                self.item(node, Box::new(Code::Constant(Literal::Int(0))), &field)
            }
            (Aggregate::Last, _) => {
                let node = self.node(node, argument)?;
                let one = (Arithmetic::Subtract, Code::Constant(Literal::Int(1)));
                let last = Code::Arithmetic { first: Box::new(Code::Count(node)), rest: vec![one] };
                self.item(node, Box::new(last), &field)
            }
            (Aggregate::Sum, Field::Path(path)) => {
                let node = self.node(node, argument)?;
                let field = self.field(path);
                self.sums.insert((node, field));
                Code::Sum(node, field)
            }
            (Aggregate::Average | Aggregate::Min | Aggregate::Max, Field::Path(path)) => {
                let node = self.node(node, argument)?;
                let field = self.field(path);
                self.sums.insert((node, field));
                Code::Total(aggregate, node, field)
            }
            _ => Code::Aggregate(aggregate, self.column(node, &field, argument)?),
        })
    }

    fn column(&mut self, node: &str, field: &Field, at: &Ast) -> Lowered<Column> {
        let node = self.node(node, at)?;
        let field = self.matched(field);
        Ok(Column::Matched { node, field })
    }

    fn array(&mut self, parts: &[String]) -> Column {
        let whole = parts.last().is_some_and(|last| last.ends_with("[]"));
        Column::Array { field: self.field(&parts.join(".")), whole }
    }

    fn item(&mut self, node: NodeIndex, index: Box<Code>, field: &Field) -> Code {
        match self.matched(field) {
            Some(field) => Code::Item { node, index, field },
            None => Code::ItemTime { node, index },
        }
    }

    /// A field of events already matched; nothing for their time.
    fn matched(&mut self, field: &Field) -> Option<FieldId> {
        let Field::Path(path) = field else { return None };
        let field = self.field(path);
        self.matched_fields.insert(field);
        Some(field)
    }

    /// The number of a field; whether events have it was looked at before, where its place is known.
    fn field(&mut self, path: &str) -> FieldId {
        self.binder.fields.intern(path)
    }

    fn node(&mut self, name: &str, at: &Ast) -> Lowered<NodeIndex> {
        self.iterative = true;
        self.binder.node(name).ok_or_else(|| {
            let message = text!("the pattern has no node `{name}`", name);
            ExpressionError::new(ErrorKind::UnknownNode, at.span.clone(), message)
        })
    }
}

/// The zone that stands in the arguments after the first, else UTC.
fn zone_of(arguments: &[Ast]) -> Lowered<TimeZone> {
    let Some(argument) = arguments.first() else { return Ok(TimeZone::UTC) };
    let AstKind::Literal(Literal::Text(name)) = &argument.kind else {
        return Err(wrong(argument, text!("the time zone must be a constant")));
    };
    zone::find(name).map_err(|(message, _)| wrong(argument, message))
}

/// What the check should have found; said again rather than trusted.
fn wrong(at: &Ast, message: Text) -> ExpressionError {
    ExpressionError::new(ErrorKind::WrongArguments, at.span.clone(), message)
}

/// The quickest test for a comparison, with a constant on the right where there is one.
fn compare(left: Code, relation: Relation, right: Code) -> Test {
    match (left, right) {
        (left @ Code::Constant(_), right @ Code::Constant(_)) => {
            Test::Compare { left, relation, right }
        }
        (left @ Code::Constant(_), right) => compare(right, relation.mirrored(), left),
        (Code::Field(field), Code::Constant(Literal::Int(value))) => {
            Test::FieldNumber { field, relation, number: Number::Int(value) }
        }
        (Code::Field(field), Code::Constant(Literal::Float(value))) => {
            Test::FieldNumber { field, relation, number: Number::Float(value) }
        }
        (Code::Field(field), Code::Constant(Literal::Text(text)))
            if matches!(relation, Relation::Equal | Relation::NotEqual) =>
        {
            Test::FieldIsText {
                field,
                text: SmolStr::new(text),
                negated: relation == Relation::NotEqual,
            }
        }
        (left, right) => Test::Compare { left, relation, right },
    }
}

/// A name that the check has found to be constant.
fn constant_name(ast: &Ast) -> Lowered<&str> {
    match &ast.kind {
        AstKind::Literal(Literal::Text(name)) => Ok(name),
        _ => Err(wrong(ast, text!("the function does not take these arguments"))),
    }
}

/// The equality to index a condition by: a text before an integer before a boolean, since it tells most apart.
fn required_equality(test: &Test) -> Option<(FieldId, Value)> {
    let conjuncts = match test {
        Test::And(tests) => tests.as_slice(),
        test => std::slice::from_ref(test),
    };
    best_equality(conjuncts.iter().filter_map(equality))
}

/// The equality that tells most apart; the first of several as good.
pub(crate) fn best_equality(
    equalities: impl Iterator<Item = (FieldId, Value)>,
) -> Option<(FieldId, Value)> {
    equalities.min_by_key(|(_, value)| match value {
        Value::Text(_) => 0,
        Value::Int(_) => 1,
        _ => 2,
    })
}

fn equality(test: &Test) -> Option<(FieldId, Value)> {
    match test {
        Test::FieldIsText { field, text, negated: false } => {
            Some((*field, Value::Text(text.clone())))
        }
        Test::FieldNumber { field, relation: Relation::Equal, number: Number::Int(value) }
            if value.unsigned_abs() <= EXACT_INT =>
        {
            Some((*field, Value::Int(*value)))
        }
        Test::Compare {
            left: Code::Field(field),
            relation: Relation::Equal,
            right: Code::Constant(Literal::Bool(value)),
        } => Some((*field, Value::Bool(*value))),
        _ => None,
    }
}
