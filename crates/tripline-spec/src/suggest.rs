//! "Did you mean …?"

/// Names longer than this are not compared: nobody mistypes them by two letters.
const MAX_NAME_BYTES: usize = 64;

/// The candidate that `name` was probably meant to be: at most two letters off, and fewer than a third of its length.
///
/// Case is no difference; the first of equally close ones wins.
///
/// # Cost
/// Grows with the number of candidates times the square of the length, which is bounded.
#[must_use]
pub fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if name.len() > MAX_NAME_BYTES {
        return None;
    }
    let lower = name.to_lowercase();
    let mut best = None;
    for candidate in candidates {
        if candidate.len().abs_diff(name.len()) > MAX_NAME_BYTES / 8 {
            continue;
        }
        let distance = strsim::osa_distance(&lower, &candidate.to_lowercase());
        let close = distance <= 2 && distance * 3 < candidate.chars().count().max(3);
        if close && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// A piece of user input, not too long, for a message.
pub(crate) fn shown(input: &str) -> String {
    const LONGEST: usize = 60;
    let mut chars = input.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c });
    let mut shown: String = chars.by_ref().take(LONGEST).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn finds_what_was_meant() {
        let words = ["SKIP_TILL_NEXT", "SKIP_TILL_ANY", "STRICT", "name", "to"];
        let check = |name, expected| assert_eq!(did_you_mean(name, words), expected, "{name}");
        check("SKIP_TIL_NEXT", Some("SKIP_TILL_NEXT"));
        check("skip_till_any", Some("SKIP_TILL_ANY"));
        check("STRCIT", Some("STRICT"));
        check("naem", Some("name"));
        check("ot", None);
        check("LOOSE", None);
        check(&"n".repeat(10_000), None);
    }
}
