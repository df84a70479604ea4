//! "Did you mean": known names close to one that is not known.

use tripline_message::{Text, text};

/// At most this many names are offered.
const MOST: usize = 3;

/// A longer name gets no suggestion: the comparison costs the product of the lengths.
const LONGEST: usize = 64;

/// Those of `known` that are close to `wanted`, closest first.
pub(crate) fn closest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // One typing error in three letters is a slip; more is another word.
    let length = wanted.chars().count();
    let limit = (length / 3).max(1);
    if length > LONGEST {
        return Vec::new();
    }
    let folded = wanted.to_lowercase();
    let mut close: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (strsim::osa_distance(&folded, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    close.sort_unstable();
    close.into_iter().map(|(_, name)| name).take(MOST).collect()
}

/// "did you mean `a` or `b`?", if there is something to mean.
pub(crate) fn did_you_mean<S: AsRef<str>>(names: &[S]) -> Option<Text> {
    let (last, others) = names.split_last()?;
    let last = last.as_ref();
    if others.is_empty() {
        return Some(text!("did you mean `{close}`?", close = last));
    }
    Some(text!("did you mean {others} or `{last}`?", others = listed(others), last))
}

/// The names in backticks, separated as the language does it.
pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> Text {
    Text::names(names.iter().map(AsRef::as_ref))
}
