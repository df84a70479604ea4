//! What a rule asks of others: the running values of their aggregates.

use std::collections::BTreeSet;

use tripline_condition::Ask;
use tripline_event::{FieldTable, RuleId};
use tripline_message::{Text, text};
use tripline_spec::{Code, Diagnostic, Diagnostics, did_you_mean};

use crate::rule::CompiledRule;

/// Whether a rule asks for a statistic.
pub(crate) fn asks(rule: &CompiledRule) -> bool {
    rule.asks().iter().any(|ask| matches!(ask, Ask::Stat(_)))
}

/// The rules that a rule asks for statistics.
pub(crate) fn asked(rule: &CompiledRule, fields: &FieldTable) -> BTreeSet<RuleId> {
    let id = |ask| match ask {
        Ask::Stat(stat) => fields.stat_name(stat).map(|(rule, _)| RuleId::new(rule)),
        Ask::Set(_) => None,
    };
    rule.asks().into_iter().filter_map(id).collect()
}

/// A rule that asks.
pub(crate) struct Asking<'a> {
    pub(crate) rule: &'a CompiledRule,
    pub(crate) key: &'a [String],
    /// Whether one shard sees all its events.
    pub(crate) pinned: bool,
}

/// What is wrong with the statistics that a rule asks for; `find` gives the rules that are known, `pinned` says which of
/// them have all their events in one shard, and `ids` how they are called.
pub(crate) fn check<'r, I: Iterator<Item = &'r str>>(
    asking: &Asking<'_>,
    fields: &FieldTable,
    find: impl Fn(&str) -> Option<&'r CompiledRule>,
    pinned: impl Fn(&CompiledRule) -> bool,
    ids: impl Fn() -> I,
) -> Diagnostics {
    let rule = asking.rule;
    let mut found = Diagnostics::new();
    for ask in rule.asks() {
        let Ask::Stat(stat) = ask else { continue };
        let Some((id, name)) = fields.stat_name(stat) else { continue };
        let asked = format!("stat('{id}').{name}");
        let problem = match find(id) {
            None => {
                let message = text!(
                    "`{asked}` asks for the rule `{rule}`, which there is not",
                    asked,
                    rule = id
                );
                let hint = close(id, ids()).unwrap_or_else(|| {
                    text!("put the rule of type AGGREGATE first, or together with this one")
                });
                Some((message, hint))
            }
            Some(other) => unfit(&asked, (id, name), asking.key, other).or_else(|| {
                (pinned(other) != asking.pinned).then(|| {
                    let message = text!(
                        "only one of this rule and the rule `{rule}`, which `{asked}` asks for, has to do with a set that actions change, so that they see events in different places",
                        rule = id,
                        asked
                    );
                    (message, text!("let both ask for the set, or neither"))
                })
            }),
        };
        if let Some((message, hint)) = problem {
            let at = &rule.document.pattern().pointer;
            found.push(Diagnostic::new(Code::StatUnfit, at, message).with_hint(hint));
        }
    }
    found
}

/// Why a rule cannot be asked for its aggregate `name`.
fn unfit(
    asked: &str,
    (id, name): (&str, &str),
    key: &[String],
    other: &CompiledRule,
) -> Option<(Text, Text)> {
    let Some(spec) = other.document.aggregate() else {
        return Some((
            text!("`{asked}` asks for the rule `{rule}`, which is no aggregate", asked, rule = id),
            text!(
                "ask a rule of type AGGREGATE; the events of this rule's own match are read by `count(node)`, `sum(node.field)` and the like"
            ),
        ));
    };
    if !other.is_enabled() {
        return Some((
            text!("`{asked}` asks for the rule `{rule}`, which is disabled", asked, rule = id),
            text!("enable it, or ask another one"),
        ));
    }
    let names = || spec.aggregates.keys().map(String::as_str);
    if !names().any(|own| own == name) {
        let message = text!(
            "`{asked}` asks for an aggregate that the rule `{rule}` does not have",
            asked,
            rule = id
        );
        let hint = close(name, names())
            .unwrap_or_else(|| text!("its aggregates are {names}", names = Text::names(names())));
        return Some((message, hint));
    }
    if spec.top.is_some() {
        return Some((
            text!(
                "`{asked}` asks for a rule with `top`, whose groups are ranked in another place",
                asked
            ),
            text!("ask a rule with the same windows and without `top`"),
        ));
    }
    (spec.group_by != key).then(|| {
        let message = text!(
            "`{asked}` asks for groups by {groups}, and the key of this rule is {key}",
            asked,
            groups = named(&spec.group_by),
            key = named(key)
        );
        (message, text!("let `key_by` name the fields of `groupBy`, in the same order"))
    })
}

fn named(paths: &[String]) -> Text {
    if paths.is_empty() {
        return text!("no field");
    }
    Text::names(paths.iter().map(String::as_str))
}

fn close<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<Text> {
    did_you_mean(name, names).map(|close| text!("did you mean `{close}`?", close))
}
