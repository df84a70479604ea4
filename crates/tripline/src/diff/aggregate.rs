//! Aggregates.

use serde::Serialize;
use tripline_spec::{AggregateFunctionSpec, AggregateSpec, ConditionSpec};

use super::words::{self, quoted};
use super::{At, Changes};

/// Compares two aggregates.
pub(super) fn compare(changes: &mut Changes, before: &AggregateSpec, after: &AggregateSpec) {
    let at = At::of(&before.pointer, &after.pointer);
    let names = (&before.filter.name, &after.filter.name);
    changes.value(&at.key("name"), "name of the rule", names, |name| quoted(name));
    let condition = |condition: &ConditionSpec| words::condition(condition, false);
    changes.option(
        &at.key("condition"),
        "condition",
        (before.condition(), after.condition()),
        condition,
    );
    let groups = (&before.group_by, &after.group_by);
    changes.value(&at.key("groupBy"), "groupBy", groups, written);
    changes.value(&at.key("window"), "window", (&before.window, &after.window), written);
    let names = before.aggregates.keys();
    let names =
        names.chain(after.aggregates.keys().filter(|name| !before.aggregates.contains_key(*name)));
    for name in names {
        let pair = (before.aggregates.get(name), after.aggregates.get(name));
        let what = format!("aggregate `{name}`");
        let text = |one: &AggregateFunctionSpec| written(one);
        changes.option(&at.key("aggregates").key(name), &what, pair, text);
    }
    let having = (before.having.as_ref(), after.having.as_ref());
    changes.option(&at.key("having"), "having", having, condition);
    let top = (before.top.as_ref(), after.top.as_ref());
    changes.option(&at.key("top"), "top", top, written);
    changes.value(&at.key("emit"), "emit", (&before.emit(), &after.emit()), ToString::to_string);
    let every = (before.every.as_ref(), after.every.as_ref());
    changes.option(&at.key("every"), "every", every, words::duration);
}

/// As a rule has it.
fn written<T: Serialize>(part: &T) -> String {
    quoted(&serde_json::to_string(part).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use tripline_spec::parse_rule;

    use crate::diff::diff;

    fn check(changed: (&str, &str), expected: &[(&str, &str)]) {
        let text = r#"{"name":"r","type":"AGGREGATE","groupBy":["a"],
            "window":{"type":"TUMBLING","size":{"unit":"HOURS","size":1}},
            "aggregates":{"n":{"function":"COUNT"}},
            "having":{"type":"EXPRESSION","expression":"n > 1"}}"#;
        let document = |text: &str| parse_rule(text).document.unwrap();
        assert!(text.contains(changed.0));
        let after = text.replace(changed.0, changed.1);
        let found = diff(&document(text), &document(&after));
        let found: Vec<_> =
            found.iter().map(|one| (one.pointer.as_str(), one.message.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn parts_of_aggregates() {
        check(("n > 1", "n > 2"), &[("/having", "having: `n > 1` becomes `n > 2`")]);
        check(
            (
                r#""n":{"function":"COUNT"}"#,
                r#""n":{"function":"COUNT"},"m":{"function":"MAX","field":"x"}"#,
            ),
            &[("/aggregates/m", r#"aggregate `m`: `{"function":"MAX","field":"x"}` added"#)],
        );
        check((r#"["a"]"#, "[]"), &[("/groupBy", r#"groupBy: `["a"]` becomes `[]`"#)]);
        check(
            (r#""having""#, r#""emit":"ON_CROSSING","having""#),
            &[("/emit", "emit: ON_CLOSE becomes ON_CROSSING")],
        );
    }
}
