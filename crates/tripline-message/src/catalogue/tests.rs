//! What the compiler does not see: that the languages say the same, and say it once.

use std::collections::BTreeSet;

use super::{Phrase, conditions, shared};
use crate::code::Code;

fn phrases() -> impl Iterator<Item = Phrase> {
    let of_codes = Code::ALL.iter().flat_map(|code| code.entry().messages);
    of_codes.chain(shared::SHARED).chain(conditions::FRAME).copied()
}

/// Those that stand as lines of their own are written as sentences.
fn parts_of_sentences() -> impl Iterator<Item = Phrase> {
    phrases().filter(|phrase| !conditions::FRAME.contains(phrase))
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

#[test]
fn both_languages_take_the_same_arguments() {
    for Phrase { en, zh } in phrases() {
        assert_eq!(placeholders(en), placeholders(zh), "{en}");
        for text in [en, zh] {
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
        }
    }
}

#[test]
fn each_phrase_stands_once() {
    let mut seen = BTreeSet::new();
    for phrase in phrases() {
        assert!(seen.insert(phrase.en), "`{}` stands twice", phrase.en);
    }
    assert!(seen.len() > 300, "{} phrases", seen.len());
}

#[test]
fn english_is_lower_case_without_a_full_stop() {
    for Phrase { en, .. } in parts_of_sentences() {
        let first = en.split(' ').next().unwrap_or_default();
        let word = first.chars().skip(1).any(|c| c.is_lowercase()) && first != "Aviator";
        assert!(!(word && first.starts_with(char::is_uppercase)), "{en}");
        assert!(!en.ends_with('.'), "{en}");
    }
}

#[test]
fn chinese_is_chinese() {
    let ideograph = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let said = conditions::SAID.iter().copied();
    let texts = phrases()
        .chain(said)
        .map(|phrase| phrase.zh)
        .chain(Code::ALL.iter().map(|code| code.entry().title_zh));
    for text in texts {
        // Code words stand in backticks, as a rule; what is outside of them has full-width punctuation.
        let outside: String = text.split('`').step_by(2).collect();
        assert!(!text.is_ascii(), "{text}");
        for wrong in [',', ';', '?', '!'] {
            assert!(!outside.contains(wrong), "`{wrong}` in {text}");
        }
        assert!(!text.ends_with('。'), "{text}");
        let chars: Vec<char> = text.chars().collect();
        for pair in chars.windows(2) {
            let tight = |a: char, b: char| ideograph(a) && (b.is_ascii_alphanumeric() || b == '`');
            assert!(
                !tight(pair[0], pair[1]) && !tight(pair[1], pair[0]),
                "no space between {pair:?} in {text}"
            );
        }
    }
}
