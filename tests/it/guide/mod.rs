//! The guides `docs/guide.en.md` and `docs/guide.zh.md`, and the Chinese README: what they show is tried.
//!
//! The words behind the backticks of a block say what it is.
//!
//! - `json rule valid`, `json rule E0203 W0404`: a rule, of which exactly these codes are said.
//! - `json row valid`, `json graph …`, `json first …`, `json node …`, `json edge …`: keys of the row, the pattern graph,
//!   its first or second node, or its first edge, put into a small rule.
//! - `json events`: events, one a line. `json case`: keys of a case, without its rule.
//! - `json event-schema`: what events look like.
//! - `expression`: conditions, one a line, each with a remark after `#`.
//! - `console`: commands after `$ `, and what they say; a line `…` stands for any number of lines.
//!   `console wait`: asked again until they say it. `console background`: runs on while the page is read.
//! - `sql FILE`: statements for a store of SQLite.
//! - `strip`: see [`strip`].
//! - `text`: not tried.
//!
//! `file=NAME` writes a block into the folder that all blocks of a page share, in which `rules` are the rules that ship.
//! `UPDATE_EXPECT=1` writes anew what commands say; read it before it is committed.

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]

mod desk;
mod strip;

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;
use serde_json::{Map, Value, json};
use tripline::{EventSchemas, FieldTable, Registry, compile_rule};

use crate::{root, shipped_rules};
use desk::Desk;

const GUIDES: [&str; 2] = ["docs/guide.en.md", "docs/guide.zh.md"];
const READMES: [&str; 2] = ["README.md", "README.zh.md"];

/// A block of code.
struct Block {
    /// Where it is: `docs/guide.en.md:12`.
    place: String,
    /// Its lines in the page, from 0, without the backticks.
    lines: std::ops::Range<usize>,
    language: String,
    words: Vec<String>,
    text: String,
}

impl Block {
    fn is(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    fn file(&self) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix("file="))
    }

    /// The codes that its words name; `None` if they name none, not even `valid`.
    fn codes(&self) -> Option<BTreeSet<String>> {
        let number = |word: &str| word.strip_prefix(['E', 'W'])?.parse::<u16>().ok();
        let code = |word: &&String| number(word).is_some();
        let codes: BTreeSet<String> = self.words.iter().filter(code).cloned().collect();
        (self.is("valid") || !codes.is_empty()).then_some(codes)
    }
}

fn read(page: &str) -> String {
    fs::read_to_string(root(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

fn blocks(page: &str) -> Vec<Block> {
    let text = read(page);
    let lines: Vec<&str> = text.lines().collect();
    let fences: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].starts_with("```")).collect();
    let pairs = fences.chunks(2).map(|pair| match pair {
        [open, close] if lines[*close] == "```" => (*open, *close),
        _ => panic!("{page}:{}: a block is not closed", pair[0] + 1),
    });
    let block = |(open, close): (usize, usize)| {
        let mut words = lines[open].trim_start_matches('`').split_whitespace().map(str::to_owned);
        Block {
            place: format!("{page}:{}", open + 1),
            lines: open + 1..close,
            language: words.next().unwrap_or_default(),
            words: words.collect(),
            text: lines[open + 1..close].join("\n"),
        }
    };
    pairs.map(block).collect()
}

#[test]
fn rules_are_as_valid_as_the_guides_say() {
    let mut tried = 0;
    for block in GUIDES.iter().flat_map(|page| blocks(page)) {
        let kind = block.words.first().map_or("", String::as_str);
        if block.language == "expression" {
            for (expression, _) in block.text.lines().map(remark) {
                let condition = json!({"type": "EXPRESSION", "expression": expression});
                let three = r#""quantifier": {"properties": ["TIMES"], "times": {"from": 3}}"#;
                let rule = around(&block, "node", &format!("{three}, \"condition\": {condition}"));
                assert_eq!(codes(&rule), BTreeSet::new(), "{}: {expression}", block.place);
                tried += 1;
            }
            continue;
        }
        if block.language != "json" {
            assert!(
                ["console", "sql", "strip", "text"].contains(&block.language.as_str()),
                "{}: nobody knows how to try `{}`",
                block.place,
                block.language
            );
            continue;
        }
        if kind == "events" {
            let lines = block.text.lines();
            let wrong = lines.filter(|line| serde_json::from_str::<Map<_, Value>>(line).is_err());
            assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", block.place);
            continue;
        }
        if kind == "event-schema" {
            let read = EventSchemas::new().add("x", &block.text);
            assert_eq!(read, Ok(()), "{}", block.place);
            continue;
        }
        if kind == "case" {
            let keys = format!("{{{}}}", block.text);
            assert!(serde_json::from_str::<Map<_, Value>>(&keys).is_ok(), "{}", block.place);
            continue;
        }
        let whole = kind == "rule";
        let rule = if whole { block.text.clone() } else { around(&block, kind, &block.text) };
        assert_eq!(Some(codes(&rule)), block.codes(), "{}: {rule}", block.place);
        tried += 1;
    }
    assert!(tried > 20, "{tried} rules were tried");
}

/// What is said of a rule.
fn codes(rule: &str) -> BTreeSet<String> {
    let said = compile_rule(rule, &Registry::with_builtins(), &mut FieldTable::new());
    said.diagnostics.iter().map(|found| found.code.to_string()).collect()
}

/// An expression, and the remark after it.
fn remark(line: &str) -> (&str, &str) {
    let (expression, remark) = line.split_once(" #").unwrap_or((line, ""));
    (expression.trim(), remark.trim())
}

/// A small rule with the keys in it.
fn around(block: &Block, kind: &str, keys: &str) -> String {
    let keys = format!("{{{keys}}}");
    let keys: Map<String, Value> =
        serde_json::from_str(&keys).unwrap_or_else(|error| panic!("{}: {error}", block.place));
    let node = |name: &str| {
        let expression = format!("type == '{name}'");
        let condition = json!({"type": "EXPRESSION", "expression": expression});
        json!({"name": name, "type": "ATOMIC", "condition": condition})
    };
    let edge =
        |from: &str, to: &str| json!({"source": from, "target": to, "type": "SKIP_TILL_NEXT"});
    let mut rule = json!({"id": "r", "version": 1, "key_by": ["userId"], "params": {"min_price": 1}, "pattern": {
        "name": "r",
        "nodes": [node("view"), node("cart"), node("pay")],
        "edges": [edge("view", "cart"), edge("cart", "pay")],
        "window": {"type": "FIRST_AND_LAST", "time": {"unit": "HOURS", "size": 1}},
    }});
    let place = match kind {
        "row" => "",
        "graph" => "/pattern",
        "first" => "/pattern/nodes/0",
        "node" => "/pattern/nodes/1",
        "edge" => "/pattern/edges/0",
        _ => panic!("{}: `{kind}` is no part of a rule", block.place),
    };
    let into = rule.pointer_mut(place).and_then(Value::as_object_mut).expect("a part");
    into.extend(keys);
    rule.to_string()
}

#[test]
fn commands_of_the_english_guide_say_what_it_shows() {
    follow(GUIDES[0]);
}

#[test]
fn commands_of_the_chinese_guide_say_what_it_shows() {
    follow(GUIDES[1]);
}

/// Does what the page says, from its first block to its last.
fn follow(page: &str) {
    let update = std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1");
    let mut desk = Desk::new(update);
    let mut wrong = Vec::new();
    let mut anew = Vec::new();
    for block in blocks(page) {
        if let Some(file) = block.file() {
            desk.write(file, &format!("{}\n", block.text));
        }
        match block.language.as_str() {
            "sql" => desk.sql(&block.words[0], &block.text),
            "console" if block.is("background") => desk.start(&block.text),
            "console" => {
                let said = desk.follow(&block.text, block.is("wait"));
                if let Err(said) = said {
                    wrong.push(format!("{}: the commands say\n{said}", block.place));
                    anew.push((block.lines, said));
                }
            }
            _ => {}
        }
    }
    if update {
        let text = read(page);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (range, said) in anew.into_iter().rev() {
            lines.splice(range, said.lines().map(str::to_owned));
        }
        fs::write(root(page), lines.join("\n") + "\n").expect("the page can be written");
    } else {
        assert!(wrong.is_empty(), "UPDATE_EXPECT=1 rewrites these:\n{}", wrong.join("\n\n"));
    }
}

#[test]
fn strips_of_events_are_true() {
    let mut tried = 0;
    for block in GUIDES.iter().flat_map(|page| blocks(page)) {
        if block.language == "strip" {
            tried += strip::check(&block.text).unwrap_or_else(|wrong| {
                panic!("{}: {wrong}", block.place);
            });
        }
    }
    assert!(tried > 40, "{tried} strips were tried");
}

#[test]
fn links_lead_to_files_and_every_rule_is_linked() {
    let link = Regex::new(r"\]\(([^)#]+)").expect("a pattern");
    for page in GUIDES.iter().chain(&READMES) {
        let text = read(page);
        let path = root(page);
        let folder = path.parent().expect("a folder");
        let mut links = BTreeSet::new();
        for found in link.captures_iter(&text) {
            if !found[1].starts_with("http") {
                let target = folder.join(&found[1]);
                assert!(target.exists(), "{page}: {} does not exist", &found[1]);
                links.insert(target.canonicalize().expect("a path"));
            }
        }
        let linked = |page: &str| links.contains(&root(page).canonicalize().expect("a path"));
        if GUIDES.contains(page) {
            for rule in shipped_rules() {
                let readme = rule.with_file_name("README.md").canonicalize().expect("a path");
                assert!(links.contains(&readme), "{page} does not link {}", readme.display());
            }
            assert!(GUIDES.iter().all(|other| other == page || linked(other)), "{page}");
        } else {
            let others = GUIDES.iter().chain(&READMES).filter(|other| *other != page);
            for other in others {
                assert!(linked(other), "{page} does not link {other}");
            }
        }
    }
}

#[test]
fn both_languages_show_the_same() {
    // What differs: names for people, the language that is asked for, and what is said in it.
    let names = Regex::new(r#"(?m)^  "(name|description)": ".*",$"#).expect("a pattern");
    let commands = |text: &str| -> Vec<String> {
        let lines = text.lines().scan(false, |goes_on, line| {
            let command = *goes_on || line.starts_with("$ ");
            *goes_on = command && line.ends_with('\\');
            Some(command.then(|| line.replace(" --lang zh", "")))
        });
        lines.flatten().collect()
    };
    let bare = |block: &Block| match block.language.as_str() {
        "console" => commands(&block.text).join("\n"),
        "json" => names.replace_all(&block.text, "").into_owned(),
        "text" => String::new(),
        "expression" => {
            block.text.lines().map(|line| remark(line).0).collect::<Vec<_>>().join("\n")
        }
        _ => block.text.clone(),
    };
    let [english, chinese] = GUIDES.map(blocks);
    for (english, chinese) in english.iter().zip(&chinese) {
        let places = format!("{} and {}", english.place, chinese.place);
        assert_eq!(english.language, chinese.language, "{places}");
        assert_eq!(english.words, chinese.words, "{places}");
        assert_eq!(bare(english), bare(chinese), "{places}");
    }
    assert_eq!(english.len(), chinese.len());
}

#[test]
fn the_commands_of_the_readmes_are_the_same_and_work() {
    let [english, chinese] = READMES.map(|page| {
        let texts = blocks(page).into_iter().filter(|block| block.language == "sh");
        let lines: Vec<String> = texts.map(|block| block.text.replace("\\\n", " ")).collect();
        let lines = lines.iter().flat_map(|text| text.lines());
        let commands = lines.map(|line| line.split('#').next().unwrap_or_default().trim());
        commands.filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(english, chinese);
    let desk = Desk::new(false);
    desk.write("new.json", &read("rules/orders/order_unpaid_10m/rule.json"));
    let mut tried = 0;
    for command in english.iter().filter(|line| line.starts_with("tripline ")) {
        if !command.contains("my-") {
            let (works, said) = desk.run(command);
            assert!(works, "{command}: {said}");
            tried += 1;
        }
    }
    assert!(tried > 5, "{tried} commands were tried");
}
