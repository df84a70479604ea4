//! A folder of files: what its files may be, and how they change.

use std::fs;
use std::path::Path;

use tripline::{RuleId, RuleVersion};
use tripline_rule_store::{RuleStore, RuleText, StoreError};

use super::{Backend, Place, faults, listed, loaded, names, on, revision, rule};

const GRAPH: &str = r#"{"name":"g","nodes":[],"edges":[]}"#;

fn row(id: &str, version: i64) -> String {
    format!(r#"{{"id":"{id}","version":{version},"pattern":{GRAPH}}}"#)
}

fn write(place: &Place, name: &str, text: impl AsRef<[u8]>) {
    let path = place.folder.path().join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

/// What the rules say, or what is wrong, with paths from the folder.
async fn texts(place: &Place, store: &mut Box<dyn RuleStore>) -> Vec<String> {
    let top = format!("{}/", place.folder.path().display());
    let rows = loaded(store).await;
    let text = |text: Result<RuleText, _>| match text {
        Ok(RuleText::Document(text)) => text.to_string(),
        Ok(other) => panic!("{other:?}"),
        Err(problem) => format!("{problem}").replace(&top, ""),
    };
    rows.into_iter().map(|row| format!("{} {} {}", row.id, row.version, text(row.text))).collect()
}

#[test]
fn reads_files() {
    on(Backend::Folder, |place| async move {
        write(&place, "a.json", GRAPH);
        write(&place, "x/b/rule.json", GRAPH);
        write(&place, "x/b/events.json", "[]");
        write(&place, "c.json", row("d", 4));
        write(&place, "broken.json", "{");
        write(&place, "bytes.json", b"{\"\xff");
        write(&place, "long.json", " ".repeat(1024 * 1024 + 100));
        write(&place, "minus.json", row("minus", -1));
        write(&place, ".hidden/x.json", GRAPH);
        write(&place, "twice1.json", row("twice", 1));
        write(&place, "twice2.json", row("twice", 2));
        let mut store = place.open().await;
        let listing = listed(&mut store).await;
        assert_eq!(
            names(&listing),
            ["a 1", "b 1", "broken 1", "bytes 1", "d 4", "long 1", "twice 2"]
        );
        assert_eq!(
            faults(&listing),
            ["minus -1: the version `-1` is not a whole number from 0 to 9007199254740991"]
        );
        let expected = [
            format!("a 1 {GRAPH}"),
            format!("b 1 {GRAPH}"),
            "broken 1 {".to_owned(),
            "bytes 1 `file` is not UTF-8: the byte at offset 2 is wrong".to_owned(),
            format!("d 4 {}", row("d", 4)),
            "long 1 `file` has 1048676 bytes; at most 1048576 are allowed".to_owned(),
            "twice 2 the rule id `twice` stands twice: in `twice1.json` and in `twice2.json`"
                .to_owned(),
        ];
        assert_eq!(texts(&place, &mut store).await, expected);
    });
}

#[test]
fn sees_every_change() {
    on(Backend::Folder, |place| async move {
        let mut store = place.open().await;
        let top = place.folder.path().to_owned();
        let mut before = revision(&mut store).await;
        let mut check = async |store: &mut Box<dyn RuleStore>, expected: &[&str]| {
            let after = revision(store).await;
            assert_ne!(after, before, "{expected:?}");
            assert_eq!(revision(store).await, after);
            assert_eq!(names(&listed(store).await), expected);
            before = after;
        };
        write(&place, "a.json", row("r", 1));
        check(&mut store, &["r 1"]).await;
        // The same length, at once.
        write(&place, "a.json", row("s", 1));
        check(&mut store, &["s 1"]).await;
        write(&place, "a.json", row("s", 2));
        check(&mut store, &["s 2"]).await;
        fs::rename(top.join("a.json"), top.join("b.json")).expect("moved");
        check(&mut store, &["s 2"]).await;
        // Half a file is still the rule that it was, so that the good version stays in force.
        write(&place, "b.json", row("s", 3).get(..20).expect("half of it"));
        check(&mut store, &["s 2"]).await;
        write(&place, "b.json", row("s", 3));
        check(&mut store, &["s 3"]).await;
        write(&place, "b.json", "");
        check(&mut store, &["s 3"]).await;
        write(&place, "b.json", GRAPH);
        check(&mut store, &["b 1"]).await;
        fs::remove_file(top.join("b.json")).expect("removed");
        check(&mut store, &[]).await;
        // What is no rule changes nothing.
        let same = revision(&mut store).await;
        write(&place, "events.json", "[]");
        write(&place, "x.txt", "x");
        assert_eq!(revision(&mut store).await, same);
    });
}

#[test]
fn a_folder_that_is_gone_is_no_empty_folder() {
    on(Backend::Folder, |place| async move {
        let mut store = place.open().await;
        store.push(&rule("a", 1, "x")).await.expect("pushed");
        let before = revision(&mut store).await;
        let (top, aside) = (place.folder.path(), place.folder.path().with_extension("aside"));
        fs::rename(top, &aside).expect("moved");
        let outcome = store.list().await.map(|listing| names(&listing));
        assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
        fs::rename(&aside, top).expect("moved");
        assert_eq!(revision(&mut store).await, before);
    });
}

#[test]
fn pushes_write_files() {
    on(Backend::Folder, |place| async move {
        let mut store = place.open().await;
        let top = place.folder.path();
        write(&place, "x/r/rule.json", GRAPH);
        store.push(&rule("r", 2, "x")).await.expect("pushed");
        assert_eq!(
            fs::read_to_string(top.join("x/r/rule.json")).expect("a file"),
            rule("r", 2, "x").document
        );
        for (id, file) in [
            ("规则", "规则.json"),
            ("a/b", "a_b.json"),
            ("a_b", "a_b-2.json"),
            ("../x", "_x.json"),
            (".hidden", "hidden.json"),
            ("events", "rule-events.json"),
            ("expected.x", "rule-expected.x.json"),
        ] {
            store.push(&rule(id, 1, "x")).await.expect("pushed");
            assert!(top.join(file).exists(), "{file}");
            let found = names(&listed(&mut store).await);
            assert!(found.contains(&format!("{id} 1")), "{found:?}");
        }
        let outcome = store.set_enabled(&RuleId::new("r"), RuleVersion(2), false, "me").await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
        // Nothing else is left lying about.
        let files: Vec<String> = hidden(top);
        assert_eq!(files, [".tripline"]);
    });
}

fn hidden(top: &Path) -> Vec<String> {
    let names = top.read_dir().expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.starts_with('.')).collect()
}
