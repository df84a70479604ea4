//! Plugins that do what no plugin should: the other rules' outputs are what they were, and the culprit is named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;
use tripline::{
    ArgsError, Binder, BoundCondition, Code, Condition, ConditionFactory, Context, EncodedOutput,
    FieldId, FieldTable, Output, Registry, RuleId, RuleMeta, RuleSource, RuleVersion, Truth, Value,
    compile_rule,
};
use tripline_rule_store::{
    NewRule, RuleColumns, RuleStore, StoreError, StoreOptions, StoreUrl, migrate, open,
};
use tripline_runtime::{
    OpenStore, OutputFormat, Pipeline, PipelineConfig, Rulebook, RunSummary, Source, Supervisor,
    SupervisorConfig,
};

use crate::live::eventually;
use crate::stream::{self, Feed, Lines, NothingLost};

/// A plugin that answers as a function does.
#[derive(Debug)]
struct Bad {
    name: &'static str,
    ask: fn(&Context<'_>, FieldId) -> Truth,
    /// The kind of events that it says it requires.
    requires: Option<&'static str>,
}

#[derive(Debug)]
struct Asked {
    kind: FieldId,
    ask: fn(&Context<'_>, FieldId) -> Truth,
}

impl Condition for Asked {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        (self.ask)(context, self.kind)
    }
}

impl ConditionFactory for Bad {
    fn name(&self) -> &str {
        self.name
    }

    fn description(&self) -> &str {
        "does what no plugin should"
    }

    fn parameters_schema(&self) -> Json {
        serde_json::json!({"type": "object"})
    }

    fn bind(&self, args: &Json, binder: &mut Binder<'_>) -> Result<BoundCondition, ArgsError> {
        assert!(args.is_null(), "it panics on arguments");
        let kind = binder.field("kind");
        Ok(BoundCondition {
            condition: Arc::new(Asked { kind, ask: self.ask }),
            // That of a good rule: it must not answer for it.
            canonical: r#"(kind == "b")"#.into(),
            iterative: false,
            required_equality: self.requires.map(|of| (kind, Value::from(of))),
            matched_fields: Vec::new(),
            sums: Vec::new(),
        })
    }
}

static FICKLE: AtomicU64 = AtomicU64::new(0);

/// Keeps the panics of plugins off stderr, as the program does after the first few.
fn silence_plugins() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !tripline::in_guarded_plugin() {
                usual(info);
            }
        }));
    });
}

pub(crate) fn registry() -> Registry {
    silence_plugins();
    let mut registry = Registry::with_builtins();
    let panics: fn(&Context<'_>, FieldId) -> Truth = |context, kind| {
        assert!(context.event.value(kind).as_text() != Some("b"), "it does not like b");
        Truth::True
    };
    for (name, ask, requires) in [
        ("Panics", panics, None),
        (
            "Sleeps",
            (|_, _| {
                std::thread::sleep(Duration::from_millis(15));
                Truth::True
            }) as fn(&Context<'_>, FieldId) -> Truth,
            None,
        ),
        ("Lies", |_, _| Truth::True, Some("a")),
        (
            "Fickle",
            |_, _| Truth::from(FICKLE.fetch_add(1, Ordering::Relaxed).is_multiple_of(3)),
            None,
        ),
    ] {
        registry.register_factory(Arc::new(Bad { name, ask, requires })).expect("a free name");
    }
    registry
}

/// Twice the condition, after one another.
pub(crate) fn pattern(condition: &str) -> String {
    let node =
        |name: &str| format!(r#"{{"name":"{name}","type":"ATOMIC","condition":{condition}}}"#);
    let (first, second) = (node("first"), node("second"));
    format!(
        r#"{{"name":"r","nodes":[{first},{second}],
            "edges":[{{"source":"first","target":"second","type":"SKIP_TILL_ANY"}}],
            "window":{{"type":"FIRST_AND_LAST","time":{{"unit":"MILLISECONDS","size":4}}}}}}"#
    )
}

pub(crate) fn class(name: &str) -> String {
    pattern(&format!(r#"{{"type":"CLASS","className":"{name}"}}"#))
}

pub(crate) fn source(id: &str, text: String) -> RuleSource {
    let (id, version) = (RuleId::new(id), RuleVersion(1));
    RuleSource { id, version, text: Arc::from(text), default_key: Vec::new() }
}

fn good() -> Vec<RuleSource> {
    let kind = r#"{"type":"EXPRESSION","expression":"kind == 'b'"}"#;
    let list = r#"{"type":"CLASS","className":"InList","args":{"field":"kind","values":["a"]}}"#;
    let later = r#"{"type":"EXPRESSION","expression":"first.n == nil || n > first[0].n"}"#;
    vec![
        source("good1", pattern(kind)),
        source("good2", pattern(list)),
        source("good3", pattern(later)),
    ]
}

/// Writes of each output its rule, its kind and the times of its events.
struct Given;

impl OutputFormat for Given {
    fn write(
        &mut self,
        output: &Output<'_>,
        _: &RuleMeta,
        text: &mut Vec<u8>,
    ) -> Option<EncodedOutput> {
        let times: Vec<i64> = output.events().map(|(_, event)| event.time.as_millis()).collect();
        let line = format!("{}\t{:?} {times:?}", output.rule.id.as_str(), output.kind);
        text.extend_from_slice(line.as_bytes());
        Some(EncodedOutput::default())
    }
}

fn event(ts: usize) -> String {
    let kind = ["a", "b", "c"][ts % 3];
    format!("{{\"ts\":{ts},\"kind\":\"{kind}\",\"n\":{}}}\n", ts * 7 % 5)
}

pub(crate) fn run(sources: &[RuleSource]) -> (BTreeMap<String, Vec<String>>, RunSummary) {
    let events: String = (1..=30).map(event).collect();
    let (mut book, failures) = Rulebook::of(registry(), sources);
    assert!(failures.is_empty(), "{failures:?}");
    let (mut pipeline, _) = Pipeline::new(&mut book, PipelineConfig::default());
    let mut lines = Lines::default();
    let format = &mut || -> Box<dyn OutputFormat> { Box::new(Given) };
    let ran = pipeline.run(vec![stream::source(events)], format, &mut lines, &mut NothingLost);
    ran.expect("reads to the end");
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (rule, output) in lines.0.lines().filter_map(|line| line.split_once('\t')) {
        given.entry(rule.to_owned()).or_default().push(output.to_owned());
    }
    (given, pipeline.summary())
}

#[test]
fn other_rules_give_what_they_gave() {
    let (expected, _) = run(&good());
    assert_eq!(expected.len(), 3, "each good rule gives something");
    // The bad ones first, so that they are bound, shared and asked before the good ones.
    let mut sources: Vec<RuleSource> = ["Panics", "Sleeps", "Lies", "Fickle"]
        .iter()
        .map(|name| source(&name.to_lowercase(), class(name)))
        .collect();
    sources.push(source("also_panics", class("Panics")));
    let combined = r#"{"type":"CLASS","className":"RichNotCondition","nestedConditions":[
        {"type":"CLASS","className":"Panics"}]}"#;
    sources.push(source("not_panics", pattern(combined)));
    sources.extend(good());
    let (given, summary) = run(&sources);
    for (id, outputs) in &expected {
        assert_eq!(given.get(id), Some(outputs), "{id}");
    }
    let mut found: BTreeMap<&str, Vec<(Code, String)>> = BTreeMap::new();
    for rule in &summary.rules {
        let faults = rule.faults.iter().map(|fault| (fault.code, fault.message.to_string()));
        found.insert(rule.id.as_str(), faults.collect());
    }
    let codes = |id: &str| found[id].iter().map(|(code, _)| *code).collect::<BTreeSet<Code>>();
    for id in ["panics", "also_panics", "not_panics"] {
        assert_eq!(codes(id), BTreeSet::from([Code::PluginPanicked]), "{id}: {found:?}");
    }
    // Both ask the same condition, which is asked once for both.
    assert_eq!(found["panics"], found["also_panics"]);
    let said = &found["panics"][0].1;
    let expected = "the condition `Panics` at node `first` panicked on 10 evaluations";
    assert!(said.starts_with(expected) && said.ends_with("it does not like b"), "{said}");
    assert_eq!(codes("lies"), BTreeSet::from([Code::PluginInconsistent]));
    assert_eq!(codes("sleeps"), BTreeSet::from([Code::PluginSlow]));
    for id in ["fickle", "good1", "good2", "good3"] {
        assert!(found[id].is_empty(), "{id}: {:?}", found[id]);
    }
}

#[test]
fn a_plugin_that_cannot_be_bound_is_an_error_of_its_rule() {
    let condition = r#"{"type":"CLASS","className":"Panics","args":[1]}"#;
    let check = compile_rule(&pattern(condition), &registry(), &mut FieldTable::new());
    let found: Vec<(Code, &str)> =
        check.diagnostics.iter().map(|found| (found.code, found.pointer.as_str())).collect();
    let at = |node: usize| format!("/nodes/{node}/condition/className");
    let expected = [(Code::PluginFault, at(0)), (Code::PluginFault, at(1))];
    assert!(found.iter().copied().eq(expected.iter().map(|(code, at)| (*code, at.as_str()))));
    let first = check.diagnostics.iter().next().expect("a finding");
    assert!(first.message.to_string().contains("it panics on arguments"), "{}", first.message);
}

struct Opener(StoreUrl);

#[async_trait]
impl OpenStore for Opener {
    async fn open(&mut self) -> Result<Box<dyn RuleStore>, StoreError> {
        open(&self.0, &StoreOptions::default()).await
    }
}

#[test]
fn the_status_names_the_culprit_and_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rules.db");
    let url = format!("sqlite:{}", file.display()).parse::<StoreUrl>().expect("a URL");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(migrate(&url, None)).expect("the tables");
    let mut store = runtime.block_on(open(&url, &StoreOptions::default())).expect("the store");
    let good = good();
    for (id, pattern) in [("bad", class("Panics")), ("good", good[0].text.to_string())] {
        let columns = RuleColumns { pattern, ..RuleColumns::default() };
        let (id, version) = (RuleId::new(id), RuleVersion(1));
        let rule = NewRule { id, version, columns, document: String::new() };
        runtime.block_on(store.push(&rule)).expect("a rule");
    }
    let config = SupervisorConfig {
        aliases: Vec::new(),
        default_key: Vec::new(),
        poll_interval: Duration::from_millis(20),
        last_seen: None,
        instance: "test".to_owned(),
    };
    let mut supervisor = Supervisor::new(Box::new(Opener(url)), registry(), config);
    runtime.block_on(supervisor.start()).expect("it starts");
    let (mut pipeline, shard) = Pipeline::new(supervisor.book(), PipelineConfig::default());
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let following = runtime.spawn(supervisor.follow(shard, stopped));
    let (send, feed) = Feed::new();
    let running = std::thread::spawn(move || {
        let format = &mut || -> Box<dyn OutputFormat> { Box::new(Given) };
        let source = vec![Source::bounded(feed.records())];
        let ran = pipeline.run(source, format, &mut Lines::default(), &mut NothingLost);
        ran.expect("reads to the end");
    });
    let mut status = |id: &str| {
        let all = runtime.block_on(store.statuses()).expect("the statuses");
        let found = all.into_iter().find(|each| each.status.rule_id.as_str() == id);
        found.map_or_else(String::new, |found| found.status.diagnostics)
    };
    let is_active = |diagnostics: &str| diagnostics == "[]";
    eventually("the rule is in force", || status("bad"), is_active);
    for (ts, counted) in [(1, "on 1 evaluation "), (4, "on 2 evaluations ")] {
        send.send(event(ts)).expect("the engine reads");
        let told = |diagnostics: &str| {
            let names = ["W0702", "`Panics`", "`first`", counted];
            names.iter().all(|part| diagnostics.contains(part))
        };
        eventually("the status counts", || status("bad"), told);
        assert_eq!(status("good"), "[]");
    }
    drop(send);
    running.join().expect("the engine ends");
    let _told = stop.send(());
    runtime.block_on(following).expect("it ends");
}
