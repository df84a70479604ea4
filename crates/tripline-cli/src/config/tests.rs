//! What a configuration says, and what is said of one that is wrong.

use std::path::Path;

use clap::Parser;

use super::{Checked, ConfigArgs, SetArgs, schema_config};
use crate::lang::Lang;

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    config: ConfigArgs,
}

fn values(set: &[&str]) -> SetArgs {
    let set = set.iter().flat_map(|value| ["--set", value]);
    Command::try_parse_from(["x"].into_iter().chain(set)).unwrap().config.values
}

fn read(text: &str, set: &[&str]) -> Checked {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    values(set).check(Some(file.path())).unwrap()
}

#[test]
fn says_all_there_is() {
    let text = r#"
        [engine]
        default_key = ["user", "shop"]
        [time]
        field = "at"
        unit = "rfc3339"
        max_out_of_order = "1m"
        [store]
        url = "sqlite:rules.db"
        rule_table = "rds_demo"
        poll_interval = "200ms"
        on_unavailable = "last_seen"
        last_seen_file = "seen"
        instance = "a"
        [condition_aliases]
        "com.x.End" = "action != 1"
        "com.x.Middle" = { condition = "InList", args = { field = "tag" } }
        [condition_aliases."com.x.Long"]
        condition = "InList"
    "#;
    let checked = read(text, &[]);
    assert_eq!(checked.findings, []);
    let config = &checked.loaded.config;
    assert_eq!(config.engine.default_key.as_ref().unwrap().join(" "), "user shop");
    assert_eq!(config.time.max_out_of_order.unwrap().0, 60_000);
    assert_eq!(config.store.url.as_ref().unwrap().0, "sqlite:rules.db");
    let aliases: Vec<String> = checked
        .loaded
        .aliases()
        .iter()
        .map(|alias| format!("{} {:?}", alias.class_name, alias.target))
        .collect();
    assert_eq!(
        aliases,
        [
            r#"com.x.End Condition { condition: "action != 1", args: Null }"#,
            r#"com.x.Long Condition { condition: "InList", args: Null }"#,
            r#"com.x.Middle Condition { condition: "InList", args: Object {"field": String("tag")} }"#,
        ]
    );
    let origin = checked.loaded.aliases()[0].origin.to_string();
    assert_eq!(origin, format!("[condition_aliases] of {}", checked.file));
    assert_eq!(read("", &[]).findings, []);
    assert_eq!(values(&[]).check(None).unwrap().findings, []);
}

/// `expected`: of each finding `line:column code pointer message; hint`.
fn check(text: &str, set: &[&str], expected: &[&str]) {
    let found: Vec<String> = read(text, set)
        .findings
        .iter()
        .map(|item| {
            let (line, column, code) = (item.line, item.column, item.code);
            let hint = item.hint.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{line}:{column} {code} {} {}; {}", item.pointer, item.message, hint)
        })
        .collect();
    assert_eq!(found, expected, "{text} {set:?}");
}

#[test]
fn all_that_is_wrong_is_told_at_its_place() {
    check(
        "[store]\nrule_tabel = 'x'\n\npoll_interval = 5\nrule_table = 'x'\n[tiem]\nfield = 'ts'\n",
        &[],
        &[
            "2:1 E0802 /store/rule_tabel there is no such key; did you mean `rule_table`?",
            "4:17 E0803 /store/poll_interval expected a duration as a text, such as \"10s\", found the integer `5`; ",
            "6:2 E0802 /tiem there is no such key; did you mean `time`?",
        ],
    );
    check("[a\n", &[], &["1:3 E0801  it is not TOML: unclosed table, expected `]`; "]);
    check(
        "[time]\nunit = 'minutes'\nmax_out_of_order = '10'\n",
        &[],
        &[
            "2:8 E0803 /time/unit unknown word `minutes`, expected one of `ms`, `s`, `us`, `rfc3339`; ",
            "3:20 E0803 /time/max_out_of_order `10` is not a duration: write a number and a unit, such as 500ms, 10s, 5m, 2h or 1d; ",
        ],
    );
    check(
        "time = 5\nstore = ['x']\n",
        &[],
        &[
            "1:8 E0803 /time expected a section of keys and values, found the integer `5`; ",
            "2:9 E0803 /store expected a section of keys and values, found a list; ",
        ],
    );
    check(
        "[condition_aliases]\na = 5\n\"b.c\" = { condition = 'x == 1', arg = {} }\nd = { args = {} }\ne = 'x == 1'\n",
        &[],
        &[
            "2:5 E0803 /condition_aliases/a expected a text, or a table with `condition` and `args`, found the integer `5`; ",
            "3:33 E0802 /condition_aliases/b.c/arg there is no such key; did you mean `args`?",
            "4:5 E0803 /condition_aliases/d missing key `condition`; ",
        ],
    );
    check(
        "[condition_aliases]\ne = { condition = 'x == 1', workers = 4 }\n",
        &[],
        &[
            "2:29 E0802 /condition_aliases/e/workers there is no such key; there are `condition`, `args`",
        ],
    );
}

#[test]
fn values_that_make_no_sense() {
    let last_seen = "[store]\non_unavailable = 'last_seen'\n";
    let needs = "2:18 E0803 /store/on_unavailable `last_seen` needs a file to keep the rules in; add last_seen_file = \"FILE\"";
    check(last_seen, &[], &[needs]);
    check(last_seen, &["store.last_seen_file=seen"], &[]);
    let alone = "0:0 E0803 /store/last_seen_file the file means nothing while a start waits for the store; add on_unavailable = \"last_seen\"";
    check("", &["store.last_seen_file=seen"], &[alone]);
    let short = "0:0 E0803 /store/poll_interval it is too short; give at least \"10ms\"";
    check("[store]\npoll_interval = '1s'", &["store.poll_interval=9ms"], &[short]);
    check(
        "[engine]\ndefault_key = ['a', '']\n[time]\nfield = ''\n",
        &[],
        &[
            "2:15 E0803 /engine/default_key the name of a field is empty; ",
            "4:9 E0803 /time/field the name of a field is empty; ",
        ],
    );
    check("[dedup]\nid_field = 'id'\nwithin = '5m'\nmax_ids = 5\n", &[], &[]);
    check(
        "[dedup]\nwithin = '5m'\nmax_ids = 0\n",
        &[],
        &["3:11 E0803 /dedup/max_ids 0 is no number of events to remember: give 1 to 1000000000; "],
    );
    let nothing = "it means nothing while duplicates are not told; add id_field = \"FIELD\", or whole_event = true";
    check(
        "[dedup]\nwithin = '5m'\nmax_ids = 5\n",
        &[],
        &[
            &format!("2:10 E0803 /dedup/within {nothing}"),
            &format!("3:11 E0803 /dedup/max_ids {nothing}"),
        ],
    );
    check(
        "[dedup]\nid_field = ''\nwhole_event = true\n",
        &[],
        &[
            "2:12 E0803 /dedup/id_field the name of a field is empty; ",
            "3:15 E0803 /dedup/whole_event events are told by a field already; leave out `whole_event` or `id_field`",
        ],
    );
}

/// Whatever stands in the place of any key: what is said of it is in the catalogue, so that it is there in Chinese too.
#[test]
fn all_that_is_said_is_in_the_catalogue() {
    let schema = schema_config();
    let (mut told, mut faults) = (0, Vec::new());
    for (section, described) in schema["properties"].as_object().unwrap() {
        let described = super::read::resolved(&schema, described);
        let keys = described["properties"].as_object();
        let keys = keys.into_iter().flatten().map(|(key, _)| key.as_str());
        for key in keys.chain(["no_such_key"]) {
            for value in
                ["5", "-5", "0", "1.5", "true", "''", "'x'", "[]", "[1]", "{ a = 1 }", "1979-05-27"]
            {
                for finding in read(&format!("[{section}]\n{key} = {value}\n"), &[]).findings {
                    told += 1;
                    let chinese = finding.message.render(tripline::Lang::Zh);
                    let plain = finding.message.to_string();
                    // What stands outside of quotes is Chinese, but for names of TOML.
                    let outside: String = chinese.split(['`', '"']).step_by(2).collect();
                    let outside = outside.replace("TOML", "").replace("condition_aliases", "");
                    let mut words = outside.split(|c: char| !c.is_ascii_alphabetic());
                    if finding.message.phrase().is_none() || words.any(|word| word.len() > 3) {
                        faults.push(format!("{section}.{key} = {value}: {plain} / {chinese}"));
                    }
                    let hint = finding.hint.as_ref();
                    assert!(hint.is_none_or(|hint| hint.phrase().is_some()), "{hint:?}");
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(told > 200, "{told}");
}

#[test]
fn values_on_the_command_line() {
    let text = "[store]\nurl = 'sqlite:a'\n[condition_aliases]\n'com.x.A' = 'a == 1'\n";
    let set = [
        "store.url=sqlite:b=c",
        "store . poll_interval = 2s",
        "engine.default_key=[\"user\"]",
        "condition_aliases.\"com.x=B\"=b != 1",
        "condition_aliases.'com.x.A'={ condition = 'InList' }",
        "time.unit=\"s\"",
    ];
    let checked = read(text, &set);
    assert_eq!(checked.findings, []);
    let config = &checked.loaded.config;
    assert_eq!(config.store.url.as_ref().unwrap().0, "sqlite:b=c");
    assert_eq!(config.store.poll_interval.unwrap().0, 2000);
    let aliases: Vec<String> = config
        .condition_aliases
        .iter()
        .map(|(name, alias)| format!("{name}: {}", alias.condition))
        .collect();
    assert_eq!(aliases, ["com.x.A: InList", "com.x=B: b != 1"]);
    check(
        "",
        &["store.rule_tabel=x"],
        &["0:0 E0802 /store/rule_tabel there is no such key; did you mean `rule_table`?"],
    );
    check(
        "[store]\nurl = 'sqlite:a'",
        &["store.url.x=1"],
        &["0:0 E0803 /store/url/x `url` has no keys of its own; "],
    );
    for wrong in ["", "a", "=b", "a..b=c", "a.\"b=c", "a\nb=c", "a={"] {
        assert_eq!(values(&[wrong]).check(None).is_ok(), wrong == "a={", "{wrong:?}");
    }
}

#[test]
fn a_password_is_never_shown() {
    let url = "mysql://me:secret@db";
    let checked =
        read(&format!("[store]\nurl = \"{url}\"\nx = 1\n"), &[&format!("store.url={url}")]);
    let mut said = Vec::new();
    for finding in &checked.findings {
        finding.write(&mut said, "x.toml", Lang::En).unwrap();
    }
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("x.toml:3:1: error[E0802]: store.x: there is no such key"), "{said}");
    let set = values(&[&format!("store.url={url}")]);
    let all = format!("{said} {set:?} {:?} {:?}", checked.findings, checked.loaded);
    assert!(!all.contains("secret"), "{all}");
    // A wrong URL, a wrong place of it, TOML that ends in the middle of it.
    for text in [
        format!("store.url = \"{url}\""),
        format!("store = \"{url}\""),
        format!("[store]\nurl = {url}"),
        format!("[store]\nurl = [\"{url}\"]"),
    ] {
        let checked = read(&text, &[]);
        assert!(!checked.findings.is_empty(), "{text}");
        let all = format!("{:?}", checked.findings);
        assert!(!all.contains("secret"), "{all}");
    }
}

#[test]
fn what_cannot_be_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"[store]\nurl = '\xff'").unwrap();
    let checked = values(&[]).check(Some(file.path())).unwrap();
    assert_eq!(checked.findings[0].message, "it is not UTF-8: the byte at offset 15 is wrong");
    assert!(values(&[]).check(Some(Path::new("not/there"))).is_err());
    let deep = format!("a = {}", "[".repeat(100_000));
    assert_eq!(read(&deep, &[]).findings[0].code.id(), "E0801");
    let many: String = (0..1000).map(|at| format!("x{at} = 1\n")).collect();
    assert_eq!(read(&many, &[]).findings.len(), 100);
}

/// The schema says that keys may be left out, and none of them may be anything else.
#[test]
fn the_schema_knows_the_same_keys() {
    let schema = schema_config();
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema.get("required"), None);
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "engine",
            "time",
            "dedup",
            "store",
            "http",
            "log",
            "checkpoint",
            "actions",
            "sources",
            "sinks",
            "forward",
            "condition_aliases"
        ]
    );
    assert!(!schema.to_string().contains("null"), "{schema:#}");
}
