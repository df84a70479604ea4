//! Reads `[sources.NAME]` and `[sinks.NAME]`: what `type` names says which keys there are.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use toml::{Table, Value};
use tripline::{Code, Text, text};
use tripline_connectors::Kind;
use tripline_spec::did_you_mean;

use super::finding::{Finding, pointer_of};
use super::read::{Reading, finding, take_out};

impl Reading {
    /// Takes a section of connectors out of the configuration, and reads each; what is wrong is told.
    pub(super) fn take_connectors<C>(
        &mut self,
        section: &str,
        kinds: &[Kind<C>],
        table: &mut Table,
    ) -> BTreeMap<String, C> {
        let mut connectors = BTreeMap::new();
        let all = match table.remove(section) {
            None => return connectors,
            Some(Value::Table(all)) => all,
            Some(other) => {
                // The types of the configuration say what is wrong with it.
                table.insert(section.to_owned(), other);
                return connectors;
            }
        };
        for (name, value) in all {
            let path = [section.to_owned(), name.clone()];
            let sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
            if name.is_empty() || name.len() > 64 || !name.chars().all(sign) {
                let message = "it is no name: write up to 64 letters, digits, `_` and `-`";
                let message = Text::recognise(Code::ConfigValue, message);
                self.push_at_key(Finding::new(Code::ConfigValue, pointer_of(&path), message));
                continue;
            }
            let Value::Table(values) = value else {
                let message = "expected a section of keys and values";
                let message = Text::recognise(Code::ConfigValue, message);
                self.push_at_key(Finding::new(Code::ConfigValue, pointer_of(&path), message));
                continue;
            };
            if let Some(connector) = self.read_connector(&path, kinds, values) {
                connectors.insert(name, connector);
            }
        }
        connectors
    }

    fn read_connector<C>(
        &mut self,
        path: &[String],
        kinds: &[Kind<C>],
        mut values: Table,
    ) -> Option<C> {
        let known = kinds.iter().map(|kind| kind.name);
        let all = || text!("there are {names}", names = Text::names(known.clone()));
        let Some(Value::String(named)) = values.remove("type") else {
            let message = Text::recognise(Code::ConfigValue, "missing key `type`");
            let finding = Finding::new(Code::ConfigValue, pointer_of(path), message);
            self.push(finding.with_hint(Some(all())));
            return None;
        };
        let Some(kind) = kinds.iter().find(|kind| kind.name == named) else {
            let at = [path, &["type".to_owned()]].concat();
            let hint = did_you_mean(&named, known.clone())
                .map_or_else(all, |close| text!("did you mean `{close}`?", close));
            let message = Text::recognise(Code::ConfigValue, "there is no such type");
            let finding = Finding::new(Code::ConfigValue, pointer_of(&at), message);
            self.push(finding.with_hint(Some(hint)));
            return None;
        };
        let schema = (kind.schema)();
        let mut whole = true;
        let mut taken = Vec::new();
        while !self.is_full() {
            // What TOML has and JSON has not, dates, are no value of any key.
            let json = serde_json::to_value(&values).unwrap_or(Json::Null);
            let (below, message) = match (kind.read)(json) {
                Ok(connector) => return whole.then_some(connector),
                Err(error) => error,
            };
            whole = false;
            if is_taken_out(&taken, &below, &message) {
                break;
            }
            let mut found = finding(&below, &message, &schema);
            found.pointer = pointer_of(&[path, &below].concat());
            self.push_at_key(found);
            if !take_out(&mut values, &below) {
                break;
            }
            taken.push(below);
        }
        None
    }
}

/// Whether a key is only missing since its value was wrong, of which was told.
fn is_taken_out(taken: &[Vec<String>], below: &[String], message: &str) -> bool {
    let name = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    name.is_some_and(|name| {
        taken.iter().any(|path| path.split_last() == Some((&name.to_owned(), below)))
    })
}
