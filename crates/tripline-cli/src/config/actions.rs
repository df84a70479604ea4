//! What `[actions.NAME]` can say. The comments here are what `docs/configuration.md` says of each key.

use schemars::JsonSchema;
use serde::Deserialize;
use tripline::{Action, ActionOutputs};

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
    /// What is given out in the place of the whole output: a text with expressions between `{{` and `}}`.
    #[schemars(with = "String")]
    pub(crate) template: Option<String>,
    /// What is put into a set with each output that it takes.
    #[schemars(with = "AddToConfig")]
    pub(crate) add_to: Option<AddToConfig>,
    /// What is taken out of a set with each output that it takes, before anything is put in.
    #[schemars(with = "RemoveFromConfig")]
    pub(crate) remove_from: Option<RemoveFromConfig>,
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
    /// The action, under its name.
    pub(super) fn action(&self, name: &str) -> Action {
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
            template: self.template.clone(),
            add_to: self.add_to.as_ref().map(AddToConfig::bound),
            remove_from: self.remove_from.as_ref().map(RemoveFromConfig::bound),
            sinks: None,
        }
    }
}
