//! Which crate may use which: the table of `ARCHITECTURE.md`, over what cargo knows.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::process::Command;

use serde_json::Value;

use crate::root;

/// Crates without I/O, clock or threads.
const PURE: [&str; 7] = [
    "tripline-event",
    "tripline-message",
    "tripline-spec",
    "tripline-condition",
    "tripline-engine",
    "tripline-compiler",
    "tripline",
];

/// What a pure crate must not reach, by whatever way.
const EFFECTS: [&str; 7] = ["tokio", "mio", "sqlx", "reqwest", "hyper", "rdkafka", "socket2"];

/// What each crate may use of ours, outside of its tests.
fn allowed(name: &str) -> Option<Vec<&'static str>> {
    Some(match name {
        "tripline-event" | "tripline-message" => vec![],
        "tripline-spec" | "tripline-condition" => vec!["tripline-event", "tripline-message"],
        "tripline-rule-store" => vec!["tripline-event"],
        "tripline-connectors" => vec!["tripline-event"],
        "tripline-engine" => vec!["tripline-event", "tripline-condition"],
        "tripline-compiler" => {
            let mut below = vec!["tripline-event", "tripline-message", "tripline-spec"];
            below.extend(["tripline-condition", "tripline-engine"]);
            below
        }
        "tripline" => PURE.iter().copied().filter(|name| *name != "tripline").collect(),
        "tripline-runtime" => vec!["tripline", "tripline-rule-store", "tripline-connectors"],
        "tripline-server" => {
            vec!["tripline", "tripline-rule-store", "tripline-connectors", "tripline-runtime"]
        }
        "tripline-testkit" => vec!["tripline"],
        // Its benchmarks run the engine as the program does, and it writes the schema of the program's configuration.
        "xtask" => vec![
            "tripline",
            "tripline-rule-store",
            "tripline-connectors",
            "tripline-runtime",
            "tripline-server",
            "tripline-cli",
        ],
        "tripline-cli" => PURE
            .into_iter()
            .chain(["tripline-rule-store", "tripline-connectors", "tripline-runtime"])
            .chain(["tripline-server"])
            .collect(),
        // Uses all of them, in tests only.
        "tripline-tests" => vec![],
        _ => return None,
    })
}

/// The direct dependencies of every package, those for tests and build scripts left out, and which packages are ours.
struct Graph {
    uses: BTreeMap<String, BTreeSet<String>>,
    ours: BTreeSet<String>,
}

impl Graph {
    fn read() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let output = Command::new(cargo)
            .current_dir(root("."))
            .args(["metadata", "--format-version", "1", "--locked"])
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let list = |value: &Value| value.as_array().cloned().expect("a list");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let names: BTreeMap<String, String> = list(&metadata["packages"])
            .iter()
            .map(|package| (text(&package["id"]), text(&package["name"])))
            .collect();
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let of = uses.entry(names[&text(&node["id"])].clone()).or_default();
            for dependency in list(&node["deps"]) {
                let normal = |kind: &Value| kind["kind"].is_null();
                if list(&dependency["dep_kinds"]).iter().any(normal) {
                    of.insert(names[&text(&dependency["pkg"])].clone());
                }
            }
        }
        let members = list(&metadata["workspace_members"]);
        let ours = members.iter().map(|id| names[&text(id)].clone()).collect();
        Self { uses, ours }
    }

    /// All that a package reaches, with the package that each is reached from.
    fn reach(&self, from: &str) -> BTreeMap<&str, &str> {
        let mut reached = BTreeMap::new();
        let mut next = vec![self.uses.get_key_value(from).expect("a package").0.as_str()];
        while let Some(package) = next.pop() {
            for used in self.uses.get(package).into_iter().flatten() {
                if reached.insert(used.as_str(), package).is_none() {
                    next.push(used);
                }
            }
        }
        reached
    }
}

#[test]
fn crates_use_what_the_design_allows() {
    let graph = Graph::read();
    for package in &graph.ours {
        let allowed = allowed(package)
            .unwrap_or_else(|| panic!("`{package}` has no line in the table of this test"));
        for used in graph.uses[package].intersection(&graph.ours) {
            assert!(allowed.contains(&used.as_str()), "`{package}` must not use `{used}`");
        }
    }
}

#[test]
fn pure_crates_reach_no_effects() {
    let graph = Graph::read();
    for package in PURE {
        let reached = graph.reach(package);
        for effect in EFFECTS {
            let from = reached.get(effect);
            assert_eq!(from, None, "`{package}` reaches `{effect}`");
        }
    }
    let through_others = graph.reach("tripline");
    assert!(through_others.contains_key("hashbrown"), "what others use is reached too");
}
