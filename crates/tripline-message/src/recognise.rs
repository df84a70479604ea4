//! From an English text back to the phrase that it is.
//!
//! Some faults are told through libraries that carry nothing but a string (serde, TOML): what our own code said there,
//! and what the libraries themselves say most, is found again in the catalogue by its English.

use crate::catalogue::{self, Phrase};
use crate::code::Code;
use crate::text::Text;

impl Text {
    /// The phrase of `code`, or one that codes share, that `english` is, with its arguments; what is none stands as it is.
    ///
    /// # Cost
    /// Walks the phrases; for faults only.
    #[must_use]
    pub fn recognise(code: Code, english: &str) -> Self {
        let phrases = || catalogue::phrases_of(code);
        // One without arguments says more of it than one that fits by its arguments.
        let whole = phrases().find(|phrase| phrase.en == english);
        if let Some(phrase) = whole {
            return Self::new(phrase, Vec::new());
        }
        let found = phrases().find_map(|phrase| Some((phrase, arguments(phrase, english)?)));
        let Some((phrase, arguments)) = found else { return Self::verbatim(english) };
        let inner = |(name, value)| (name, Self::recognise(code, value));
        Self::new(phrase, arguments.into_iter().map(inner).collect())
    }
}

/// What stands for the placeholders of a phrase, if the text is one; each is shorter than the text.
fn arguments(phrase: Phrase, text: &str) -> Option<Vec<(&'static str, &str)>> {
    let mut parts = phrase.en.split('{');
    let first = parts.next()?;
    let mut rest = text.strip_prefix(first)?;
    let mut literal = first.len();
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let (name, after) = part.split_once('}')?;
        let end = match parts.peek() {
            Some(_) if after.is_empty() => return None,
            Some(_) => rest.find(after)?,
            // The last one reaches to the end.
            None => rest.strip_suffix(after)?.len(),
        };
        found.push((name, rest.get(..end)?));
        rest = rest.get(end + after.len()..)?;
        literal += after.len();
    }
    (rest.is_empty() && literal > 0).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::Text;
    use crate::code::Code;
    use crate::lang::Lang;

    #[test]
    fn finds_phrases_by_their_english() {
        let check = |english: &str, chinese: &str| {
            let text = Text::recognise(Code::ConfigValue, english);
            assert_eq!(text, english);
            assert_eq!(text.render(Lang::Zh), chinese);
        };
        check("the path is empty", "路径为空");
        check("expected a text, found a list", "应为文本，实际为列表");
        check(
            "expected a duration as a text, such as \"10s\", found the integer `5`",
            "应为时长文本，例如 \"10s\"，实际为整数 `5`",
        );
        check("5 is no share in percent: give 1 to 100", "5 不是百分比：请给 1 到 100");
        check("nobody has translated this", "nobody has translated this");
        check("", "");
        check("expected a, found ", "应为 a，实际为");
    }
}
