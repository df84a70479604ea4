//! The examples of the catalogue, as far as reading a rule finds what is wrong with them.

use crate::{Code, parse_rule};

/// The codes that this crate raises; the others are for later stages.
const RAISED_HERE: [Code; 27] = [
    Code::TextTooLarge,
    Code::InvalidJson,
    Code::NestedTooDeep,
    Code::DuplicateKey,
    Code::MissingKey,
    Code::WrongType,
    Code::UnknownWord,
    Code::NumberOutOfRange,
    Code::InvalidValue,
    Code::PatternCutOff,
    Code::ConditionOnGraph,
    Code::SkipNameMissing,
    Code::DurationOutOfRange,
    Code::UnknownConditionType,
    Code::NotTakesOne,
    Code::NestedConditionsMissing,
    Code::UnknownKey,
    Code::BothSpellings,
    Code::FormatVersion,
    Code::ConditionKeyIgnored,
    Code::SkipNameUnused,
    Code::NeverInForce,
    Code::WrongWindow,
    Code::WrongAggregate,
    Code::WrongTop,
    Code::WrongEmit,
    Code::AggregateKeyIgnored,
];

#[test]
fn examples_show_what_they_say() {
    for code in Code::ALL {
        let Some(examples) = code.entry().examples else { continue };
        let raises = |text| parse_rule(text).diagnostics.iter().any(|item| item.code == *code);
        assert_eq!(raises(examples.wrong), RAISED_HERE.contains(code), "{code}, wrong example");
        let parsed = parse_rule(examples.right);
        assert!(parsed.diagnostics.is_empty(), "{code}, right: {:?}", parsed.diagnostics);
        if !RAISED_HERE.contains(code) {
            assert!(parse_rule(examples.wrong).diagnostics.is_valid(), "{code}, wrong example");
        }
    }
}
