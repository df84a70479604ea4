//! Regular expressions: compiled when a condition is bound, matched in time linear in the text.

use regex::{Regex, RegexBuilder};
use smol_str::SmolStr;
use tripline_message::{Text, text};

/// The largest a compiled pattern may be, in bytes: room for some classes of all scripts.
const MAX_BYTES: usize = 1 << 20;

/// A pattern that the whole of a text must match.
#[derive(Debug)]
pub(super) struct Pattern {
    /// As it was written.
    pub(super) text: SmolStr,
    pub(super) whole: Regex,
}

/// Whether `pattern` is a regular expression that is not too large.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(crate) fn validate(pattern: &str) -> Result<(), (Text, Text)> {
    match build(pattern, MAX_BYTES) {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => Err((
            text!("the regular expression `{pattern}` is too large once compiled", pattern),
            text!("repeat less; `[a-z0-9_]` is far smaller than `\\w`, which knows all scripts"),
        )),
        Err(error) => {
            let text = error.to_string();
            // The last line says what is wrong; those before show where.
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let hint = if reason.contains("look-around") || reason.contains("backreferences") {
                text!("say the same without it, with several `matches` and `!` where needed")
            } else {
                text!("a character that stands for itself is written with a backslash: `\\.`")
            };
            Err((text!("`{pattern}` is no regular expression: {reason}", pattern, reason), hint))
        }
    }
}

/// Compiles a pattern that is valid; nothing if it is not.
pub(super) fn compile(pattern: &str) -> Option<Pattern> {
    // A line break ends a comment, where `(?x)` allows one to stand at the end.
    let framed = [format!(r"\A(?:{pattern})\z"), format!("\\A(?:{pattern}\n)\\z")];
    let whole = framed.iter().find_map(|framed| build(framed, 2 * MAX_BYTES).ok())?;
    Some(Pattern { text: SmolStr::new(pattern), whole })
}

fn build(pattern: &str, max_bytes: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(max_bytes).dfa_size_limit(max_bytes).build()
}
