//! An expression as written: a tree whose depth is the nesting of the text, however long its chains are.

use std::ops::Range;

use crate::parameter::ParameterPath;

/// A parsed expression.
///
/// Prints as text that parses to an equal one; two are equal whatever their places in their texts.
#[derive(Clone, Debug)]
pub struct Ast {
    pub(crate) kind: AstKind,
    pub(crate) span: Range<usize>,
}

impl PartialEq for Ast {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

impl Name {
    /// Whether it stands in backticks: it is longer as written then.
    pub(crate) fn is_quoted(&self) -> bool {
        self.span.len() > self.text.len()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// A field of an event already matched.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    /// `ts`: the event's time.
    Time,
    /// A path.
    Path(String),
}

/// The constructs of the language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AstKind {
    /// A constant.
    Literal(Literal),
    /// `nil` or `null`.
    Nil,
    /// A parameter that is null: no value, and nothing that can be asked for. Never written.
    Missing,
    /// `params.x`: a constant of the rule.
    Parameter(ParameterPath),
    /// `ts`: the time of the event under evaluation.
    Time,
    /// A field of the event under evaluation (`eventArgs.price`, `items[0].price`), or, where a list is asked for, a
    /// node (`cart`) or a field of its events (`cart.price`).
    Path(Vec<String>),
    /// All items of an array of the event under evaluation (`tags[]`), or a field of them (`items[].price`).
    Items(Vec<String>),
    /// `N.map(e, e.path)`: a field of the events of a node.
    Column { node: Name, field: Field },
    /// `N[index].path`.
    Item { node: Name, index: Box<Ast>, field: Field },
    /// `f(x, y)`.
    Call { function: Name, arguments: Vec<Ast> },
    /// `[x, y]`; only where a list is asked for.
    List(Vec<Ast>),
    /// `!x`.
    Not(Box<Ast>),
    /// `-x`.
    Negate(Box<Ast>),
    /// `item in list`.
    In { item: Box<Ast>, list: Box<Ast> },
    /// `item between low and high`.
    Between { item: Box<Ast>, low: Box<Ast>, high: Box<Ast> },
    /// `item matches pattern`.
    Matches { item: Box<Ast>, pattern: Box<Ast> },
    /// `test ? then : otherwise`.
    Choose { test: Box<Ast>, then: Box<Ast>, otherwise: Box<Ast> },
    /// Operators of one level, applied from the left; a list, so that `a - b - …` of any length is flat.
    Chain { first: Box<Ast>, rest: Vec<(Operator, Ast)> },
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Relation(Relation),
    Arithmetic(Arithmetic),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// An operator on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// How tightly a construct binds; loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Choice,
    Or,
    And,
    Equality,
    Relation,
    Sum,
    Product,
    Unary,
    Primary,
}

impl Operator {
    /// The operator spelled `symbol`.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "||" => Self::Or,
            "&&" => Self::And,
            "==" => Self::Relation(Relation::Equal),
            "!=" => Self::Relation(Relation::NotEqual),
            "<" => Self::Relation(Relation::Less),
            "<=" => Self::Relation(Relation::LessOrEqual),
            ">" => Self::Relation(Relation::Greater),
            ">=" => Self::Relation(Relation::GreaterOrEqual),
            "+" => Self::Arithmetic(Arithmetic::Add),
            "-" => Self::Arithmetic(Arithmetic::Subtract),
            "*" => Self::Arithmetic(Arithmetic::Multiply),
            "/" => Self::Arithmetic(Arithmetic::Divide),
            "%" => Self::Arithmetic(Arithmetic::Remainder),
            _ => return None,
        })
    }

    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Relation(relation) => relation.symbol(),
            Self::Arithmetic(arithmetic) => arithmetic.symbol(),
        }
    }

    pub(crate) const fn level(self) -> Level {
        match self {
            Self::Or => Level::Or,
            Self::And => Level::And,
            Self::Relation(Relation::Equal | Relation::NotEqual) => Level::Equality,
            Self::Relation(_) => Level::Relation,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => Level::Sum,
            Self::Arithmetic(_) => Level::Product,
        }
    }
}

impl Relation {
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Arithmetic {
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

impl Ast {
    /// How tightly the outermost construct binds.
    pub(crate) fn level(&self) -> Level {
        match &self.kind {
            AstKind::Chain { rest, .. } => {
                rest.first().map_or(Level::Primary, |(operator, _)| operator.level())
            }
            AstKind::Choose { .. } => Level::Choice,
            AstKind::In { .. } | AstKind::Between { .. } | AstKind::Matches { .. } => {
                Level::Relation
            }
            AstKind::Not(_) | AstKind::Negate(_) => Level::Unary,
            _ => Level::Primary,
        }
    }
}
