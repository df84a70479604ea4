//! Random rules and events.
//!
//! A model is rendered to the text of a rule; [`RuleModel::to_json`] mends what no rule may have, so that nearly all of
//! them are accepted, and names the nodes `n0`, `n1` … in pattern order.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};
use serde_json::{Value, json};

use crate::drive::TimedEvent;

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleModel {
    elements: Vec<ElementModel>,
    /// The position of the node that is skipped to, where the strategy needs one.
    skip: (SkipModel, usize),
    window_ms: Option<u8>,
    gap_ms: Option<u8>,
    final_absence: bool,
}

/// An after-match strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SkipModel {
    NoSkip,
    ToNext,
    PastLast,
    ToFirst,
    ToLast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkModel {
    Strict,
    SkipTillNext,
    SkipTillAny,
    NotNext,
    NotFollow,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ElementModel {
    link: LinkModel,
    body: Body,
    repeat: Repeat,
    optional: bool,
    greedy: bool,
    inner: LinkModel,
    until: Option<char>,
    window_time_ms: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Body {
    Node(ConditionModel),
    Group(Vec<ElementModel>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Single,
    Looping(u8),
    Times(u8, u8),
}

/// What a node asks of an event, with a number of a node to look back at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConditionModel {
    Any,
    Kind(char),
    Either(char, char),
    Above(char, i8),
    FewerThan(char, usize, u8),
    AboveFirst(char, usize),
    AboveLast(char, usize),
    SumBelow(char, usize, u8),
}

/// Rules of all kinds but `finalAbsence`.
pub fn rule() -> impl Strategy<Value = RuleModel> {
    (elements(), skip(), option::weighted(0.6, 1_u8..12), option::weighted(0.2, 1_u8..6)).prop_map(
        |(elements, skip, window_ms, gap_ms)| RuleModel {
            elements,
            skip,
            window_ms,
            gap_ms,
            final_absence: false,
        },
    )
}

/// Rules whose runs all end when time has passed; of some a `finalAbsence` is the end.
pub fn windowed_rule() -> impl Strategy<Value = RuleModel> {
    (rule(), 1_u8..12, option::weighted(0.3, kind())).prop_map(|(mut rule, window_ms, absent)| {
        rule.window_ms = Some(window_ms);
        rule.gap_ms = None;
        rule.final_absence = absent.is_some();
        rule.elements.extend(absent.map(|kind| ElementModel {
            link: LinkModel::NotFollow,
            body: Body::Node(ConditionModel::Kind(kind)),
            repeat: Repeat::Single,
            optional: false,
            greedy: false,
            inner: LinkModel::SkipTillNext,
            until: None,
            window_time_ms: None,
        }));
        rule
    })
}

fn skip() -> impl Strategy<Value = (SkipModel, usize)> {
    let strategy = prop_oneof![
        4 => Just(SkipModel::NoSkip),
        1 => Just(SkipModel::ToNext),
        2 => Just(SkipModel::PastLast),
        1 => Just(SkipModel::ToFirst),
        1 => Just(SkipModel::ToLast),
    ];
    (strategy, 0_usize..4)
}

fn elements() -> impl Strategy<Value = Vec<ElementModel>> {
    let node = || condition().prop_map(Body::Node);
    let group = vec(element(node()), 1..3).prop_map(Body::Group);
    let body = prop_oneof![6 => node(), 1 => group];
    vec(element(body), 1..5)
}

fn element(body: impl Strategy<Value = Body>) -> impl Strategy<Value = ElementModel> {
    let link = prop_oneof![
        2 => Just(LinkModel::Strict),
        4 => Just(LinkModel::SkipTillNext),
        2 => Just(LinkModel::SkipTillAny),
        1 => Just(LinkModel::NotNext),
        1 => Just(LinkModel::NotFollow),
    ];
    let repeat = prop_oneof![
        5 => Just(Repeat::Single),
        2 => (1_u8..3).prop_map(Repeat::Looping),
        2 => (0_u8..3, 0_u8..3).prop_map(|(from, more)| Repeat::Times(from, from + more)),
    ];
    let inner = prop_oneof![
        1 => Just(LinkModel::Strict),
        3 => Just(LinkModel::SkipTillNext),
        1 => Just(LinkModel::SkipTillAny),
    ];
    let flags = (proptest::bool::weighted(0.2), proptest::bool::weighted(0.2));
    let extras = (option::weighted(0.1, kind()), option::weighted(0.1, 1_u8..6));
    (link, body, repeat, flags, inner, extras).prop_map(
        |(link, body, repeat, (optional, greedy), inner, (until, window_time_ms))| ElementModel {
            link,
            body,
            repeat,
            optional,
            greedy,
            inner,
            until,
            window_time_ms,
        },
    )
}

fn kind() -> impl Strategy<Value = char> {
    prop_oneof![4 => Just('a'), 4 => Just('b'), 3 => Just('c'), 1 => Just('d')]
}

fn condition() -> impl Strategy<Value = ConditionModel> {
    let node = || 0_usize..4;
    prop_oneof![
        1 => Just(ConditionModel::Any),
        8 => kind().prop_map(ConditionModel::Kind),
        2 => (kind(), kind()).prop_map(|(a, b)| ConditionModel::Either(a, b)),
        2 => (kind(), -1_i8..5).prop_map(|(kind, limit)| ConditionModel::Above(kind, limit)),
        1 => (kind(), node(), 0_u8..4)
            .prop_map(|(kind, node, count)| ConditionModel::FewerThan(kind, node, count)),
        1 => (kind(), node()).prop_map(|(kind, node)| ConditionModel::AboveFirst(kind, node)),
        1 => (kind(), node()).prop_map(|(kind, node)| ConditionModel::AboveLast(kind, node)),
        1 => (kind(), node(), 0_u8..12)
            .prop_map(|(kind, node, limit)| ConditionModel::SumBelow(kind, node, limit)),
    ]
}

/// Up to `most` events in order of time, with fields `k` (kind), `v` (value, sometimes missing) and `u` (user).
pub fn events(most: usize) -> impl Strategy<Value = Vec<TimedEvent>> {
    let gap = prop_oneof![2 => Just(0_u8), 6 => Just(1_u8), 2 => 2_u8..9];
    let event = (gap, kind(), option::weighted(0.9, -2_i8..7), 0_u8..3);
    vec(event, 0..=most).prop_map(|events| {
        let mut time_ms = 0;
        let mut position = 0;
        events
            .into_iter()
            .map(|(gap, kind, value, user)| {
                time_ms += i64::from(gap);
                position += 1;
                let value = value.map_or(String::new(), |value| format!(",\"v\":{value}"));
                let json = format!("{{\"ts\":{time_ms},\"k\":\"{kind}\"{value},\"u\":{user}}}");
                TimedEvent { time_ms, position: position - 1, json }
            })
            .collect()
    })
}

impl RuleModel {
    /// Whether its text has a skip strategy; where there is no node to skip to it has none.
    #[must_use]
    pub fn skips(&self) -> bool {
        match self.skip.0 {
            SkipModel::NoSkip => false,
            SkipModel::ToNext | SkipModel::PastLast => true,
            SkipModel::ToFirst | SkipModel::ToLast => {
                self.elements.iter().any(|element| matches!(element.body, Body::Node(_)))
            }
        }
    }

    /// The text of the rule.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut rule = self.clone();
        mend(&mut rule.elements, true);
        if rule.elements.last().is_some_and(|last| last.link == LinkModel::NotFollow) {
            rule.window_ms.get_or_insert(5);
        }
        if let (Some(window), Some(gap)) = (rule.window_ms, rule.gap_ms) {
            rule.gap_ms = Some(gap.min(window));
        }
        let mut names = 0;
        let total = count(&rule.elements);
        let limit = rule.window_ms.unwrap_or(u8::MAX);
        let mut graph = graph("rule", &rule.elements, &mut names, total, limit);
        graph["window"] = match (rule.window_ms, rule.gap_ms) {
            (None, None) => Value::Null,
            (Some(size), None) => window("FIRST_AND_LAST", size),
            (None, Some(size)) => window("PREVIOUS_AND_CURRENT", size),
            // A graph has one window: the other stands on the last node, if that is one.
            (Some(size), Some(gap)) => {
                if let Some(last) = graph["nodes"].as_array_mut().and_then(|nodes| nodes.last_mut())
                    && last["type"] == "ATOMIC"
                {
                    last["window"] = window("PREVIOUS_AND_CURRENT", gap);
                }
                window("FIRST_AND_LAST", size)
            }
        };
        graph["afterMatchStrategy"] = skip_json(&rule, &graph);
        if rule.final_absence {
            graph["finalAbsence"] = Value::Bool(true);
        }
        graph.to_string()
    }
}

fn window(kind: &str, size: u8) -> Value {
    json!({"type": kind, "time": {"unit": "MILLISECONDS", "size": size}})
}

fn skip_json(rule: &RuleModel, graph: &Value) -> Value {
    let top: Vec<&Value> = graph["nodes"]
        .as_array()
        .map(|nodes| nodes.iter().filter(|node| node["type"] == "ATOMIC").collect())
        .unwrap_or_default();
    let (strategy, at) = rule.skip;
    let name = (!top.is_empty()).then(|| top[at % top.len()]["name"].clone());
    match (strategy, name) {
        (SkipModel::ToFirst, Some(name)) => json!({"type": "SKIP_TO_FIRST", "patternName": name}),
        (SkipModel::ToLast, Some(name)) => json!({"type": "SKIP_TO_LAST", "patternName": name}),
        (SkipModel::ToNext, _) => json!({"type": "SKIP_TO_NEXT"}),
        (SkipModel::PastLast, _) => json!({"type": "SKIP_PAST_LAST_EVENT"}),
        _ => json!({"type": "NO_SKIP"}),
    }
}

fn count(elements: &[ElementModel]) -> usize {
    elements
        .iter()
        .map(|element| match &element.body {
            Body::Node(_) => 1,
            Body::Group(inner) => count(inner),
        })
        .sum()
}

/// Takes away what Flink refuses.
fn mend(elements: &mut [ElementModel], top: bool) {
    let last = elements.len().saturating_sub(1);
    let mut before: Option<ElementModel> = None;
    let mut nothing_before = true;
    for (at, element) in elements.iter_mut().enumerate() {
        let negated = matches!(element.link, LinkModel::NotNext | LinkModel::NotFollow);
        let group = matches!(element.body, Body::Group(_));
        // Flink takes a NOT after a group of which nothing need come, and crashes when its event is the first to come.
        let after_optional = nothing_before || before.as_ref().is_some_and(is_optional);
        // The end of a group is no place for an absence.
        if negated && (group || after_optional || (at == last && !top)) {
            element.link = LinkModel::SkipTillNext;
        }
        if matches!(element.link, LinkModel::NotNext | LinkModel::NotFollow) {
            element.repeat = Repeat::Single;
            element.optional = false;
        }
        match &mut element.repeat {
            Repeat::Times(from, to) => {
                *to = (*to).max(1);
                element.optional &= *from > 0;
            }
            Repeat::Looping(_) | Repeat::Single => {}
        }
        if element.repeat == Repeat::Single {
            element.inner = LinkModel::SkipTillNext;
        }
        element.greedy &= element.repeat != Repeat::Single && !group;
        if before.as_ref().is_some_and(|before| before.greedy) {
            element.optional = false;
        }
        if !matches!(element.repeat, Repeat::Looping(_)) {
            element.until = None;
        }
        if group {
            // Now and then Flink crashes on these.
            element.until = None;
        }
        let loops = matches!(element.repeat, Repeat::Looping(_));
        if let Body::Group(inner) = &mut element.body {
            mend(inner, false);
            if loops && inner.iter().all(is_optional) {
                inner[0].optional = false;
                inner[0].repeat = Repeat::Single;
                inner[0].inner = LinkModel::SkipTillNext;
                inner[0].greedy = false;
                inner[0].until = None;
            }
        }
        nothing_before &= can_be_empty(element);
        before = Some(element.clone());
    }
}

/// Whether an element is optional by its own quantifier.
const fn is_optional(element: &ElementModel) -> bool {
    element.optional || matches!(element.repeat, Repeat::Times(0, _))
}

/// Whether an element may match no event at all.
fn can_be_empty(element: &ElementModel) -> bool {
    is_optional(element)
        || matches!(&element.body, Body::Group(inner) if inner.iter().all(can_be_empty))
}

fn graph(
    name: &str,
    elements: &[ElementModel],
    names: &mut usize,
    total: usize,
    limit: u8,
) -> Value {
    let mut nodes = Vec::new();
    let mut edges: Vec<Value> = Vec::new();
    for element in elements {
        let mut node = match &element.body {
            Body::Node(condition) => {
                let name = format!("n{names}");
                *names += 1;
                json!({"name": name, "type": "ATOMIC", "condition": condition_json(*condition, total)})
            }
            Body::Group(inner) => {
                let name = format!("g{names}");
                let mut group = graph(&name, inner, names, total, limit);
                group["type"] = "COMPOSITE".into();
                group
            }
        };
        node["quantifier"] = quantifier(element, limit);
        if let Some(before) = nodes.last() {
            let before: &Value = before;
            edges.push(json!({
                "source": before["name"],
                "target": node["name"],
                "type": link(element.link),
            }));
        }
        nodes.push(node);
    }
    json!({"name": name, "nodes": nodes, "edges": edges})
}

const fn link(link: LinkModel) -> &'static str {
    match link {
        LinkModel::Strict => "STRICT",
        LinkModel::SkipTillNext => "SKIP_TILL_NEXT",
        LinkModel::SkipTillAny => "SKIP_TILL_ANY",
        LinkModel::NotNext => "NOT_NEXT",
        LinkModel::NotFollow => "NOT_FOLLOW",
    }
}

fn quantifier(element: &ElementModel, limit: u8) -> Value {
    let mut properties = Vec::new();
    let mut times = Value::Null;
    match element.repeat {
        Repeat::Single => properties.push("SINGLE"),
        Repeat::Looping(from) => {
            properties.push("LOOPING");
            times = json!({"from": from, "to": from});
        }
        Repeat::Times(from, to) => {
            properties.push("TIMES");
            times = json!({"from": from, "to": to});
        }
    }
    if element.optional {
        properties.push("OPTIONAL");
    }
    if element.greedy {
        properties.push("GREEDY");
    }
    if let (Some(size), false) = (element.window_time_ms, times.is_null()) {
        times["windowTime"] = json!({"unit": "MILLISECONDS", "size": size.min(limit)});
    }
    let until = element.until.map_or(Value::Null, |kind| expression(&format!("k == '{kind}'")));
    json!({
        "consumingStrategy": link(element.inner),
        "properties": properties,
        "times": times,
        "untilCondition": until,
    })
}

fn expression(text: &str) -> Value {
    json!({"type": "EXPRESSION", "expression": text})
}

fn condition_json(condition: ConditionModel, total: usize) -> Value {
    let node = |at: usize| format!("n{}", at % total);
    expression(&match condition {
        ConditionModel::Any => return Value::Null,
        ConditionModel::Kind(kind) => format!("k == '{kind}'"),
        ConditionModel::Either(a, b) => format!("k == '{a}' || k == '{b}'"),
        ConditionModel::Above(kind, limit) => format!("k == '{kind}' && v > {limit}"),
        ConditionModel::FewerThan(kind, at, count) => {
            format!("k == '{kind}' && size({}) < {count}", node(at))
        }
        ConditionModel::AboveFirst(kind, at) => format!("k == '{kind}' && v > {}[0].v", node(at)),
        ConditionModel::AboveLast(kind, at) => {
            let node = node(at);
            format!("k == '{kind}' && (size({node}) == 0 || v >= {node}[size({node})-1].v)")
        }
        ConditionModel::SumBelow(kind, at, limit) => {
            format!("k == '{kind}' && sum({}.v) < {limit}", node(at))
        }
    })
}
