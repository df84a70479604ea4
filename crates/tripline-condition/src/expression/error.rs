//! What is wrong with an expression, and where.

use std::ops::Range;

/// The kind of a fault in an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text does not follow the grammar.
    Syntax,
    /// A number does not fit 64 bits.
    NumberRange,
    /// The text is longer than [`MAX_EXPRESSION_BYTES`](super::MAX_EXPRESSION_BYTES).
    TooLong,
    /// Parentheses and prefix operators nest deeper than
    /// [`MAX_EXPRESSION_DEPTH`](super::MAX_EXPRESSION_DEPTH).
    TooDeep,
    /// A construct of Aviator that Tripline does not have yet.
    Unsupported,
    /// The pattern has no node of that name.
    UnknownNode,
    /// There is no function of that name.
    UnknownFunction,
    /// Events already matched are asked for in a dialect that cannot read them.
    MatchedEvents,
    /// `nil` stands where it can only give unknown.
    NilOperand,
    /// The expression as a whole can never be true or false.
    NotBoolean,
}

/// A fault in an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What kind of fault it is.
    pub kind: ErrorKind,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do about it, if there is something to say.
    pub hint: Option<String>,
    /// Where: bytes of the expression's text.
    pub span: Range<usize>,
}

impl ExpressionError {
    pub(crate) fn new(kind: ErrorKind, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, span }
    }

    pub(crate) fn syntax(span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Syntax, span, message)
    }

    /// The error for a construct of Aviator that comes in a later version.
    pub(crate) fn unsupported(span: Range<usize>, what: &str) -> Self {
        Self::new(ErrorKind::Unsupported, span, format!("{what} is not supported yet"))
            .with_hint("it comes with a later version of Tripline")
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
