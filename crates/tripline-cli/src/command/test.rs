//! `tripline test`: conformance cases, and users' own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::{Args, ValueEnum};
use serde_json::json;
use tripline::Registry;
use tripline::case::{Bags, Case, Difference, Mode, compare, run_case_sharded};

use super::Format;
use crate::config::ConfigArgs;
use crate::exit::Exit;

/// The arguments of `tripline test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Files of cases, one JSON object a line (.jsonl, also .gz and .zst), or folders of them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// What happens between two events, and must change nothing
    #[arg(long, value_enum, default_value_t)]
    mode: TestMode,
    /// Over how many shards the keys are spread, which must change nothing
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    shards: u16,
    /// Only cases whose id contains this
    #[arg(long)]
    filter: Option<String>,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    config: ConfigArgs,
}

/// What happens between two events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TestMode {
    /// Nothing.
    #[default]
    Plain,
    /// The state is restored from its serialised form.
    Snapshot,
    /// An identical rule set is swapped in.
    Swap,
}

impl From<TestMode> for Mode {
    fn from(mode: TestMode) -> Self {
        match mode {
            TestMode::Plain => Self::Plain,
            TestMode::Snapshot => Self::Snapshot,
            TestMode::Swap => Self::Swap,
        }
    }
}

/// What became of the cases so far.
#[derive(Debug, Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

impl Test {
    pub(crate) fn run(&self, registry: &Registry) -> Exit {
        let registry = &match self.config.registry(registry) {
            Ok(registry) => registry,
            Err(exit) => return exit,
        };
        let mut out = std::io::stdout().lock();
        let mut tally = Tally::default();
        let mut exit = Exit::Success;
        for file in &self.files {
            for path in case_files(file) {
                if let Err(error) = self.run_file(&path, registry, &mut tally, &mut out) {
                    super::complain(&format!("cannot read `{}`: {error}", path.display()));
                    exit = exit.or(Exit::Failure);
                }
            }
        }
        if tally.failed > 0 {
            exit = exit.or(Exit::Invalid);
        }
        if tally.passed + tally.failed == 0 && exit == Exit::Success {
            super::complain("no case was run: the files have none, or --filter leaves none");
            exit = Exit::Failure;
        }
        let (passed, failed) = (tally.passed, tally.failed);
        let last = match self.format {
            Format::Human => writeln!(out, "{passed} passed, {failed} failed"),
            Format::Json => writeln!(out, "{}", json!({"passed": passed, "failed": failed})),
        };
        if last.is_err() { Exit::Failure } else { exit }
    }

    fn run_file(
        &self,
        path: &Path,
        registry: &Registry,
        tally: &mut Tally,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        let mut event_files = BTreeMap::new();
        for (number, line) in open(path)?.lines().enumerate() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let place = format!("{}:{}", path.display(), number + 1);
            let mut case = match Case::parse(&line) {
                Ok(case) => case,
                Err(error) => {
                    tally.failed += 1;
                    self.report(out, &place, "?", &error.to_string(), None)?;
                    continue;
                }
            };
            if self.filter.as_ref().is_some_and(|filter| !case.id.contains(filter)) {
                continue;
            }
            if let Some(name) = &case.events_file {
                let events = read_beside(path, name, &mut event_files)?;
                if let Err(error) = case.set_events(&events) {
                    tally.failed += 1;
                    self.report(out, &place, &case.id, &error.to_string(), None)?;
                    continue;
                }
            }
            match run_case_sharded(&case, self.mode.into(), self.shards.into(), registry) {
                Err(failure) => {
                    tally.failed += 1;
                    self.report(out, &place, &case.id, &failure.to_string(), Some(&case))?;
                }
                Ok(outcome) => {
                    let differences = compare(&case.expect, &outcome);
                    if differences.is_empty() {
                        tally.passed += 1;
                    } else {
                        tally.failed += 1;
                        let why = explain(&differences);
                        self.report(out, &place, &case.id, &why, Some(&case))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn report(
        &self,
        out: &mut impl Write,
        place: &str,
        id: &str,
        why: &str,
        case: Option<&Case>,
    ) -> std::io::Result<()> {
        if self.format == Format::Json {
            return writeln!(
                out,
                "{}",
                json!({"id": id, "place": place, "passed": false, "why": why})
            );
        }
        writeln!(out, "FAILED {id}  ({place})")?;
        if let Some(case) = case {
            if let Some(note) = &case.note {
                writeln!(out, "  note    {note}")?;
            }
            writeln!(out, "  rule    {}", case.rule.get())?;
            writeln!(out, "  events")?;
            for (index, event) in case.events.iter().enumerate() {
                writeln!(out, "    {index:>3}  {}", event.get())?;
            }
            if let Some(end) = case.final_watermark {
                writeln!(out, "    time then moves to {end}")?;
            }
        }
        for line in why.lines() {
            writeln!(out, "  {line}")?;
        }
        writeln!(out)
    }
}

/// The differences for people: what lacks and what is too much, one a line.
fn explain(differences: &[Difference]) -> String {
    let mut lines = Vec::new();
    for difference in differences {
        match difference {
            Difference::Refused { reasons } => {
                lines.push("the rule was refused, and should run:".to_owned());
                lines.extend(reasons.iter().map(|reason| format!("    {reason}")));
            }
            Difference::Accepted { expected } => {
                lines.push(format!("the rule was accepted, and should be refused: {expected}"));
            }
            Difference::Matches(bags) => explain_bags("match", bags, &mut lines),
            Difference::Timeouts(bags) => explain_bags("timeout", bags, &mut lines),
            Difference::Results(bags) => explain_bags("row", bags, &mut lines),
        }
    }
    lines.join("\n")
}

fn explain_bags(kind: &str, bags: &Bags, lines: &mut Vec<String>) {
    lines.extend(bags.missing.iter().map(|found| format!("expected {kind} {found}, not given")));
    lines.extend(bags.extra.iter().map(|found| format!("got {kind} {found}, not expected")));
}

/// The events in a file beside that of a case.
fn read_beside(
    path: &Path,
    name: &str,
    known: &mut BTreeMap<String, Rc<str>>,
) -> std::io::Result<Rc<str>> {
    if let Some(text) = known.get(name) {
        return Ok(Rc::clone(text));
    }
    let mut text = String::new();
    let beside = path.with_file_name(name);
    let named = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("`{}`: {error}", beside.display()))
    };
    open(&beside).map_err(named)?.read_to_string(&mut text).map_err(named)?;
    let text: Rc<str> = text.into();
    known.insert(name.to_owned(), Rc::clone(&text));
    Ok(text)
}

/// Whether a file has the events of cases that stand elsewhere, and no cases.
fn has_events(path: &Path) -> bool {
    let first = open(path).ok().and_then(|lines| lines.lines().next()?.ok());
    let first = first.and_then(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
    first.is_some_and(|first| {
        first.get("ts").is_some() && first.get("rule").is_none() && first.get("expect").is_none()
    })
}

/// The case files at a path: itself, or all below it if it is a folder.
fn case_files(path: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![path.to_path_buf()];
    if !path.is_dir() {
        return folders;
    }
    while let Some(folder) = folders.pop() {
        let Ok(entries) = folder.read_dir() else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".jsonl") && !has_events(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn open(path: &Path) -> std::io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    let name = path.to_string_lossy();
    let reader: Box<dyn Read> = if name.ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else if name.ends_with(".zst") {
        Box::new(zstd::Decoder::new(file)?)
    } else {
        Box::new(file)
    };
    Ok(Box::new(BufReader::new(reader)))
}
