//! What `[actions.NAME]` can say. The comments here are what `docs/configuration.md` says of each key.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline::{Action, ActionOutputs, ByKind};

use super::model::Duration;
use super::set_target::{AddToConfig, RemoveFromConfig};

/// What is done with what a rule finds.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ActionConfig {
    /// Which outputs it takes, of `match`, `timeout` and `aggregate`; all unless given. The others are left out.
    #[schemars(with = "Vec<OutputName>")]
    pub(crate) outputs: Option<Vec<OutputName>>,
    /// An expression over the events of the output; where it does not hold, the output is left out.
    #[schemars(with = "String")]
    pub(crate) when: Option<String>,
    /// How grave its outputs are, in the place of what the rule says: `info`, `warning`, `error` or `critical`.
    #[schemars(with = "SeverityName")]
    pub(crate) severity: Option<SeverityName>,
    /// What is given out in the place of the whole output: a text with expressions between `{{` and `}}`, or one for each of `match`, `timeout` and `aggregate`.
    #[schemars(with = "TemplateTexts")]
    pub(crate) template: Option<TemplateTexts>,
    /// What is put into a set with each output that it takes.
    #[schemars(with = "AddToConfig")]
    pub(crate) add_to: Option<AddToConfig>,
    /// What is taken out of a set with each output that it takes, before anything is put in.
    #[schemars(with = "RemoveFromConfig")]
    pub(crate) remove_from: Option<RemoveFromConfig>,
    /// The names of the sinks to which its outputs go; all unless given.
    #[schemars(with = "Vec<String>")]
    pub(crate) sinks: Option<Vec<String>>,
    /// At most one output of a rule and key goes out in this time, by the time of events; the others are counted and left out. Also `cooldown`.
    #[serde(alias = "cooldown")]
    #[schemars(with = "Duration")]
    pub(crate) throttle: Option<Duration>,
}

/// One text, or one for each kind of output.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "a text, or a table with a text for `match`, `timeout` and `aggregate`"
)]
#[schemars(inline)]
pub(crate) enum TemplateTexts {
    All(String),
    ByKind(TemplateByKind),
}

/// A text for each kind of output; a kind without one is given out whole.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
#[derive(Default)]
pub(crate) struct TemplateByKind {
    #[serde(rename = "match")]
    #[schemars(with = "String")]
    pub(crate) on_match: Option<String>,
    #[serde(rename = "timeout")]
    #[schemars(with = "String")]
    pub(crate) on_timeout: Option<String>,
    #[serde(rename = "aggregate")]
    #[schemars(with = "String")]
    pub(crate) on_aggregate: Option<String>,
}

/// A kind of output.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum OutputName {
    Match,
    Timeout,
    Aggregate,
}

/// How grave an output is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum SeverityName {
    Info,
    Warning,
    Error,
    Critical,
}

impl SeverityName {
    const fn spelling(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

impl ActionConfig {
    /// The action, under its name; `sinks` are the names of all sinks in the order of their numbers.
    pub(super) fn action(&self, name: &str, sinks: &[&str]) -> Action {
        let outputs = self.outputs.as_ref().map_or_else(ActionOutputs::default, |names| {
            let has = |name| names.contains(&name);
            ActionOutputs {
                matches: has(OutputName::Match),
                timeouts: has(OutputName::Timeout),
                aggregates: has(OutputName::Aggregate),
            }
        });
        Action {
            name: name.to_owned(),
            outputs,
            when: self.when.clone(),
            severity: self.severity.map(|severity| severity.spelling().to_owned()),
            templates: self.template.clone().map_or_else(ByKind::default, |texts| match texts {
                TemplateTexts::All(text) => ByKind {
                    matches: Some(text.clone()),
                    timeouts: Some(text.clone()),
                    aggregates: Some(text),
                },
                TemplateTexts::ByKind(TemplateByKind { on_match, on_timeout, on_aggregate }) => {
                    ByKind { matches: on_match, timeouts: on_timeout, aggregates: on_aggregate }
                }
            }),
            add_to: self.add_to.as_ref().map(AddToConfig::bound),
            remove_from: self.remove_from.as_ref().map(RemoveFromConfig::bound),
            sinks: self.sinks.as_ref().map(|names| {
                let numbers = (0_u32..64).zip(sinks);
                let named = numbers.filter(|(_, name)| names.iter().any(|named| named == *name));
                named.fold(0, |set, (number, _)| set | 1 << number)
            }),
            throttle_ms: self.throttle.map_or(0, |throttle| throttle.0),
        }
    }
}
