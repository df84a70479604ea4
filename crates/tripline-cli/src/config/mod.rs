//! The configuration: one TOML file, and single values of it on the command line.
//!
//! [`model`] is what it can say, and with that its schema and its reference; [`read`] takes a text apart and finds all
//! that is wrong with it. A key that means nothing is refused.
//!
//! The rule it keeps: a value is never shown but where it is a word or a number, since a password may stand in a URL.

mod actions;
mod check;
mod connectors;
mod dedup;
pub(crate) mod event_schemas;
mod finding;
mod limits;
mod model;
mod overrides;
mod read;
mod reference;
mod set_target;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::Value as Json;
use tripline::{
    Action, Alias, AliasOrigin, AliasTarget, Code, EventSchemas, Partitioning, Registry,
    ResolvedAlias, Severity, text,
};

pub(crate) use check::{MIN_CHECKPOINT_MS, MIN_POLL_MS};
pub(crate) use finding::{Finding, pointer_of};
pub(crate) use model::{Config, HttpConfig, Limit, LogConfig, LogFormat, Mode};
use overrides::SetText;
use read::Reading;
pub use reference::{config_reference, connector_pages};

use crate::command::complain;
use crate::exit::Exit;
use crate::lang::{Lang, LangArgs};
use crate::report::printable;
use crate::store_url::StoreArgs;

/// The longest configuration that is read, in bytes, inclusive.
const MAX_BYTES: u64 = 1024 * 1024;

/// The JSON Schema of the configuration.
#[must_use]
pub fn schema_config() -> Json {
    let mut schema = schemars::schema_for!(Config).to_value();
    drop_null_defaults(&mut schema);
    schema
}

/// A key that is left out says nothing; TOML has no word for that, which is what the derived schema names as default.
///
/// The depth of our own types bounds how deep this goes.
fn drop_null_defaults(schema: &mut Json) {
    match schema {
        Json::Object(members) => {
            members.retain(|name, value| !(name == "default" && value.is_null()));
            members.values_mut().for_each(drop_null_defaults);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_null_defaults),
        _ => {}
    }
}

/// The arguments that name a configuration.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigArgs {
    /// The configuration: a TOML file; flags count before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What events look like: a JSON Schema, or a folder of them; fields that rules name are checked against it; may be repeated
    #[arg(long = "event-schema", value_name = "FILE|DIR")]
    event_schemas: Vec<PathBuf>,
    #[command(flatten)]
    values: SetArgs,
    #[command(flatten)]
    lang: LangArgs,
}

/// The arguments that set single values.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SetArgs {
    /// Set a value of the configuration, in the place of what the file says: a TOML value, or a text as it stands
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<SetText>,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// What is known of events.
    event_schemas: Arc<EventSchemas>,
    /// The file, for people.
    file: Arc<str>,
}

/// A configuration that was looked at.
pub(crate) struct Checked {
    pub(crate) loaded: Loaded,
    pub(crate) findings: Vec<Finding>,
    pub(crate) file: String,
    /// Where things stand, if it could be read.
    reading: Option<Reading>,
}

impl ConfigArgs {
    /// The language of findings and reports.
    pub(crate) fn lang(&self) -> Lang {
        self.lang.get()
    }

    /// What the file and the values say; if something is wrong, that is told on stderr.
    pub(crate) fn load(&self) -> Result<Loaded, Exit> {
        let checked = self.values.check(self.config.as_deref())?;
        if !checked.findings.is_empty() {
            checked.complain(self.lang());
            return Err(Exit::Usage);
        }
        let mut loaded = checked.loaded;
        let configured = loaded.config.engine.event_schemas.as_deref().unwrap_or_default();
        let paths = if self.event_schemas.is_empty() { configured } else { &self.event_schemas };
        let schemas = event_schemas::read(paths).map_err(|problems| {
            problems
                .iter()
                .fold(Exit::Success, |exit, problem| exit.or(problem.complain(self.lang())))
        })?;
        loaded.event_schemas = Arc::new(schemas);
        Ok(loaded)
    }

    /// The registry with the aliases and the event schemas of the configuration; aliases that cannot be used are told on stderr.
    pub(crate) fn registry(&self, registry: &Registry) -> Result<Registry, Exit> {
        let loaded = self.load()?;
        let mut registry = registry.clone();
        registry.set_aliases(loaded.aliases());
        registry.set_event_schemas(loaded.event_schemas());
        registry.set_actions(loaded.actions());
        registry.set_partitioning(loaded.partitioning(None));
        tell_broken(registry.aliases(), self.lang());
        Ok(registry)
    }
}

impl SetArgs {
    /// Reads a file, or nothing, and puts the values in it.
    pub(crate) fn check(&self, file: Option<&Path>) -> Result<Checked, Exit> {
        let set: Result<Vec<_>, _> = self.set.iter().map(SetText::read).collect();
        let set = set.map_err(|wrong| {
            complain(wrong);
            Exit::Usage
        })?;
        let name = file.map_or_else(|| "--set".to_owned(), |path| path.display().to_string());
        let bytes = file.map_or_else(|| Ok(Vec::new()), read_file).map_err(|error| {
            complain(&printable(&format!("cannot read the configuration `{name}`: {error}")));
            Exit::Failure
        })?;
        let file = Arc::from(name.as_str());
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let message =
                    text!("it is not UTF-8: the byte at offset {offset} is wrong", offset = at);
                let findings = vec![Finding::new(Code::ConfigNotToml, "", message)];
                let loaded =
                    Loaded { config: Config::default(), event_schemas: Arc::default(), file };
                return Ok(Checked { loaded, findings, file: name, reading: None });
            }
        };
        let mut reading = Reading::new(&text, &set);
        if reading.findings.is_empty() {
            check::check(&mut reading);
        }
        let config = reading.config.clone();
        let loaded = Loaded { config, event_schemas: Arc::default(), file };
        let mut findings = std::mem::take(&mut reading.findings);
        findings.sort_by_key(|finding| (finding.line, finding.column));
        Ok(Checked { loaded, findings, file: name, reading: Some(reading) })
    }
}

impl Checked {
    /// Adds a finding on a value.
    pub(crate) fn push(&mut self, finding: Finding) {
        let finding = match &self.reading {
            Some(reading) => reading.locate(finding),
            None => finding,
        };
        self.findings.push(finding);
    }

    /// Says on stderr what is wrong.
    fn complain(&self, lang: Lang) {
        let mut err = std::io::stderr().lock();
        for finding in &self.findings {
            // Nothing can be done if nobody reads it.
            drop(finding.write(&mut err, &self.file, lang));
        }
    }
}

impl Loaded {
    /// What is known of events, by flags or else by the configuration.
    pub(crate) fn event_schemas(&self) -> Arc<EventSchemas> {
        Arc::clone(&self.event_schemas)
    }

    /// The rule store, if it names one.
    pub(crate) fn store(&self) -> Option<StoreArgs> {
        let store = &self.config.store;
        let url = store.url.as_ref()?;
        Some(StoreArgs::of_configuration(url.0.clone(), store.rule_table.clone()))
    }

    /// What is done with what rules find.
    pub(crate) fn actions(&self) -> impl Iterator<Item = Action> {
        let sinks: Vec<&str> = self.config.sinks.keys().map(String::as_str).collect();
        self.config.actions.iter().map(move |(name, action)| action.action(name, &sinks))
    }

    /// How sources are split among instances; `default_key` is what the command line says of it.
    pub(crate) fn partitioning(&self, default_key: Option<&[String]>) -> Partitioning {
        let sources = self.config.sources.iter();
        let split =
            sources.filter_map(|(name, source)| Some((name.clone(), source.split_by()?.to_vec())));
        let default_key = default_key.or(self.config.engine.default_key.as_deref());
        Partitioning {
            sources: split.collect(),
            default_key: default_key.unwrap_or_default().to_vec(),
        }
    }

    /// What class names stand for.
    pub(crate) fn aliases(&self) -> Vec<Alias> {
        let aliases = self.config.condition_aliases.iter();
        aliases
            .map(|(class_name, alias)| Alias {
                class_name: class_name.clone(),
                target: AliasTarget::Condition {
                    condition: alias.condition.clone(),
                    args: alias.args.clone(),
                },
                origin: AliasOrigin::Configuration(Arc::clone(&self.file)),
            })
            .collect()
    }
}

/// Says on stderr which aliases cannot be used.
pub(crate) fn tell_broken<'a>(aliases: impl Iterator<Item = &'a ResolvedAlias>, lang: Lang) {
    for alias in aliases {
        if let Err(problem) = alias.meaning() {
            let (name, origin) = (&alias.alias().class_name, &alias.alias().origin);
            let said = text!(
                "the alias `{name}` of {origin} cannot be used: {problem}",
                name,
                origin = origin.text(),
                problem = &problem.message
            );
            let word = lang.severity(Severity::Warning);
            complain(&printable(&format!("{word}: {}", said.render(lang.into()))));
        }
    }
}

fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|bytes| bytes > MAX_BYTES) {
        return Err(std::io::Error::other(format!("it has more than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}
