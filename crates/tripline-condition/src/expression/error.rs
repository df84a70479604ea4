//! What is wrong with an expression, and where.

use std::ops::Range;

use tripline_message::Text;

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
    /// The pattern has no node of that name.
    UnknownNode,
    /// The rule has no parameter of that name.
    UnknownParameter,
    /// A parameter is a list or an object where a single value is asked for, or the other way round.
    ParameterType,
    /// There is no function of that name.
    UnknownFunction,
    /// A function with a wrong number or a wrong type of arguments.
    WrongArguments,
    /// A regular expression that is none, or is too large.
    BadPattern,
    /// A text that is no date and time.
    BadTime,
    /// There is no time zone of that name.
    UnknownZone,
    /// It could cost too much on every event: too many functions, or too many walks over matched events.
    TooCostly,
    /// Events already matched are asked for in a dialect that cannot read them.
    MatchedEvents,
    /// `nil` stands where it can only give unknown.
    NilOperand,
    /// The expression as a whole can never be true or false.
    NotBoolean,
}

impl ErrorKind {
    /// Whether it may be none in a rule that has the nodes and the parameters for it.
    #[must_use]
    pub const fn depends_on_rule(self) -> bool {
        matches!(
            self,
            Self::UnknownNode | Self::MatchedEvents | Self::UnknownParameter | Self::ParameterType
        )
    }
}

/// A fault in an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// What kind of fault it is.
    pub kind: ErrorKind,
    /// What is wrong: lower case, no full stop.
    pub message: Text,
    /// What to do about it, if there is something to say.
    pub hint: Option<Text>,
    /// Where: bytes of the expression's text.
    pub span: Range<usize>,
}

impl ExpressionError {
    pub(crate) fn new(kind: ErrorKind, span: Range<usize>, message: Text) -> Self {
        Self { kind, message, hint: None, span }
    }

    pub(crate) fn syntax(span: Range<usize>, message: Text) -> Self {
        Self::new(ErrorKind::Syntax, span, message)
    }

    pub(crate) fn with_hint(mut self, hint: Text) -> Self {
        self.hint = Some(hint);
        self
    }
}

/// The kind of a doubt about an expression that is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningKind {
    /// A comparison that can never hold, or always does.
    Decided,
    /// An operator on a value that it gives nothing for.
    Meaningless,
    /// A node that cannot have taken an event when the condition is asked.
    LaterNode,
    /// Aviator does something else here.
    AviatorDiffers,
    /// An array of the event, where the name of a node may be meant.
    ReadAsArray,
    /// A path that begins with the name of a node is read as a field of the event under evaluation.
    ReadAsField,
    /// A field that the event schemas do not have.
    UnknownField,
    /// What the event schemas say of a field is asked for in vain.
    AgainstSchema,
}

/// A doubt about an expression that is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionWarning {
    /// What kind of doubt it is.
    pub kind: WarningKind,
    /// What is odd: lower case, no full stop.
    pub message: Text,
    /// What to do about it, if there is something to say.
    pub hint: Option<Text>,
    /// Where: bytes of the expression's text.
    pub span: Range<usize>,
}
