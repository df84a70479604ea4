//! The functions of the language: their names, and what they take and give.

use tripline_message::text;

/// What an operand is known to be before an event is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// Only the event tells.
    Any,
    Bool,
    Number,
    Text,
}

impl Type {
    /// The type in words, with its article.
    pub(super) fn words(self) -> tripline_message::Text {
        match self {
            Self::Any => text!("a value"),
            Self::Bool => text!("a boolean"),
            Self::Number => text!("a number"),
            Self::Text => text!("a string"),
        }
    }

    /// Whether both can be the type of one value.
    pub(super) fn fits(self, other: Self) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }
}

/// A function of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    Length,
    Lower,
    Upper,
    Trim,
    Slice,
    IndexOf,
    Concat,
    Abs,
    Floor,
    Ceil,
    Round,
    Sqrt,
    Pow,
    Log,
    Log10,
    Min,
    Max,
    Long,
    Double,
    Text,
    Coalesce,
}

/// What is asked of the events of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    /// How many events, or how many of them have the field.
    Count,
    Sum,
    Average,
    Min,
    Max,
    First,
    Last,
    /// How many different values.
    Distinct,
}

impl Aggregate {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Average => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
            Self::Distinct => "distinct",
        }
    }
}

/// A part of a date and time in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Date,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    /// Monday is 1, Sunday 7.
    Weekday,
    /// Days since 1970-01-01 in the zone.
    DayNumber,
}

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Values(Function),
    /// `f(N)`, `f(N.field)`; with other arguments `otherwise`, if there is one.
    Events {
        aggregate: Aggregate,
        otherwise: Option<Function>,
    },
    /// `include(list, x)`.
    Include,
    /// A list of its arguments.
    List,
    /// A moment, and optionally the name of a zone.
    Zoned(Part),
    /// A text, and optionally the name of a zone.
    Timestamp,
    /// `stat('rule').name`: the running value of an aggregate of another rule.
    Stat,
    /// `in_set('name', x, y)`.
    InSet,
}

/// A function with its names and types.
#[derive(Debug)]
pub(super) struct Signature {
    /// All its names; the first is the one to write.
    pub(super) names: &'static [&'static str],
    pub(super) action: Action,
    /// The types of its arguments.
    pub(super) takes: &'static [Type],
    /// How many of them must be there.
    pub(super) least: usize,
    /// Whether the last may come any number of times.
    pub(super) repeats: bool,
    pub(super) gives: Type,
}

use Type::{Any, Bool, Number, Text};

const fn values(
    names: &'static [&'static str],
    function: Function,
    takes: &'static [Type],
    gives: Type,
) -> Signature {
    let action = Action::Values(function);
    Signature { names, action, takes, least: takes.len(), repeats: false, gives }
}

const fn events(
    names: &'static [&'static str],
    aggregate: Aggregate,
    otherwise: Option<Function>,
    gives: Type,
) -> Signature {
    let action = Action::Events { aggregate, otherwise };
    Signature { names, action, takes: &[Number], least: 1, repeats: true, gives }
}

const fn zoned(names: &'static [&'static str], part: Part, gives: Type) -> Signature {
    let action = Action::Zoned(part);
    Signature { names, action, takes: &[Number, Text], least: 1, repeats: false, gives }
}

/// Every function, in the order of the documentation.
pub(super) static FUNCTIONS: &[Signature] = &[
    events(&["size"], Aggregate::Count, None, Number),
    events(&["count"], Aggregate::Count, None, Number),
    events(&["sum"], Aggregate::Sum, None, Number),
    events(&["avg"], Aggregate::Average, None, Number),
    events(&["min", "math.min", "least"], Aggregate::Min, Some(Function::Min), Number),
    events(&["max", "math.max", "greatest"], Aggregate::Max, Some(Function::Max), Number),
    events(&["first"], Aggregate::First, None, Any),
    events(&["last"], Aggregate::Last, None, Any),
    events(&["distinct"], Aggregate::Distinct, None, Number),
    Signature {
        names: &["include"],
        action: Action::Include,
        takes: &[Any, Any],
        least: 2,
        repeats: false,
        gives: Bool,
    },
    Signature {
        names: &["seq.list", "seq.set", "tuple"],
        action: Action::List,
        takes: &[Any],
        least: 1,
        repeats: true,
        gives: Any,
    },
    values(&["contains", "string.contains"], Function::Contains, &[Text, Text], Bool),
    values(
        &["starts_with", "string.startsWith", "startsWith"],
        Function::StartsWith,
        &[Text, Text],
        Bool,
    ),
    values(&["ends_with", "string.endsWith", "endsWith"], Function::EndsWith, &[Text, Text], Bool),
    values(
        &["length", "string.length", "char_length", "character_length"],
        Function::Length,
        &[Text],
        Number,
    ),
    values(&["lower", "string.toLowerCase", "lcase"], Function::Lower, &[Text], Text),
    values(&["upper", "string.toUpperCase", "ucase"], Function::Upper, &[Text], Text),
    values(&["trim", "string.trim"], Function::Trim, &[Text], Text),
    Signature {
        names: &["slice", "string.substring"],
        action: Action::Values(Function::Slice),
        takes: &[Text, Number, Number],
        least: 2,
        repeats: false,
        gives: Text,
    },
    values(&["index_of", "string.indexOf"], Function::IndexOf, &[Text, Text], Number),
    Signature {
        names: &["concat"],
        action: Action::Values(Function::Concat),
        takes: &[Any],
        least: 1,
        repeats: true,
        gives: Text,
    },
    values(&["abs", "math.abs"], Function::Abs, &[Number], Number),
    values(&["floor", "math.floor"], Function::Floor, &[Number], Number),
    values(&["ceil", "math.ceil", "ceiling"], Function::Ceil, &[Number], Number),
    Signature {
        names: &["round", "math.round"],
        action: Action::Values(Function::Round),
        takes: &[Number, Number],
        least: 1,
        repeats: false,
        gives: Number,
    },
    values(&["sqrt", "math.sqrt"], Function::Sqrt, &[Number], Number),
    values(&["pow", "math.pow", "power"], Function::Pow, &[Number, Number], Number),
    values(&["ln", "math.log"], Function::Log, &[Number], Number),
    values(&["log10", "math.log10"], Function::Log10, &[Number], Number),
    values(&["long", "int"], Function::Long, &[Any], Number),
    values(&["double"], Function::Double, &[Any], Number),
    values(&["str"], Function::Text, &[Any], Text),
    Signature {
        names: &["coalesce", "ifnull", "nvl"],
        action: Action::Values(Function::Coalesce),
        takes: &[Any],
        least: 1,
        repeats: true,
        gives: Any,
    },
    Signature {
        names: &["timestamp"],
        action: Action::Timestamp,
        takes: &[Text, Text],
        least: 1,
        repeats: false,
        gives: Number,
    },
    zoned(&["date"], Part::Date, Text),
    zoned(&["year"], Part::Year, Number),
    zoned(&["month"], Part::Month, Number),
    zoned(&["day"], Part::Day, Number),
    zoned(&["hour"], Part::Hour, Number),
    zoned(&["minute"], Part::Minute, Number),
    zoned(&["second"], Part::Second, Number),
    zoned(&["weekday"], Part::Weekday, Number),
    zoned(&["day_number"], Part::DayNumber, Number),
    Signature {
        names: &[STAT],
        action: Action::Stat,
        takes: &[Text, Text],
        least: 2,
        repeats: false,
        gives: Any,
    },
    Signature {
        names: &["in_set"],
        action: Action::InSet,
        takes: &[Text, Any],
        least: 2,
        repeats: true,
        gives: Bool,
    },
];

/// The name of the function behind whose parentheses the name of an aggregate stands.
pub(super) const STAT: &str = "stat";

/// The function called `name`.
pub(super) fn find(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|signature| signature.names.contains(&name))
}

/// All names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().flat_map(|signature| signature.names.iter().copied())
}

impl Signature {
    /// The name to write.
    pub(super) fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// The type of the argument at `index`, if it may have so many.
    pub(super) fn takes_at(&self, index: usize) -> Option<Type> {
        let last = self.takes.last().filter(|_| self.repeats);
        self.takes.get(index).or(last).copied()
    }

    /// Whether its first argument may be a list of constants.
    pub(super) const fn takes_list(&self) -> bool {
        matches!(self.action, Action::Include | Action::Events { aggregate: Aggregate::Count, .. })
    }

    /// How it is written, as a hint.
    pub(super) fn usage(&self) -> tripline_message::Text {
        let name = self.name();
        let one = |example: String| text!("write `{example}`", example);
        let two = |example: String, other: String| {
            text!("write `{example}` or `{other}`", example, other)
        };
        match self.action {
            Action::Events { otherwise: Some(_), .. } => {
                two(format!("{name}(node.field)"), format!("{name}(x, y)"))
            }
            Action::Events { aggregate: Aggregate::Count, .. } => {
                two(format!("{name}(node)"), format!("{name}(node.field)"))
            }
            Action::Events { .. } => one(format!("{name}(node.field)")),
            Action::Include => text!(
                "write `{example}`, or `{other}`",
                example = "include([1, 2], x)",
                other = "x in [1, 2]"
            ),
            Action::List => one(format!("{name}(1, 2)")),
            Action::Zoned(_) => two(format!("{name}(ts)"), format!("{name}(ts, 'Asia/Shanghai')")),
            Action::Timestamp => two(
                "timestamp('2026-01-31T08:00:00Z')".to_owned(),
                "timestamp('2026-01-31 08:00', 'Asia/Shanghai')".to_owned(),
            ),
            Action::Stat => one("stat('rule-id').name".to_owned()),
            Action::InSet => two("in_set('name', x)".to_owned(), "in_set('name', x, y)".to_owned()),
            Action::Values(function) => {
                let arguments = match function {
                    Function::Contains | Function::IndexOf => "text, 'part'",
                    Function::StartsWith => "text, 'start'",
                    Function::EndsWith => "text, 'end'",
                    Function::Slice => "text, from, to",
                    Function::Concat | Function::Coalesce | Function::Min | Function::Max => "x, y",
                    Function::Round => "number, digits",
                    Function::Pow => "x, y",
                    Function::Length | Function::Lower | Function::Upper | Function::Trim => "text",
                    _ => "number",
                };
                one(format!("{name}({arguments})"))
            }
        }
    }
}
