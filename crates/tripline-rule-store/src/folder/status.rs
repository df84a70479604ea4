//! What engines say, in files: `.tripline/instances/NAME.json` is a sign of life, `.tripline/status/NAME.json` what
//! became of the rules.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tripline_event::{RuleId, RuleVersion};

use super::Folder;
use super::scan::now_ms;
use super::write::{OWN_FOLDER, file_name, write};
use crate::error::StoreError;
use crate::status::{Instance, InstanceStatus, RuleStatus};

/// As in databases: dead after so many ms, and ten looks; forgotten after so many.
const STALE_MS: i64 = 30_000;
const FORGET_MS: i64 = 86_400_000;

/// So many engines of one name get names of their own.
const MAX_NAMES: u32 = 1000;

/// An engine that we are.
#[derive(Debug)]
pub(super) struct Registered {
    engine: Engine,
    statuses: BTreeMap<RuleId, Status>,
}

/// A sign of life.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Engine {
    name: String,
    process: String,
    started_at_ms: i64,
    heartbeat_at_ms: i64,
    poll_interval_ms: i64,
    stopped: bool,
}

impl Engine {
    fn is_stale(&self, now_ms: i64) -> bool {
        let patience = self.poll_interval_ms.saturating_mul(10).max(STALE_MS);
        self.stopped || now_ms.saturating_sub(self.heartbeat_at_ms) > patience
    }
}

/// What became of a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Status {
    version_in_force: Option<RuleVersion>,
    state: String,
    latest_version: Option<RuleVersion>,
    latest_state: String,
    diagnostics: String,
    dropped_runs: u64,
    kept_runs: u64,
    since_ms: i64,
    updated_at_ms: i64,
}

impl Folder {
    fn instances(&self) -> PathBuf {
        self.top.join(OWN_FOLDER).join("instances")
    }

    fn status_files(&self) -> PathBuf {
        self.top.join(OWN_FOLDER).join("status")
    }

    pub(super) fn register(&mut self, instance: &Instance) -> Result<String, StoreError> {
        let make = || {
            fs::create_dir_all(self.instances())?;
            fs::create_dir_all(self.status_files())?;
            // Some may be let to look but not to write.
            tempfile::tempfile_in(self.instances())
        };
        if make().is_err() {
            let reason = "is a folder that this user may not write to: what became of the rules is told in the log only";
            return Err(StoreError::Unsupported { store: self.name.clone(), reason });
        }
        let _lock = self.lock()?;
        self.forget();
        let now = now_ms();
        for number in 1..=MAX_NAMES {
            let name = match number {
                1 => instance.name.clone(),
                _ => format!("{}-{number}", instance.name),
            };
            let holder: Option<Engine> = read(&self.instances().join(file_name(&name)));
            let is_taken = holder
                .is_some_and(|holder| holder.process != instance.process && !holder.is_stale(now));
            if is_taken {
                continue;
            }
            let engine = Engine {
                name: name.clone(),
                process: instance.process.clone(),
                started_at_ms: instance.started_at_ms,
                heartbeat_at_ms: now,
                poll_interval_ms: instance.poll_interval_ms,
                stopped: false,
            };
            let registered = Registered { engine, statuses: BTreeMap::new() };
            self.write_statuses(&registered)?;
            self.write_engine(&registered.engine)?;
            self.registered = Some(registered);
            return Ok(name);
        }
        Err(self.refused(format!("too many engines are named `{}`", instance.name)))
    }

    /// The engine that we are, if it is still known by this name.
    fn take_registered(&mut self, name: &str) -> Result<Registered, StoreError> {
        let not_registered = || StoreError::NotRegistered { instance: name.to_owned() };
        let registered = self.registered.take().ok_or_else(not_registered)?;
        let holder: Option<Engine> = read(&self.instances().join(file_name(name)));
        let is_ours = registered.engine.name == name
            && holder.is_some_and(|holder| holder.process == registered.engine.process);
        if is_ours { Ok(registered) } else { Err(not_registered()) }
    }

    pub(super) fn report(
        &mut self,
        name: &str,
        changed: Vec<RuleStatus>,
        gone: &[RuleId],
    ) -> Result<(), StoreError> {
        let mut registered = self.take_registered(name)?;
        let is_changed = !changed.is_empty() || !gone.is_empty();
        for status in changed {
            registered.statuses.insert(status.rule_id.clone(), status.into());
        }
        for id in gone {
            registered.statuses.remove(id);
        }
        registered.engine.heartbeat_at_ms = now_ms();
        registered.engine.stopped = false;
        let written = if is_changed { self.write_statuses(&registered) } else { Ok(()) };
        let written = written.and_then(|()| self.write_engine(&registered.engine));
        self.registered = Some(registered);
        written
    }

    pub(super) fn unregister(&mut self, name: &str) -> Result<(), StoreError> {
        let mut registered = self.take_registered(name)?;
        registered.engine.heartbeat_at_ms = now_ms();
        registered.engine.stopped = true;
        self.write_engine(&registered.engine)
    }

    pub(super) fn statuses(&self) -> Result<Vec<InstanceStatus>, StoreError> {
        let now = now_ms();
        let mut all = Vec::new();
        for path in self.engine_files() {
            let Some(engine): Option<Engine> = read(&path) else { continue };
            let statuses: Option<BTreeMap<RuleId, Status>> =
                read(&self.status_files().join(file_name(&engine.name)));
            let stale = engine.is_stale(now);
            all.extend(statuses.unwrap_or_default().into_iter().map(|(rule_id, status)| {
                InstanceStatus {
                    instance: engine.name.clone(),
                    heartbeat_at_ms: engine.heartbeat_at_ms,
                    stale,
                    status: status.into_rule_status(rule_id),
                }
            }));
        }
        all.sort_by(|a, b| (&a.status.rule_id, &a.instance).cmp(&(&b.status.rule_id, &b.instance)));
        Ok(all)
    }

    /// Removes the engines that were not heard of for long, and what they said; what fails is tried next time.
    fn forget(&self) {
        let now = now_ms();
        for path in self.engine_files() {
            let Some(engine): Option<Engine> = read(&path) else { continue };
            if now.saturating_sub(engine.heartbeat_at_ms) > FORGET_MS {
                let _removed = fs::remove_file(self.status_files().join(file_name(&engine.name)));
                let _removed = fs::remove_file(path);
            }
        }
    }

    fn engine_files(&self) -> Vec<PathBuf> {
        let entries = self.instances().read_dir().into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect()
    }

    fn write_engine(&self, engine: &Engine) -> Result<(), StoreError> {
        self.write_json(&self.instances().join(file_name(&engine.name)), engine)
    }

    fn write_statuses(&self, registered: &Registered) -> Result<(), StoreError> {
        let path = self.status_files().join(file_name(&registered.engine.name));
        self.write_json(&path, &registered.statuses)
    }

    fn write_json(&self, path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
        let text = serde_json::to_vec(value).map_err(io::Error::from);
        text.and_then(|text| write(path, &text)).map_err(|error| self.cannot_write(path, &error))
    }
}

/// A file of ours; one that somebody has damaged is as good as none.
fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

impl From<RuleStatus> for Status {
    fn from(status: RuleStatus) -> Self {
        Self {
            version_in_force: status.version_in_force,
            state: status.state,
            latest_version: status.latest_version,
            latest_state: status.latest_state,
            diagnostics: status.diagnostics,
            dropped_runs: status.dropped_runs,
            kept_runs: status.kept_runs,
            since_ms: status.since_ms,
            updated_at_ms: status.updated_at_ms,
        }
    }
}

impl Status {
    fn into_rule_status(self, rule_id: RuleId) -> RuleStatus {
        RuleStatus {
            rule_id,
            version_in_force: self.version_in_force,
            state: self.state,
            latest_version: self.latest_version,
            latest_state: self.latest_state,
            diagnostics: self.diagnostics,
            dropped_runs: self.dropped_runs,
            kept_runs: self.kept_runs,
            since_ms: self.since_ms,
            updated_at_ms: self.updated_at_ms,
        }
    }
}
