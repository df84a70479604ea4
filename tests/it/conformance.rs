//! What Apache Flink CEP answered, and what is Tripline's own, in every mode (`tests/conformance/README.md`).

use std::collections::BTreeSet;

use tripline::Registry;
use tripline::case::Case;
use tripline_testkit::corpus::{self, Filter};

use crate::program::{Program, text};
use crate::root;

/// How many cases there are, by folder or file: a file that is lost is noticed.
const COUNTS: [(&str, usize); 6] = [
    ("flink/", 146),
    ("handchecked", 60),
    ("rules", 89),
    ("generated/", 4413),
    ("own/", 21),
    ("statistics/", 757),
];

fn all() -> Vec<(String, Vec<Case>)> {
    let folder = root("tests/conformance");
    corpus::files(&folder, ".jsonl.zst")
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
            (name, corpus::cases(&path))
        })
        .collect()
}

#[test]
fn every_case_is_answered_as_flink_does() {
    #[expect(clippy::disallowed_methods, reason = "the filter of this test")]
    let filter = Filter::parse(&std::env::var("TRIPLINE_TEST").unwrap_or_default());
    let mut cases: Vec<Case> = all().into_iter().flat_map(|(_, cases)| cases).collect();
    cases.retain(|case| filter.takes(&case.id));
    let failures = corpus::failures(&cases, &Registry::with_builtins());
    for failure in failures.iter().take(20) {
        eprintln!("{failure}\n");
    }
    assert!(
        failures.is_empty(),
        "{} failures in {} cases and {} modes",
        failures.len(),
        cases.len(),
        corpus::MODES.len()
    );
}

#[test]
fn no_case_is_lost_and_ids_are_unique() {
    let all = all();
    let mut ids = BTreeSet::new();
    for case in all.iter().flat_map(|(_, cases)| cases) {
        assert!(ids.insert(&case.id), "the id `{}` stands twice", case.id);
    }
    for (name, expected) in COUNTS {
        let of_name = all.iter().filter(|(file, _)| file.starts_with(name));
        let count: usize = of_name.map(|(_, cases)| cases.len()).sum();
        assert_eq!(count, expected, "cases in {name}");
    }
    let total: usize = COUNTS.iter().map(|(_, count)| count).sum();
    assert_eq!(ids.len(), total, "cases in files that no count is known of");
}

#[test]
fn the_program_gives_the_same_answers() {
    for mode in ["plain", "snapshot", "swap"] {
        let run = Program::new("test").arg("--mode").arg(mode).arg(root("tests/conformance/flink"));
        let done = run.run();
        assert_eq!(done.code, 0, "{}", text(&done.stdout));
        assert_eq!(text(&done.stdout).lines().last(), Some("146 passed, 0 failed"));
    }
}
