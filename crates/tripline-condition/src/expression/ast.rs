//! An expression as written: a tree whose depth is the nesting of the text, however long its chains are.

use std::fmt;
use std::ops::Range;

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

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// The constructs of the language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AstKind {
    /// A constant.
    Literal(Literal),
    /// `nil` or `null`.
    Nil,
    /// A field of the event under evaluation (`eventArgs.price`), or its time (`ts`).
    Path(String),
    /// `size(N)`.
    Size(Name),
    /// `sum(N.path)` or `sum(N.map(e, e.path))`.
    Sum { node: Name, path: String },
    /// `N[index].path`.
    Item { node: Name, index: Box<Ast>, path: String },
    /// A function that this version does not know: kept so that the check can say so among other faults.
    Call { function: Name, arguments: Vec<Ast> },
    /// `!x`.
    Not(Box<Ast>),
    /// `-x`.
    Negate(Box<Ast>),
    /// `item in [list]`.
    In { item: Box<Ast>, list: Vec<Literal> },
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
}

/// How tightly a construct binds; loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
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
            AstKind::In { .. } => Level::Relation,
            AstKind::Not(_) | AstKind::Negate(_) => Level::Unary,
            _ => Level::Primary,
        }
    }
}

/// Writes `ast`, in parentheses unless it binds tighter than the level around it.
fn write_within(f: &mut fmt::Formatter<'_>, ast: &Ast, tighter_than: Level) -> fmt::Result {
    if ast.level() > tighter_than { write!(f, "{ast}") } else { write!(f, "({ast})") }
}

impl fmt::Display for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            AstKind::Literal(literal) => literal.fmt(f),
            AstKind::Nil => f.write_str("nil"),
            AstKind::Path(path) => f.write_str(path),
            AstKind::Size(node) => write!(f, "size({})", node.text),
            AstKind::Sum { node, path } => write!(f, "sum({}.{path})", node.text),
            AstKind::Item { node, index, path } => {
                write!(f, "{}[", node.text)?;
                write_within(f, index, Level::Relation)?;
                write!(f, "].{path}")
            }
            AstKind::Call { function, arguments } => {
                write!(f, "{}(", function.text)?;
                separated(f, arguments)?;
                f.write_str(")")
            }
            AstKind::Not(operand) => {
                f.write_str("!")?;
                write_within(f, operand, Level::Product)
            }
            AstKind::Negate(operand) => {
                f.write_str("-")?;
                write_within(f, operand, Level::Product)
            }
            AstKind::In { item, list } => {
                write_within(f, item, Level::Relation)?;
                f.write_str(" in [")?;
                separated(f, list)?;
                f.write_str("]")
            }
            AstKind::Chain { first, rest } => {
                let level = self.level();
                write_within(f, first, level)?;
                for (operator, operand) in rest {
                    write!(f, " {} ", operator.symbol())?;
                    write_within(f, operand, level)?;
                }
                Ok(())
            }
        }
    }
}

fn separated<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            // `{:?}` keeps the point or the exponent, and is the shortest text that reads back equal.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) if text.contains('\'') => {
                f.write_str("\"")?;
                for char in text.chars() {
                    if matches!(char, '"' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{char}")?;
                }
                f.write_str("\"")
            }
            Self::Text(text) => write!(f, "'{text}'"),
        }
    }
}
