//! What actions do to sets. The comments here are what `docs/configuration.md` says of each key.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline::{AddTo, SetTarget, Stay, Text, find_zone, text};

use super::model::Duration;

/// What is put into a set with each output that the action takes; `docs/language.md` L-SET says what sets are.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddToConfig {
    /// The name of the set.
    pub(crate) set: String,
    /// Expressions over the output, one for each part of the member.
    pub(crate) member: Vec<String>,
    /// `midnight`: the member is out when the next day begins.
    #[serde(default)]
    #[schemars(with = "UntilName")]
    pub(crate) until: Option<UntilName>,
    /// How long the member stays, in event time; for ever unless this or `until` is given.
    #[serde(default)]
    #[schemars(with = "Duration")]
    pub(crate) ttl: Option<Duration>,
    /// Where it is midnight; unless given the `timeZone` of the rule's windows, else UTC.
    #[serde(default)]
    #[schemars(with = "String")]
    pub(crate) time_zone: Option<String>,
}

/// When a member is out.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum UntilName {
    Midnight,
}

/// What is taken out of a set with each output that the action takes.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveFromConfig {
    /// The name of the set.
    pub(crate) set: String,
    /// Expressions over the output, one for each part of the member.
    pub(crate) member: Vec<String>,
}

impl AddToConfig {
    pub(super) fn bound(&self) -> AddTo {
        let stay = match (self.until, self.ttl) {
            (Some(UntilName::Midnight), _) => Stay::UntilMidnight(self.time_zone.clone()),
            (None, Some(ttl)) => Stay::For(ttl.0),
            (None, None) => Stay::Forever,
        };
        AddTo { target: target(&self.set, &self.member), stay }
    }

    /// Calls `wrong` with the key and the reason for each value that makes no sense.
    pub(super) fn check(&self, wrong: &mut dyn FnMut(&str, Text, Option<Text>)) {
        check_target(&self.set, &self.member, wrong);
        if self.until.is_some() && self.ttl.is_some() {
            let hint = text!("leave out `until` or `ttl`");
            wrong(
                "ttl",
                text!("a member is out at midnight, or after a time, and not both"),
                Some(hint),
            );
        }
        if self.ttl.is_some_and(|ttl| ttl.0 == 0) {
            wrong("ttl", text!("it is too short"), Some(text!("give at least \"1ms\"")));
        }
        if let Some(name) = &self.time_zone {
            if let Err((message, hint)) = find_zone(name) {
                wrong("time_zone", message, Some(hint));
            }
            if self.until.is_none() {
                let hint = text!("add until = \"midnight\"");
                wrong("time_zone", text!("it means nothing without `until`"), Some(hint));
            }
        }
    }
}

impl RemoveFromConfig {
    pub(super) fn bound(&self) -> SetTarget {
        target(&self.set, &self.member)
    }

    /// As [`AddToConfig::check`].
    pub(super) fn check(&self, wrong: &mut dyn FnMut(&str, Text, Option<Text>)) {
        check_target(&self.set, &self.member, wrong);
    }
}

fn target(set: &str, member: &[String]) -> SetTarget {
    SetTarget { set: set.to_owned(), member: member.to_vec() }
}

fn check_target(set: &str, member: &[String], wrong: &mut dyn FnMut(&str, Text, Option<Text>)) {
    if set.is_empty() {
        wrong("set", text!("the name is empty"), None);
    }
    if member.is_empty() {
        let hint = text!("name its parts: member = [\"userId\"]");
        wrong("member", text!("a member has at least one part"), Some(hint));
    }
}
