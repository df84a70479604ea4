//! [`Ast`] → the bound tree, and what the engine needs to know of it.
//!
//! Normalises on the way, so that conditions that say the same get the same tree: constants go to the right of a
//! comparison, negated numbers become constants, nested `&&` and `||` become one list, a list of one an equality.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;
use tripline_event::{FieldId, Value};

use super::TIME;
use super::ast::{Arithmetic, Ast, AstKind, Literal, Name, Operator, Relation};
use super::canonical::canonical;
use super::error::{ErrorKind, ExpressionError};
use super::eval::{Code, Expression, Number, Test};
use super::members::Members;
use crate::{Binder, BoundCondition, NodeIndex, Truth};

type Lowered<T> = Result<T, ExpressionError>;

/// Integers up to here and down to its negative equal exactly one double, so that an index finds both.
const EXACT_INT: u64 = 1 << 53;

/// Binds a checked expression.
pub(crate) fn lower(ast: &Ast, binder: &mut Binder<'_>) -> Lowered<BoundCondition> {
    let mut lower =
        Lower { binder, iterative: false, matched_fields: BTreeSet::new(), sums: BTreeSet::new() };
    // A condition that is no boolean is neither true nor false.
    let test = lower.test(ast, Truth::Unknown)?;
    Ok(BoundCondition {
        canonical: canonical(&test, lower.binder.fields).into(),
        iterative: lower.iterative,
        required_equality: required_equality(&test),
        matched_fields: lower.matched_fields.into_iter().collect(),
        sums: lower.sums.into_iter().collect(),
        condition: Arc::new(Expression(test)),
    })
}

struct Lower<'l, 'b> {
    binder: &'l mut Binder<'b>,
    iterative: bool,
    matched_fields: BTreeSet<FieldId>,
    sums: BTreeSet<(NodeIndex, FieldId)>,
}

impl Lower<'_, '_> {
    /// `ast` where a truth is asked for; a value that is no boolean counts as `otherwise`.
    fn test(&mut self, ast: &Ast, otherwise: Truth) -> Lowered<Test> {
        match &ast.kind {
            AstKind::Literal(Literal::Bool(value)) => Ok(Test::Constant(*value)),
            AstKind::Not(operand) => Ok(Test::Not(Box::new(self.test(operand, Truth::Unknown)?))),
            AstKind::In { item, list } => self.membership(item, list),
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
        let code = self.code(ast)?;
        Ok(Test::Value { code, otherwise })
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

    fn membership(&mut self, item: &Ast, list: &[Literal]) -> Lowered<Test> {
        let item = self.code(item)?;
        Ok(match list {
            [only] => compare(item, Relation::Equal, Code::Constant(only.clone())),
            _ => Test::In { item, members: Members::new(list) },
        })
    }

    /// `ast` where a value is asked for.
    fn code(&mut self, ast: &Ast) -> Lowered<Code> {
        Ok(match &ast.kind {
            AstKind::Literal(literal) => Code::Constant(literal.clone()),
            AstKind::Path(path) if path == TIME => Code::Time,
            AstKind::Path(path) => Code::Field(self.binder.field(path)),
            AstKind::Size(node) => Code::Count(self.node(node)?),
            AstKind::Sum { node, path } => self.sum(node, path)?,
            AstKind::Item { node, index, path } => self.item(node, index, path)?,
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
            AstKind::Not(_) | AstKind::In { .. } => {
                Code::Test(Box::new(self.test(ast, Truth::Unknown)?))
            }
            // Both are refused by the check.
            AstKind::Nil => {
                return Err(ExpressionError::new(
                    ErrorKind::NilOperand,
                    ast.span.clone(),
                    "`nil` cannot stand here",
                ));
            }
            AstKind::Call { function, .. } => {
                return Err(ExpressionError::new(
                    ErrorKind::UnknownFunction,
                    function.span.clone(),
                    format!("there is no function `{}`", function.text),
                ));
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

    fn sum(&mut self, node: &Name, path: &str) -> Lowered<Code> {
        let node = self.node(node)?;
        if path == TIME {
            return Ok(Code::SumOfTimes(node));
        }
        let field = self.binder.field(path);
        self.sums.insert((node, field));
        Ok(Code::Sum(node, field))
    }

    fn item(&mut self, node: &Name, index: &Ast, path: &str) -> Lowered<Code> {
        let node = self.node(node)?;
        let index = Box::new(self.code(index)?);
        if path == TIME {
            return Ok(Code::ItemTime { node, index });
        }
        let field = self.binder.field(path);
        self.matched_fields.insert(field);
        Ok(Code::Item { node, index, field })
    }

    fn node(&mut self, name: &Name) -> Lowered<NodeIndex> {
        self.iterative = true;
        self.binder.node(&name.text).ok_or_else(|| {
            ExpressionError::new(
                ErrorKind::UnknownNode,
                name.span.clone(),
                format!("the pattern has no node `{}`", name.text),
            )
        })
    }
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
