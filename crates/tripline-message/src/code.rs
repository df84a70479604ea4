//! The registry of diagnostic codes.
//!
//! A code keeps its meaning for ever: it is never given to something else, and one that is no longer raised stays here.
//! Each has a page `docs/diagnostics/CODE.md`.

use std::fmt;

use crate::catalogue::{self, Entry};
use crate::lang::Lang;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The rule cannot run.
    Error,
    /// The rule runs, perhaps not as its author thinks.
    Warning,
}

macro_rules! codes {
    ($($family:ident { $($name:ident = $id:ident, $title:literal;)* })*) => {
        /// What a diagnostic is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = concat!("`", stringify!($id), "`: ", $title, ".")] $name,)*)*
        }

        impl Code {
            /// All codes, in the order of their ids within each kind.
            pub const ALL: &'static [Self] = &[$($(Self::$name,)*)*];

            /// The id that people see, as `E0203`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $($(Self::$name => stringify!($id),)*)* }
            }

            /// What it is about, in one line, in English.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $($(Self::$name => $title,)*)* }
            }

            /// What there is to say of it.
            #[must_use]
            pub const fn entry(self) -> &'static Entry {
                match self { $($(Self::$name => &catalogue::$family::$id,)*)* }
            }
        }
    };
}

// E01: JSON and shape; E02: the graph; E03: quantifiers; E04: windows and skip strategies; E05: conditions; E07: rows of
// a rule table; E08: the configuration; E09: event schemas; E10: aggregates; E11: actions; E12: what rules
// ask of one another. W: what runs, but perhaps not as meant; the second and third digit name the matter, as with errors.
codes! {
    e01 {
        TextTooLarge = E0101, "the text of a rule is too large";
        InvalidJson = E0102, "the text is not JSON";
        NestedTooDeep = E0103, "the JSON is nested too deeply";
        DuplicateKey = E0104, "a key stands twice in one object";
        MissingKey = E0105, "a required key is missing";
        WrongType = E0106, "a value has the wrong JSON type";
        UnknownWord = E0107, "a word that the format does not know";
        NumberOutOfRange = E0108, "a number is not an integer, or out of range";
        InvalidValue = E0109, "a value that cannot be";
        AggregateNotYet = E0110, "rules of type AGGREGATE are not supported yet";
        PatternCutOff = E0111, "the pattern was cut off";
    }
    e02 {
        NoNodes = E0201, "a graph without nodes";
        DuplicateNode = E0202, "two nodes have the same name";
        UnknownNode = E0203, "an edge names a node that does not exist";
        NoBegin = E0204, "no node can be the first";
        SeveralBegins = E0205, "several nodes could be the first";
        SecondEdgeOut = E0206, "two edges leave the same node";
        SecondEdgeIn = E0207, "two edges lead into the same node";
        Cycle = E0208, "the edges form a cycle";
        UnreachableNode = E0209, "a node cannot be reached from the first";
        InvalidNodeName = E0210, "a node name that is not allowed";
        NegatedGroup = E0211, "a NOT edge leads into a group";
        ConditionOnGraph = E0212, "a graph has a condition";
        LoopOfNothing = E0213, "a repeated group can match nothing";
        TooManyNodes = E0214, "too many nodes";
        AutomatonTooLarge = E0215, "the rule is too large to run";
    }
    e03 {
        LoopingAndTimes = E0301, "LOOPING and TIMES on the same node";
        TimesMissing = E0302, "TIMES without `times`";
        FromTooSmall = E0303, "`times.from` is too small";
        ToBelowFrom = E0304, "`times.to` is below `times.from`";
        InnerStrategyOnSingle = E0305, "a strategy between repetitions on a node that is not repeated";
        GreedyOnSingle = E0306, "GREEDY on a node that is not repeated";
        GreedyOnNegated = E0307, "GREEDY on a negated node";
        GreedyOnGroup = E0308, "GREEDY on a group";
        OptionalOnNegated = E0309, "OPTIONAL on a negated node";
        OptionalTwice = E0310, "optional twice";
        OptionalAfterGreedy = E0311, "an optional node straight after a greedy one";
        QuantifierOnNegated = E0312, "a negated node is repeated";
        UntilWithoutLoop = E0313, "`untilCondition` on a node that does not loop";
        NotAfterOptional = E0314, "a NOT edge straight after an optional node";
    }
    e04 {
        FinalNotFollowWithoutWindow = E0401, "the rule ends in NOT_FOLLOW and has no window";
        GapAboveWindow = E0402, "the window between two events is larger than the whole window";
        UnknownSkipName = E0403, "the skip strategy names a node that does not exist";
        SkipNameNotAtomic = E0404, "the skip strategy names a group or a node inside one";
        SkipNameMissing = E0405, "the skip strategy needs `patternName`";
        DurationOutOfRange = E0406, "a duration is negative or too large";
    }
    e05 {
        UnknownConditionType = E0501, "an unknown type of condition";
        ExpressionSyntax = E0502, "an expression cannot be read";
        UnknownNodeInExpression = E0503, "an expression names a node that cannot be read there";
        UnknownClass = E0504, "an unknown condition class";
        WrongArguments = E0505, "wrong arguments for a condition class";
        GroovyRefused = E0506, "Groovy conditions are not run";
        NotTakesOne = E0507, "RichNotCondition takes exactly one condition";
        NestedConditionsMissing = E0508, "a combining condition combines nothing";
        ExpressionTooLong = E0509, "an expression is too long";
        ExpressionTooDeep = E0510, "an expression is nested too deeply";
        UnknownFunction = E0511, "an expression calls an unknown function, or calls one wrongly";
        UnknownParameter = E0512, "an expression reads a parameter that the rule does not have, or reads one wrongly";
        WrongRegularExpression = E0513, "a regular expression cannot be used";
        WrongTime = E0514, "a text is no date and time";
        UnknownZone = E0515, "a time zone is unknown";
        ExpressionTooCostly = E0516, "an expression could cost too much";
        BrokenAlias = E0517, "an alias of a condition class cannot be used";
        PluginFault = E0518, "a condition plugin failed";
    }
    e07 {
        UnreadableRow = E0701, "a row of the rule table cannot be read";
    }
    e08 {
        ConfigNotToml = E0801, "the configuration is not TOML";
        ConfigUnknownKey = E0802, "a key that the configuration does not have";
        ConfigValue = E0803, "a value of the configuration that cannot be";
    }
    e09 {
        EventSchemaNotJson = E0901, "an event schema is not JSON";
        EventSchemaWrong = E0902, "an event schema cannot be used";
    }
    e10 {
        WrongWindow = E1001, "windows whose lengths do not fit";
        WrongAggregate = E1002, "an aggregate that cannot be worked out";
        HavingUnknown = E1003, "`having` reads what is no aggregate and no group field";
        WrongTop = E1004, "`top` cannot rank";
        WrongEmit = E1005, "`emit` does not fit the rule";
    }
    e11 {
        ActionUnfit = E1101, "the action of a rule does not fit the rule";
    }
    e12 {
        StatUnfit = E1201, "a statistic that cannot be asked for";
    }
    e13 {
        KeyIsSplit = E1301, "the key of a rule is split among instances";
    }
    w01 {
        UnknownKey = W0101, "an unknown key is ignored";
        BothSpellings = W0102, "two spellings of the same key are given";
        FormatVersion = W0103, "`version` of a graph is not the version of the rule";
        ConditionKeyIgnored = W0104, "a key means nothing with this type of condition";
        AllowsNothing = W0105, "a label allows nothing";
    }
    w02 {
        TopQuantifierIgnored = W0201, "the quantifier of the whole rule is ignored";
        NestedSkipIgnored = W0202, "the skip strategy of a nested graph is ignored";
        NeverMatches = W0203, "the rule can never match";
        NotForbidsNext = W0204, "a NOT forbids what the next node takes";
    }
    w03 {
        SingleIgnored = W0301, "SINGLE is ignored beside LOOPING or TIMES";
        ToIgnored = W0302, "`times.to` is ignored with LOOPING";
        TimesIgnored = W0303, "`times` is ignored without TIMES or LOOPING";
        GreedyWithoutEffect = W0304, "GREEDY has no effect here";
        OpenEnd = W0305, "the end of the rule is open, so it matches again and again";
        BrokenRow = W0306, "a row of repetitions may be broken by its first event";
        GreedyLaterStarts = W0307, "GREEDY does not stop attempts that begin later";
        UntilEndsWaiting = W0308, "an until event ends an attempt that waits for the loop";
        OptionalFirst = W0309, "the rule matches with its first node and again without it";
        RoundsRelaxed = W0310, "STRICT into a group does not count between its rounds";
        Multiplies = W0311, "partial matches multiply";
        LoopOfEverything = W0312, "every event goes on a loop";
    }
    w04 {
        SkipNameUnused = W0401, "`patternName` is not used by this skip strategy";
        WindowIgnored = W0402, "a window is ignored";
        WindowTimeWithoutEffect = W0403, "`windowTime` does not limit what it seems to limit";
        FinalAbsenceAfterLoop = W0404, "NOT_FOLLOW after a loop stays silent for a quiet key";
        SkipWithoutWindow = W0405, "a skip strategy without a window can hold back matches for ever";
        LastGapOnly = W0406, "PREVIOUS_AND_CURRENT limits the last gap only";
        GapUntilPassedOver = W0407, "PREVIOUS_AND_CURRENT on an optional node ends too early";
        NoWindow = W0408, "nothing ends an attempt that is never completed";
        TimeoutLost = W0409, "attempts end without the timeout that is the alert";
        SeveralTimeouts = W0410, "one attempt gives several timeouts";
        FinalNotNext = W0411, "a final NOT_NEXT asks about the next event only";
        NotInRepetition = W0412, "a NOT counts between repetitions too";
        NotBeforeOptional = W0413, "a NOT before an optional node ends with it";
        SkipToOptional = W0414, "the skip strategy names a node that may be absent";
        EndUnreachable = W0415, "the skip strategy ends attempts before the last node";
        HeldBack = W0416, "a complete match is held back by an earlier attempt";
    }
    w05 {
        ComparisonDecided = W0501, "a comparison is decided whatever the event";
        OperandGivesNothing = W0502, "an operator is given what it gives nothing for";
        LaterNode = W0503, "an expression reads a node that comes later";
        AviatorDiffers = W0504, "Aviator does something else here";
        ReadAsArray = W0505, "a name is read as an array of the event";
        ReadAsField = W0506, "a path is read as a field of the event, not of a node";
    }
    w06 {
        NoKey = W0601, "the rule has no key";
        NeverInForce = W0602, "the rule is never in force";
    }
    w07 {
        NotMigrated = W0701, "open attempts could not be kept";
        PluginPanicked = W0702, "a condition plugin panicked";
        PluginInconsistent = W0703, "a condition plugin contradicts itself";
        PluginSlow = W0704, "a condition plugin is slow";
        BudgetExceeded = W0705, "the rule holds more than its budget has";
        RuleSuspended = W0706, "the rule is suspended";
    }
    w09 {
        UnknownField = W0901, "no event has the field";
        AgainstSchema = W0902, "a condition goes against the event schema";
    }
    w10 {
        AggregateKeyIgnored = W1001, "a key of an aggregate that means nothing here";
        KeyOfAggregate = W1002, "`key_by` on a rule of type AGGREGATE";
    }
    w11 {
        UnknownAction = W1101, "there is no action of that name";
    }
    w12 {
        StatGone = W1201, "a statistic that is asked for is no longer there";
    }
}

impl Code {
    /// What it is about, in one line.
    #[must_use]
    pub const fn title_in(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.title(),
            Lang::Zh => self.entry().title_zh,
        }
    }

    /// The code with this id, in any case.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }

    /// Whether it keeps the rule from running: ids in `E` are errors, in `W` warnings.
    #[must_use]
    pub fn severity(self) -> Severity {
        if self.id().starts_with('W') { Severity::Warning } else { Severity::Error }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
