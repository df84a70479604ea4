//! How parts of a rule are said in a sentence.

use tripline_spec::{
    AfterMatchSkipStrategySpec, ConditionSpec, QuantifierPropertySpec, QuantifierSpec, TimeSpec,
    TimeUnitSpec, WindowSpec, WindowTypeSpec,
};

/// The most characters that are shown of a text.
const MAX_CHARS: usize = 200;
/// The characters that are shown before the place where two long texts part.
const BEFORE: usize = 40;
/// The deepest nesting of conditions that is shown; no deeper one can be read.
const MAX_DEPTH: usize = 64;
const CUT: &str = "...";

/// `what: before becomes after`; of long texts the part where they differ.
pub(super) fn becomes(what: &str, before: &str, after: &str) -> String {
    let (before, after) = parting(before, after);
    format!("{what}: {before} becomes {after}")
}

/// Leaves out what two long texts begin with alike, so that the difference is shown.
fn parting(before: &str, after: &str) -> (String, String) {
    let is_long = |text: &str| text.chars().nth(MAX_CHARS).is_some();
    let same = before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count();
    if same < BEFORE * 2 || !(is_long(before) || is_long(after)) {
        return (clipped(before), clipped(after));
    }
    let tail = |text: &str| {
        let rest: String = text.chars().skip(same - BEFORE).collect();
        let (open, close) = quotes(text);
        let shown = if rest.chars().nth(MAX_CHARS).is_some() { close } else { "" };
        format!("{open}{CUT}{}{shown}", clipped(&rest))
    };
    (tail(before), tail(after))
}

/// The backticks around a text, if it has them.
fn quotes(text: &str) -> (&'static str, &'static str) {
    if text.starts_with('`') { ("`", "`") } else { ("", "") }
}

/// A text in backticks.
pub(super) fn quoted(text: &str) -> String {
    format!("`{text}`")
}

/// A text, shortened if it is long.
pub(super) fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => {
            let (_, close) = quotes(text);
            format!("{}{CUT}{close}", text.get(..end).unwrap_or_default())
        }
        None => text.to_owned(),
    }
}

/// A date and time in UTC, or the number where there is no such date.
pub(super) fn instant(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |time| time.to_string())
}

/// A duration as written: `10 minutes`.
pub(super) fn duration(time: &TimeSpec) -> String {
    let unit = match time.unit {
        TimeUnitSpec::Milliseconds => "millisecond",
        TimeUnitSpec::Seconds => "second",
        TimeUnitSpec::Minutes => "minute",
        TimeUnitSpec::Hours => "hour",
        TimeUnitSpec::Days => "day",
    };
    let ending = if time.size == 1 { "" } else { "s" };
    format!("{} {unit}{ending}", time.size)
}

/// A window, without what it measures if that goes without saying.
pub(super) fn window(window: &WindowSpec) -> String {
    let time = duration(&window.time);
    match window.kind {
        WindowTypeSpec::FirstAndLast => time,
        WindowTypeSpec::PreviousAndCurrent => format!("{time} between two events"),
    }
}

/// A skip strategy with its node.
pub(super) fn skip(skip: Option<&AfterMatchSkipStrategySpec>) -> String {
    let Some(skip) = skip else { return "NO_SKIP".to_owned() };
    match skip.strategy.pattern_name() {
        Some(name) => format!("{} of {}", skip.strategy.kind(), quoted(name)),
        None => skip.strategy.kind().to_string(),
    }
}

/// How often: `once`, `3`, `2 to 4`, `1 or more`.
pub(super) fn times(quantifier: &QuantifierSpec) -> String {
    let times = quantifier.times.as_ref();
    let from = times.map_or(1, |times| times.from);
    if quantifier.has(QuantifierPropertySpec::Looping) {
        return format!("{from} or more");
    }
    if !quantifier.has(QuantifierPropertySpec::Times) {
        return "once".to_owned();
    }
    match times.and_then(|times| times.to).filter(|to| *to != from) {
        Some(to) => format!("{from} to {to}"),
        None => from.to_string(),
    }
}

/// A condition in backticks, after its dialect if `with_dialect` and it is an expression.
pub(super) fn condition(condition: &ConditionSpec, with_dialect: bool) -> String {
    let dialect = match condition {
        ConditionSpec::Expression { .. } => "EXPRESSION ",
        ConditionSpec::Aviator { .. } => "AVIATOR ",
        ConditionSpec::Groovy { .. } => "GROOVY ",
        _ => "",
    };
    let text = quoted(&condition_text(condition, 0));
    if with_dialect { format!("{dialect}{text}") } else { text }
}

fn condition_text(condition: &ConditionSpec, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return CUT.to_owned();
    }
    let join = |nested: &[ConditionSpec], word: &str| {
        let parts: Vec<_> = nested.iter().map(|part| part_text(part, depth + 1)).collect();
        parts.join(word)
    };
    match condition {
        ConditionSpec::Expression { expression, .. }
        | ConditionSpec::Aviator { expression, .. }
        | ConditionSpec::Groovy { expression, .. } => expression.clone(),
        ConditionSpec::And { nested, .. } => join(nested, " && "),
        ConditionSpec::Or { nested, .. } => join(nested, " || "),
        ConditionSpec::Not { nested, .. } => format!("!{}", part_text(nested, depth + 1)),
        ConditionSpec::Class { class_name, args, nested, sub_class_name, .. } => {
            let mut inside: Vec<String> = Vec::new();
            inside.extend(args.as_ref().map(ToString::to_string));
            inside.extend(sub_class_name.clone());
            inside.extend(nested.iter().map(|part| condition_text(part, depth + 1)));
            if inside.is_empty() {
                class_name.clone()
            } else {
                format!("{class_name}({})", inside.join(", "))
            }
        }
        // The format may gain kinds of conditions.
        _ => CUT.to_owned(),
    }
}

/// A condition within another one.
fn part_text(condition: &ConditionSpec, depth: usize) -> String {
    match condition {
        ConditionSpec::Class { .. } | ConditionSpec::Not { .. } => condition_text(condition, depth),
        _ => format!("({})", condition_text(condition, depth)),
    }
}
