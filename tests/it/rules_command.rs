//! `tripline rules` and `tripline store`, from outside, over a file of SQLite and over a folder.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use tripline_rule_store::{Instance, RuleStatus, StoreOptions, open};

use crate::program::{Done, Program, text};

const RULE: &str = r#"{"name": "paid", "nodes": [
  {"name": "cart", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "event == 'cart'"}},
  {"name": "pay", "type": "ATOMIC", "condition": {"type": "EXPRESSION", "expression": "event == 'pay'"}}],
  "edges": [{"source": "cart", "target": "pay", "type": "SKIP_TILL_NEXT"}],
  "window": {"type": "FIRST_AND_LAST", "time": {"unit": "SECONDS", "size": 10}}}"#;

/// A rule that lacks its edges.
const BAD: &str = r#"{"name": "bad", "nodes": [{"name": "a", "type": "ATOMIC"}]}"#;

/// A store in a folder of its own, and files beside it.
struct Place {
    folder: TempDir,
    url: String,
}

impl Place {
    fn sqlite() -> Self {
        Self::new("sqlite", "rules.db")
    }

    fn dir() -> Self {
        let place = Self::new("dir", "store");
        fs::create_dir(place.path("store")).expect("a folder");
        place
    }

    fn new(kind: &str, name: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let url = format!("{kind}:{}", folder.path().join(name).display());
        Self { folder, url }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("the file can be written");
        path.to_string_lossy().into_owned()
    }

    fn program(&self, args: &[&str]) -> Program {
        Program::new("rules").args(args).args(["--store", &self.url]).env("USER", "ada")
    }

    /// Runs a command that must do well.
    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        self.ends(args, 0).0
    }

    /// Runs a command that must end so; gives what it wrote to stdout and stderr.
    #[track_caller]
    fn ends(&self, args: &[&str], code: i32) -> (String, String) {
        told(&self.program(args).run(), code)
    }

    /// Runs a command for programs.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Vec<Value> {
        let out = self.ok(&[args, &["--format", "json"]].concat());
        out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

#[track_caller]
fn told(done: &Done, code: i32) -> (String, String) {
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert_eq!(done.code, code, "{out}{err}");
    (out, err)
}

/// The messages of changes.
fn messages(line: &Value) -> Vec<&str> {
    let changes = line["changes"].as_array().expect("changes");
    changes.iter().map(|change| change["message"].as_str().expect("a message")).collect()
}

#[test]
fn a_rule_is_pushed_changed_and_brought_back() {
    let place = Place::sqlite();
    let file = place.write("paid.json", RULE);
    assert_eq!(place.ok(&["push", &file, "--by", "kim"]), "pushed `paid` version 1, the first\n");
    assert_eq!(place.ok(&["push", &file]), "unchanged `paid` version 1\n");

    // Another window, and another way of writing.
    let longer: Value = serde_json::from_str(&RULE.replace("10", "15")).expect("JSON");
    place.write("paid.json", &longer.to_string());
    let change = "window: 10 seconds becomes 15 seconds";
    let attempts = "they are dropped, since on_update is restart";
    assert_eq!(
        place.ok(&["diff", "paid", &file]),
        format!("`paid`: version 1 to {file}\n  {change}\nopen attempts: {attempts}\n")
    );
    assert_eq!(
        place.ok(&["push", &file]),
        format!(
            "pushed `paid` version 2 after version 1\n  {change}\n  open attempts: {attempts}\n"
        )
    );

    let listed = place.json(&["list"]);
    let [rule] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((&rule["id"], &rule["version"]), (&json!("paid"), &json!(2)));
    assert_eq!((&rule["updated_by"], &rule["enabled"]), (&json!("ada"), &json!(true)));
    assert!(rule["created_at"].as_i64().is_some_and(|at| at > 1_700_000_000_000), "{rule}");
    let table = place.ok(&["list"]);
    assert!(table.starts_with("ID    VERSION  NAME  ENABLED  SEVERITY  BY   CREATED\npaid  2        paid  yes      info      ada  20"), "{table}");

    // What is shown can be pushed; in JSON the pattern is what its author wrote.
    let shown = place.json(&["show", "paid", "--version", "1"]);
    assert_eq!(shown[0]["pattern"], RULE);
    assert_eq!(shown[0]["updated_by"], "kim");
    let document = place.ok(&["show", "paid"]);
    let copy = place.write("copy.json", &document);
    assert_eq!(place.ok(&["push", &copy]), "unchanged `paid` version 2\n");
    assert!(
        document.lines().count() > 5 && document.lines().all(|line| line.len() < 120),
        "{document}"
    );

    assert_eq!(
        place.ok(&["rollback", "paid", "--to", "1"]).lines().next(),
        Some("pushed `paid` version 3 after version 2")
    );
    assert_eq!(place.ok(&["rollback", "paid", "--to", "3"]), "unchanged `paid` version 3\n");
    assert_eq!(place.json(&["show", "paid"])[0]["pattern"], RULE);
    let history = place.json(&["history", "paid"]);
    let versions: Vec<_> = history.iter().map(|line| line["version"].as_i64()).collect();
    assert_eq!(versions, [Some(3), Some(2), Some(1)]);
    assert_eq!(messages(&history[0]), ["window: 15 seconds becomes 10 seconds"]);
    assert_eq!(messages(&history[1]), [change]);
    assert_eq!(history[2]["changes"], Value::Null);
    let told = place.ok(&["history", "paid"]);
    assert!(told.starts_with("version 3, by ada, 20"), "{told}");
    assert!(told.ends_with("\n  the first version\n"), "{told}");

    let between = place.json(&["diff", "paid", "--from", "1", "--to", "3"]);
    assert_eq!((&between[0]["from"], &between[0]["to"]), (&json!(1), &json!(3)));
    assert_eq!(messages(&between[0]), [""; 0]);
    assert_eq!(
        place.ok(&["diff", "paid", "--from", "2"]).lines().nth(1),
        Some("  window: 15 seconds becomes 10 seconds")
    );
}

#[test]
fn a_rule_is_switched_off_and_stays_so() {
    let place = Place::sqlite();
    let file = place.write("paid.json", RULE);
    place.ok(&["push", &file]);
    assert_eq!(place.ok(&["disable", "paid"]), "`paid` version 1 is disabled\n");
    assert_eq!(place.ok(&["disable", "paid"]), "`paid` version 1 is disabled already\n");
    assert_eq!(place.json(&["list"])[0]["enabled"], false);
    // A file that says nothing of it neither wakes the rule nor is something new.
    assert_eq!(place.ok(&["push", &file]), "unchanged `paid` version 1\n");
    place.write("paid.json", &RULE.replace("10", "15"));
    let told = place.ok(&["push", &file]);
    assert!(told.ends_with("  it stays disabled until `tripline rules enable paid`\n"), "{told}");
    assert_eq!(place.json(&["list"])[0]["enabled"], false);
    let enabled = json!({"id": "paid", "version": 2, "enabled": true, "changed": true});
    assert_eq!(place.json(&["enable", "paid"]), [enabled]);
    // The version below is as it was.
    assert_eq!(place.json(&["show", "paid", "--version", "1"])[0]["enabled"], false);
}

#[test]
fn what_is_invalid_is_not_pushed() {
    for place in [Place::sqlite(), Place::dir()] {
        let bad = place.write("bad.json", BAD);
        let good = place.write("paid.json", RULE);
        let (out, err) = place.ends(&["push", &good, &bad], 3);
        assert!(out.contains("error[E0105]") && out.contains("`edges` is missing"), "{out}");
        assert_eq!(err, "tripline: nothing was pushed: 1 of 2 rules cannot be\n");
        let (out, _) = place.ends(&["push", &good, &bad, "--format", "json"], 3);
        let lines: Vec<Value> =
            out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let results: Vec<_> = lines.iter().map(|line| (&line["valid"], &line["result"])).collect();
        let expected = [(&json!(true), &json!("not_pushed")), (&json!(false), &json!("invalid"))];
        assert_eq!(results, expected);
        assert_eq!(lines[1]["diagnostics"][0]["code"], "E0105");
        // Nothing of it, not even a store.
        assert!(!place.path("rules.db").exists());
        // Warnings only stop it if they are to.
        let odd = place.write("odd.json", &RULE.replacen('{', "{\"extra\": 1, ", 1));
        place.ends(&["push", &odd, "--strict"], 3);
        let told = place.ok(&["push", &odd]);
        assert!(
            told.contains("W0101") && told.ends_with("pushed `odd` version 1, the first\n"),
            "{told}"
        );
        place.ends(&["push", &place.path("none.json").to_string_lossy()], 1);
        assert_eq!(place.json(&["list"]).len(), 1);
    }
}

#[test]
fn versions_are_counted_and_never_taken_twice() {
    let row = |version: u32, size: u32| {
        let pattern: Value = serde_json::from_str(RULE).expect("JSON");
        let mut row = json!({"id": "r", "version": version, "pattern": pattern});
        row["pattern"]["window"]["time"]["size"] = size.into();
        row.to_string()
    };
    for place in [Place::sqlite(), Place::dir()] {
        let push = |version, size, args: &[&str]| {
            let file = place.write("r.json", &row(version, size));
            let lines = place.json(&[&["push", file.as_str()], args].concat());
            (lines[0]["result"].clone(), lines[0]["version"].clone())
        };
        let check = |found: (Value, Value), result: &str, version: i64| {
            assert_eq!(found, (json!(result), json!(version)), "{}", place.url);
        };
        check(push(5, 1, &[]), "pushed", 5);
        check(push(5, 1, &[]), "unchanged", 5);
        check(push(5, 2, &[]), "pushed", 6);
        check(push(9, 2, &[]), "pushed", 9);
        check(push(1, 2, &[]), "unchanged", 9);
        check(push(1, 2, &["--version", "12"]), "pushed", 12);
        let file = place.write("r.json", &row(1, 3));
        let (_, err) = place.ends(&["push", &file, "--version", "12"], 1);
        let expected = "tripline: rule `r` has version 12 already: leave out --version, or name a higher one\n";
        assert_eq!(err, expected);
        let (_, err) = place.ends(&["push", &file, "--version", "-1"], 2);
        assert!(err.contains("-1"), "{err}");
    }
}

#[test]
fn pushes_at_the_same_time_are_told_apart() {
    for place in [Place::sqlite(), Place::dir()] {
        place.ok(&["push", &place.write("paid.json", RULE)]);
        let files: Vec<_> = (20..26)
            .map(|size| {
                place.write(&format!("{size}/paid.json"), &RULE.replace("10", &size.to_string()))
            })
            .collect();
        let done: Vec<_> = std::thread::scope(|scope| {
            let runs: Vec<_> = files
                .iter()
                .map(|file| scope.spawn(|| place.program(&["push", file]).run()))
                .collect();
            runs.into_iter().map(|run| run.join().expect("a run")).collect()
        });
        let pushed = done.iter().filter(|done| done.code == 0).count();
        for done in done.iter().filter(|done| done.code != 0) {
            let err = text(&done.stderr);
            assert!(done.code == 1 && err.contains("somebody else has pushed it"), "{err}");
        }
        // Each that went well has a version of its own.
        let latest = place.json(&["list"])[0]["version"].as_u64();
        assert_eq!(latest, u64::try_from(1 + pushed).ok(), "{}", place.url);
        assert!(pushed > 0);
    }
}

#[test]
fn rules_go_out_into_files_and_back() {
    let from = Place::sqlite();
    let row = json!({
        "id": "规则 1/a", "version": 4, "name": "n\"", "description": "d", "key_by": ["user"], "params": {"n": 1.50},
        "severity": "critical", "on_update": "migrate", "effective_from": "2026-01-31T08:00:00+08:00",
        "labels": {"team": "x"}, "function": "page", "pattern": serde_json::from_str::<Value>(RULE).expect("JSON"),
    });
    from.ok(&[
        "push",
        &from.write("row.json", &row.to_string()),
        &from.write("events/x.json", RULE),
    ]);
    from.ok(&["push", &from.write("x.json", &RULE.replace("10", "15"))]);
    from.ok(&["disable", "x"]);
    let out = from.path("out").to_string_lossy().into_owned();
    assert_eq!(from.ok(&["export", &out]), format!("2 rules written to {out}\n"));
    let written = fs::read_to_string(from.path("out/规则%201%2Fa.json")).expect("the file");
    assert!(written.contains("{\"n\":1.5}"), "{written}");
    assert_eq!(told(&Program::new("validate-rule").arg(&out).arg("--strict").run(), 0).1, "");

    for to in [Place::sqlite(), Place::dir()] {
        let summary = |pushed, unchanged| {
            format!("2 versions: {pushed} pushed, {unchanged} unchanged, {}", to.url)
        };
        assert_eq!(to.ok(&["import", &out]).lines().last(), Some(&*summary(2, 0)));
        assert_eq!(to.ok(&["import", &out]).lines().last(), Some(&*summary(0, 2)));
        let listed: Vec<Value> = to.json(&["list"]);
        let parts = |key: &str| listed.iter().map(|line| line[key].clone()).collect::<Vec<_>>();
        assert_eq!(parts("id"), [json!("x"), json!("规则 1/a")]);
        assert_eq!(parts("version"), [json!(2), json!(4)]);
        assert_eq!(parts("enabled"), [json!(false), json!(true)]);
        let again = to.path("again").to_string_lossy().into_owned();
        to.ok(&["export", &again]);
        for name in ["x.json", "规则%201%2Fa.json"] {
            let read = |folder: &str| {
                fs::read_to_string(PathBuf::from(folder).join(name)).expect("the file")
            };
            let (first, second): (Value, Value) = (
                serde_json::from_str(&read(&out)).expect("JSON"),
                serde_json::from_str(&read(&again)).expect("JSON"),
            );
            for (key, value) in first.as_object().expect("an object") {
                // A folder does not say what goes without saying.
                assert!(second.get(key).is_none_or(|other| other == value), "{key} of {name}");
            }
        }
    }
}

#[test]
fn all_versions_go_out_and_back() {
    let from = Place::sqlite();
    let file = from.write("paid.json", RULE);
    from.ok(&["push", &file]);
    from.write("paid.json", &RULE.replace("10", "15"));
    from.ok(&["push", &file]);
    let out = from.path("out").to_string_lossy().into_owned();
    assert_eq!(
        from.ok(&["export", "--all-versions", &out]),
        format!("2 versions written to {out}\n")
    );
    assert!(from.path("out/paid@1.json").exists() && from.path("out/paid@2.json").exists());
    let to = Place::sqlite();
    let last = |text: String| text.lines().last().map(str::to_owned);
    let summary = |counts: &str| Some(format!("2 versions: {counts}, {}", to.url));
    assert_eq!(last(to.ok(&["import", &out])), summary("2 pushed, 0 unchanged"));
    assert_eq!(last(to.ok(&["import", &out])), summary("0 pushed, 2 unchanged"));
    assert_eq!(
        messages(&to.json(&["history", "paid"])[0]),
        ["window: 10 seconds becomes 15 seconds"]
    );
    // An old version cannot be changed.
    from.write(
        "out/paid@1.json",
        &fs::read_to_string(from.path("out/paid@1.json")).expect("a file").replace("10", "11"),
    );
    let (out, err) = to.ends(&["import", &out], 1);
    assert!(out.ends_with(&format!("0 pushed, 0 unchanged, 2 not reached, {}\n", to.url)), "{out}");
    assert!(err.contains("version 1 cannot be added below it, or changed"), "{err}");
    // The same version twice is none.
    to.write("twice/a.json", &to.ok(&["show", "paid"]));
    to.write("twice/b.json", &to.ok(&["show", "paid"]));
    let (out, _) = to.ends(&["import", &to.path("twice").to_string_lossy()], 3);
    assert!(out.contains("stands twice"), "{out}");
}

#[test]
fn a_folder_keeps_one_version() {
    let place = Place::dir();
    let file = place.write("paid.json", RULE);
    place.ok(&["push", &file]);
    place.write("paid.json", &RULE.replace("10", "15"));
    assert_eq!(place.json(&["push", &file])[0]["version"], 2);
    assert_eq!(place.json(&["history", "paid"]).len(), 1);
    let (_, err) = place.ends(&["rollback", "paid", "--to", "1"], 1);
    assert_eq!(err, format!("tripline: rule `paid` has no version 1 in {}; it has 2\n", place.url));
    let (_, err) = place.ends(&["disable", "paid"], 1);
    assert!(err.contains("is a folder: write"), "{err}");
    // What somebody has written there by hand.
    place.write("store/broken.json", "{\n\"name\": }");
    let listed = place.json(&["list"]);
    assert_eq!(listed[0]["id"], "broken");
    let problem = listed[0]["problem"].as_str().expect("a problem");
    assert!(problem.starts_with("E0102, line 2, column 9: "), "{problem}");
    let (out, err) = place.ends(&["show", "broken"], 0);
    assert_eq!(out, "{\n\"name\": }\n");
    assert!(err.contains("this is no rule: E0102"), "{err}");
    let (_, err) = place.ends(&["diff", "broken", &file], 3);
    assert!(err.contains("version 1 of rule `broken` cannot be read: E0102"), "{err}");
    // It can be mended.
    let mended = place.write("broken.json", RULE);
    let told = place.ok(&["push", &mended]);
    assert!(
        told.starts_with(
            "pushed `broken` version 2 after version 1\n  version 1 is invalid: E0102"
        ),
        "{told}"
    );
}

#[test]
fn what_engines_say_is_shown() {
    let place = Place::sqlite();
    place.ok(&["push", &place.write("paid.json", RULE)]);
    assert_eq!(
        place.ok(&["status"]),
        format!("{}: no engine has said anything of its rules\n", place.url)
    );
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let url = place.url.parse().expect("a URL");
        let mut store = open(&url, &StoreOptions::default()).await.expect("a store");
        let instance = Instance {
            name: "engine-1".to_owned(),
            process: "p".to_owned(),
            started_at_ms: 1,
            poll_interval_ms: 1_000,
        };
        let name = store.register(&instance).await.expect("registered");
        let status = RuleStatus {
            rule_id: tripline::RuleId::new("paid"),
            version_in_force: Some(tripline::RuleVersion(1)),
            state: "active".to_owned(),
            latest_version: Some(tripline::RuleVersion(2)),
            latest_state: "rejected".to_owned(),
            diagnostics: r#"[{"code":"E0203","severity":"error","pointer":"/pattern/edges/0/target","line":5,"column":9,"message":"no node `pey`","hint":"did you mean `pay`?"}]"#.to_owned(),
            dropped_runs: 3,
            kept_runs: 0,
            since_ms: 1_000,
            updated_at_ms: 1_000,
        };
        store.report(&name, &[status], &[]).await.expect("reported");
    });
    let told = place.ok(&["status", "paid"]);
    assert!(
        told.contains(
            "engine-1  paid  active  1         2 rejected  1970-01-01T00:00:01.000Z  3        0\n"
        ),
        "{told}"
    );
    assert!(
        told.ends_with(
            "\n`paid` version 2 in engine-1:\n  error[E0203] /pattern/edges/0/target, line 5, column 9: \
             no node `pey`\n    help: did you mean `pay`?\n"
        ),
        "{told}"
    );
    let lines = place.json(&["status"]);
    assert_eq!(lines[0]["diagnostics"][0]["code"], "E0203");
    assert_eq!((&lines[0]["stale"], &lines[0]["dropped_runs"]), (&json!(false), &json!(3)));
    assert!(place.ok(&["list"]).contains("active, version 2 rejected"));
    assert_eq!(place.json(&["list"])[0]["states"][0]["state"], "active");
    let told = place.ok(&["status", "other"]);
    assert!(told.ends_with("no engine has said anything of `other`\n"), "{told}");
}

#[test]
fn a_store_that_is_not_there_is_not_made_by_looking() {
    let place = Place::sqlite();
    let file = place.write("paid.json", RULE);
    for args in [
        &["list"][..],
        &["show", "x"],
        &["history", "x"],
        &["status"],
        &["enable", "x"],
        &["diff", "x", &file],
        &["rollback", "x", "--to", "1"],
        &["export", "out"],
    ] {
        let (_, err) = place.ends(args, 1);
        assert!(
            err.contains("there is no file `") && err.contains("tripline store migrate"),
            "{err}"
        );
    }
    assert!(!place.path("rules.db").exists());
    let migrate = |args: &[&str]| {
        let program = Program::new("store").arg("migrate").args(["--store", &place.url]).args(args);
        told(&program.run(), 0).0
    };
    assert!(!migrate(&[]).is_empty());
    assert_eq!(migrate(&[]), format!("{}: nothing to do\n", place.url));
    let line: Value = serde_json::from_str(&migrate(&["--format", "json"])).expect("JSON");
    assert_eq!(line, json!({"store": place.url, "steps": []}));
    assert_eq!(place.ok(&["list"]), format!("{}: no rules\n", place.url));
    let (_, err) = place.ends(&["show", "x"], 1);
    assert_eq!(err, format!("tripline: there is no rule `x` in {}\n", place.url));
    place.ok(&["push", &file]);
    let (_, err) = place.ends(&["show", "pais"], 1);
    assert!(err.ends_with("; did you mean `paid`?\n"), "{err}");
    let (_, err) = Place::new("dir", "none").ends(&["list"], 1);
    assert!(err.contains("No such file"), "{err}");
}

#[test]
fn wrong_usage_is_told() {
    let place = Place::sqlite();
    let file = place.write("paid.json", RULE);
    for args in [
        &["diff", "paid"][..],
        &["diff", "paid", &file, "--from", "1"],
        &["rollback", "paid"],
        &["push"],
    ] {
        place.ends(args, 2);
    }
    let other = place.write("other.json", RULE);
    place.ends(&["push", &file, &other, "--version", "3"], 2);
    told(&Program::new("rules").arg("list").run(), 2);
    let (_, err) = told(&Program::new("rules").args(["list", "--store", "rules.db"]).run(), 2);
    assert!(err.contains("--store names no rule store: write `mysql:"), "{err}");
}

#[test]
fn no_password_is_ever_shown() {
    let files = TempDir::new().expect("a folder");
    let file = files.path().join("paid.json");
    fs::write(&file, RULE).expect("the file can be written");
    // Nobody listens there.
    let urls = [
        ("mysql://me:s3cret@127.0.0.1:1/rules", 1),
        ("mysql://me@127.0.0.1:1/rules", 1),
        ("mysql://me:s3cret@127.0.0.1:x/rules", 2),
        ("mysql://me:s3cret@127.0.0.1:1/", 2),
        ("postgres://me:s3cret@127.0.0.1/rules", 2),
        ("mysql://me:s3cret", 2),
    ];
    for (url, code) in urls {
        for args in [
            &["rules", "list"][..],
            &["rules", "push", &file.to_string_lossy()],
            &["rules", "status", "--format", "json"],
            &["store", "migrate"],
        ] {
            let program = Program::new(args[0]).args(&args[1..]).args(["--store", url]);
            let (out, err) = told(&program.env("TRIPLINE_STORE_PASSWORD", "s3cret").run(), code);
            assert!(!out.contains("s3cret") && !err.contains("s3cret"), "{url}: {out}{err}");
            assert!(!err.is_empty());
        }
    }
    let (_, err) = told(
        &Program::new("rules")
            .args(["list", "--store", "mysql://me@127.0.0.1:1/rules"])
            .env("TRIPLINE_STORE_PASSWORD_FILE", files.path().join("none"))
            .run(),
        1,
    );
    assert!(err.contains("cannot read the password file"), "{err}");
}
