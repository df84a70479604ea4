//! The codes that no rule's text can raise by itself, provoked as their part of the program does: what is said of them in
//! each language, and as JSON, stands in `tests/diagnostics/elsewhere.*`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use tripline::{Budget, Code, FieldTable, Lang, OnExceeded, Text, compile_rule};

use crate::diagnostics::{RAISED_ELSEWHERE, expect};
use crate::live::{Engine, PROBE, eventually};
use crate::program::{Program, text};
use crate::{bad_plugins, budgets};

/// A finding in a language: as people read it, and as JSON where there is such a form.
#[derive(Clone, Debug)]
struct Said {
    code: Code,
    human: String,
    json: Value,
}

fn said(code: Code, message: &Text, hint: Option<&Text>, lang: Lang) -> Said {
    let (message, hint) = (message.render(lang), hint.map(|hint| hint.render(lang)));
    let human = format!("{message}\n  {}", hint.clone().unwrap_or_default());
    Said { code, human, json: json!({"code": code, "message": message, "hint": hint}) }
}

/// Configurations, each of which raises one code.
fn of_configurations(folder: &TempDir, lang: Lang) -> Vec<Said> {
    fs::write(folder.path().join("half.json"), r#"{"properties": "#).expect("written");
    fs::write(folder.path().join("list.json"), r#"{"properties": {"a": {"$ref": "other.json"}}}"#)
        .expect("written");
    let config = [
        (Code::ConfigNotToml, "[engine\n"),
        (Code::ConfigUnknownKey, "[store]\npol_interval = '1s'\n"),
        (Code::ConfigValue, "[store]\npoll_interval = 5\n"),
        (Code::BrokenAlias, "[condition_aliases]\n\"com.shop.End\" = 'action !='\n"),
        (Code::EventSchemaNotJson, "[engine]\nevent_schemas = ['half.json']\n"),
        (Code::EventSchemaWrong, "[engine]\nevent_schemas = ['list.json']\n"),
    ];
    let each = config.iter().map(|(code, text_of_file)| {
        let name = format!("{code}.toml");
        fs::write(folder.path().join(&name), text_of_file).expect("written");
        let check = |format: &str| {
            let program = Program::new("config").args(["check", &name, "--format", format]);
            let done = program.args(["--lang", lang.code()]).current_dir(folder.path()).run();
            assert_eq!(done.code, 3, "{code}: {}", text(&done.stderr));
            text(&done.stdout)
        };
        let json: Value = serde_json::from_str(&check("json")).expect("JSON");
        Said { code: *code, human: check("human"), json: json["diagnostics"][0].clone() }
    });
    each.collect()
}

/// Rules with actions that there are not, or that do not fit, and with a key that does not.
fn of_actions(folder: &TempDir, lang: Lang) -> Vec<Said> {
    fs::write(folder.path().join("actions.toml"), "[actions.say]\ntemplate = '{{size(basket)}}'\n")
        .expect("written");
    let split = "[sources.clicks]\ntype = 'kafka'\nservers = 'kafka:9092'\ntopic = 'clicks'\n\
                 partitions = [0]\npartitioned_by = ['shop']\n";
    fs::write(folder.path().join("split.toml"), split).expect("written");
    let each = [
        (Code::ActionUnfit, "say", "actions.toml"),
        (Code::UnknownAction, "sya", "actions.toml"),
        (Code::KeyIsSplit, "", "split.toml"),
    ];
    let each = each.map(|(code, name, config)| {
        let rule = format!(
            r#"{{"id":"r","version":1,"key_by":["user"],"function":"{name}","pattern":{PROBE}}}"#
        );
        fs::write(folder.path().join("action.json"), rule).expect("written");
        let check = |format: &str| {
            let program = Program::new("validate-rule").args(["--config", config]);
            let program = program.args(["action.json", "--format", format, "--lang", lang.code()]);
            text(&program.current_dir(folder.path()).run().stdout)
        };
        let json: Value = serde_json::from_str(&check("json")).expect("JSON");
        Said { code, human: check("human"), json: json["diagnostics"][0].clone() }
    });
    each.to_vec()
}

/// Rules without a key.
fn of_keys(folder: &TempDir, lang: Lang) -> Said {
    fs::write(folder.path().join("keyless.json"), PROBE).expect("written");
    let program = Program::new("run").args(["--rules", "keyless.json", "--events", "-"]);
    let program = program.args(["--summary", "none", "--lang", lang.code()]);
    let log = text(&program.current_dir(folder.path()).stdin(b"").run().stderr);
    let line = log.lines().find(|line| line.contains("W0601")).expect("a warning");
    Said { code: Code::NoKey, human: line.to_owned(), json: Value::Null }
}

/// Plugins that fail, and rules that take too much.
fn of_rules_that_run(lang: Lang) -> Vec<Said> {
    let bound = bad_plugins::pattern(r#"{"type":"CLASS","className":"Panics","args":[1]}"#);
    let check = compile_rule(&bound, &bad_plugins::registry(), &mut FieldTable::new());
    let first = check.diagnostics.iter().next().expect("a finding");
    let mut all = vec![said(first.code, &first.message, first.hint.as_ref(), lang)];
    let rules = ["Panics", "Lies", "Sleeps"]
        .map(|name| bad_plugins::source(&name.to_lowercase(), bad_plugins::class(name)));
    let (_, plugins) = bad_plugins::run(&rules);
    let suspends = Budget { on_exceeded: OnExceeded::Suspend, ..budgets::few(50) };
    let mut limits = tripline::Budgets::default();
    limits.by_rule.insert(tripline::RuleId::new("bad"), suspends);
    let rules = [budgets::rule("bad", &budgets::doubling())];
    let events: String = (0..20_000)
        .map(|at| format!("{{\"user\":1,\"kind\":\"{}\",\"ts\":{at}}}\n", ["a", "b"][at % 2]))
        .collect();
    let (_, exceeded) = budgets::run(&rules, limits, 1, &events);
    for fault in plugins.rules.iter().chain(&exceeded.rules).flat_map(|rule| &rule.faults) {
        all.push(said(fault.code, &fault.message, Some(&fault.hint), lang));
    }
    all
}

/// A version that is no number, one whose open attempts cannot be kept, and rules that ask for what others do not have, or
/// no longer, in the status that an engine writes.
fn of_stores(lang: Lang) -> Vec<Said> {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, version: i64, pattern: &str| {
        let rule = format!(
            r#"{{"id":"{name}","version":{version},"on_update":"migrate","pattern":{pattern}}}"#
        );
        fs::write(folder.path().join(format!("{name}.json")), rule).expect("written");
    };
    write("longer", 1, PROBE);
    write("wrong", -1, PROBE);
    let asking =
        |asked: &str| PROBE.replace("action == 'probe'", &format!("stat('{asked}').n > 5"));
    let keyed = |name: &str, pattern: &str| {
        let rule =
            format!(r#"{{"id":"{name}","version":1,"key_by":["user"],"pattern":{pattern}}}"#);
        fs::write(folder.path().join(format!("{name}.json")), rule).expect("written");
    };
    keyed("misses", &asking("clikcs"));
    keyed("asks", &asking("clicks"));
    let clicks = r#"{"name":"c","type":"AGGREGATE","groupBy":["user"],"window":{"type":"TUMBLING","size":{"unit":"DAYS","size":1}},"aggregates":{"n":{"function":"COUNT"}}}"#;
    let clicks = format!(r#"{{"id":"clicks","version":1,"pattern":{clicks}}}"#);
    fs::write(folder.path().join("clicks.json"), clicks).expect("written");
    let url = format!("dir:{}", folder.path().display());
    let engine = Engine::start(&["--store", &url, "--instance", "test"], "");
    let in_force = || {
        let program = Program::new("rules").args(["status", "longer", "--store", &url]);
        text(&program.args(["--format", "json"]).run().stdout)
    };
    eventually("the first version", in_force, |line| line.contains(r#""version_in_force":1"#));
    let longer =
        PROBE.replace("\"edges\":[]", r#""edges":[{"source":"p","target":"q","type":"STRICT"}]"#);
    let longer = longer.replace("}}],", r#"}},{"name":"q","type":"ATOMIC"}],"window":{"type":"FIRST_AND_LAST","time":{"unit":"SECONDS","size":1}},"#);
    write("longer", 2, &longer);
    engine.log_has("rule longer version 2 comes into force");
    let status = |format: &str, id: &str| {
        let program = Program::new("rules").args(["status", id, "--store", &url]);
        text(&program.args(["--format", format, "--lang", lang.code()]).run().stdout)
    };
    fs::remove_file(folder.path().join("clicks.json")).expect("removed");
    let each = [
        (Code::UnreadableRow, "wrong"),
        (Code::NotMigrated, "longer"),
        (Code::StatUnfit, "misses"),
        (Code::StatGone, "asks"),
    ];
    let each = each.map(|(code, id)| {
        let has = |line: &str| line.contains(code.id());
        let line = eventually("the status says it", || status("json", id), has);
        let line: Value = serde_json::from_str(&line).expect("JSON");
        let found = line["diagnostics"].as_array().expect("a list").iter();
        let json = found.clone().find(|found| found["code"] == code.id()).expect("the code");
        // Behind the table.
        let human = status("human", id);
        let human = human.split_once("\n\n").expect("findings").1.to_owned();
        Said { code, human, json: json.clone() }
    });
    assert_eq!(engine.end().0, 3);
    each.to_vec()
}

/// Numbers that depend on the machine.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for sign in text.chars() {
        let sign = if sign.is_ascii_digit() { '0' } else { sign };
        if !(sign == '0' && plain.ends_with('0')) {
            plain.push(sign);
        }
    }
    plain
}

#[test]
fn each_other_code_is_said_in_both_languages_and_as_json() {
    for lang in Lang::ALL {
        let folder = tempfile::tempdir().expect("a folder");
        let mut all = of_configurations(&folder, lang);
        all.push(of_keys(&folder, lang));
        all.extend(of_actions(&folder, lang));
        all.extend(of_rules_that_run(lang));
        all.extend(of_stores(lang));
        let codes: BTreeSet<Code> = all.iter().map(|said| said.code).collect();
        assert_eq!(codes, BTreeSet::from(RAISED_ELSEWHERE));
        all.sort_by_key(|said| said.code.id());
        let mut told = String::new();
        for Said { code, human, json } in &all {
            let is_chinese =
                |text: &str| text.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign));
            assert_eq!(is_chinese(human), lang == Lang::Zh, "{code}: {human}");
            if !json.is_null() {
                let message = json["message"].as_str().expect("a message");
                assert_eq!(json["code"], code.id());
                assert_eq!(is_chinese(message), lang == Lang::Zh, "{code}: {message}");
                assert_eq!(json.get("zh"), None, "one language: {json}");
            }
            let (human, json) = (human.trim_end().to_owned(), json.to_string());
            let (human, json) = match code {
                Code::PluginSlow | Code::BudgetExceeded => {
                    (without_numbers(&human), without_numbers(&json))
                }
                _ => (human, json),
            };
            writeln!(told, "{code}\n{human}\n{json}\n").expect("a text");
        }
        expect(&format!("elsewhere.{}.txt", lang.code()), &told);
    }
}
