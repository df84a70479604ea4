//! Statistics in windows are what a plain computation says, whatever happens in between.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::prop_assert_eq;
use proptest::sample::select;
use serde_json::{Value as Json, json};
use tripline::json::{JsonDecoder, JsonPayloadDecoder};
use tripline::{
    Event, EventPosition, KeyGroups, Output, OutputKind, Registry, RuleId, RuleSet, RuleSetBuilder,
    RuleSource, RuleVersion, ShardState, Timestamp, Value, Watermark, decode_snapshot,
    encode_snapshot,
};
use tripline_testkit::statistics::{
    AGGREGATES, Answer, Datum, Emits, Having, Row, Statistic, Windows, number_text,
};

const QUARTER: i64 = 900_000;

/// Zones, with a time at which most of them change their clocks, or change nothing.
const PLACES: [(&str, i64); 7] = [
    ("America/New_York", 1_730_610_000_000),
    ("America/New_York", 1_710_050_400_000),
    // By half an hour, at an hour of its own.
    ("Australia/Lord_Howe", 1_712_415_600_000),
    ("Australia/Lord_Howe", 1_728_138_600_000),
    ("Europe/Berlin", 1_729_987_200_000),
    ("Asia/Kathmandu", -7_200_000),
    // Midnight comes twice, and never.
    ("America/Havana", 1_730_606_400_000),
];

fn sized(window: Windows, unit: i64) -> Windows {
    match window {
        Windows::Aligned { size, slide } => {
            Windows::Aligned { size: size * unit, slide: slide * unit }
        }
        Windows::Session { gap } => Windows::Session { gap: gap * unit },
        Windows::Trailing { size } => Windows::Trailing { size: size * unit },
    }
}

fn windows() -> impl Strategy<Value = Windows> {
    prop_oneof![
        (1_i64..12).prop_map(|size| Windows::Aligned { size, slide: size }),
        (1_i64..6, 1_i64..6)
            .prop_map(|(slide, times)| Windows::Aligned { size: slide * times, slide }),
        (1_i64..6, 0_i64..12)
            .prop_map(|(slide, more)| Windows::Aligned { size: slide + more, slide }),
        (1_i64..6).prop_map(|gap| Windows::Session { gap }),
        (1_i64..10).prop_map(|size| Windows::Trailing { size }),
    ]
}

fn having() -> impl Strategy<Value = Having> {
    let operator = select(&["==", "!=", "<", "<=", ">", ">="][..]);
    let asked = prop_oneof![
        4 => (Just("n"), 0_i64..5),
        1 => (Just("with_x"), 0_i64..4),
        1 => (Just("different"), 0_i64..4),
        2 => (Just("small"), -5_i64..15),
        1 => (Just("least"), -5_i64..5),
        1 => (Just("g"), 0_i64..3),
    ];
    (asked, operator).prop_map(|((name, number), operator)| Having { name, operator, number })
}

fn statistic() -> impl Strategy<Value = (Statistic, i64)> {
    let emits = prop_oneof![
        3 => Just(Emits::Close),
        2 => Just(Emits::Crossing),
        1 => Just(Emits::Update(None)),
        2 => (1_i64..9).prop_map(|every| Emits::Update(Some(every))),
    ];
    let top = of((1_usize..3, select(&["n", "small", "least"][..]), any::<bool>()));
    (windows(), emits, of(having()), top, 0_usize..3, of(select(&PLACES[..])), 0_i64..40).prop_map(
        |(windows, emits, having, top, fields, place, before)| {
            let aligned = matches!(windows, Windows::Aligned { .. });
            let trailing = matches!(windows, Windows::Trailing { .. });
            // Whether what waits while an hour comes twice is one output or two is not promised.
            let place = place.filter(|_| aligned && !matches!(emits, Emits::Update(Some(_))));
            let zone = place.map(|(zone, _)| zone);
            let (unit, base) = match place {
                Some((_, change)) => (QUARTER, change - 20 * QUARTER),
                None => (1, -before),
            };
            let emits = match emits {
                Emits::Close if trailing => Emits::Update(None),
                Emits::Update(Some(every)) => Emits::Update(Some(every * unit)),
                other => other,
            };
            let few = Having { name: "n", operator: ">", number: 1 };
            let asks_group = having.is_some_and(|having| having.name == "g");
            let having = having.filter(|_| !asks_group || fields > 0);
            let having = if emits == Emits::Crossing { having.or(Some(few)) } else { having };
            let top = top.filter(|_| aligned && emits == Emits::Close);
            let top = top.map(|(n, by, per)| (n, by, per && fields > 0));
            (Statistic { fields, windows: sized(windows, unit), zone, having, top, emits }, base)
        },
    )
}

fn group() -> impl Strategy<Value = Datum> {
    prop_oneof![
        3 => Just(Datum::Int(1)),
        1 => Just(Datum::Eighths(8)),
        2 => Just(Datum::Int(2)),
        1 => Just(Datum::Text("1")),
        1 => Just(Datum::Text("")),
        1 => Just(Datum::Text("é")),
        1 => Just(Datum::Missing),
        1 => Just(Datum::Null),
        1 => Just(Datum::Bool(true)),
    ]
}

fn number() -> impl Strategy<Value = Datum> {
    prop_oneof![
        4 => (-4_i64..9).prop_map(Datum::Int),
        2 => (-30_i64..90).prop_map(Datum::Eighths),
        1 => Just(Datum::Missing),
        1 => Just(Datum::Null),
        1 => Just(Datum::Text("7")),
        1 => Just(Datum::Bool(false)),
    ]
}

fn anything() -> impl Strategy<Value = Datum> {
    prop_oneof![
        3 => number(),
        1 => select(&[i64::MAX, i64::MIN, i64::MAX - 1, (1 << 53) + 1, 10_000_000_000_000_001][..])
            .prop_map(Datum::Int),
        1 => Just(Datum::Eighths(1 << 50)),
    ]
}

/// Events whose times are in units, early ones more often than late ones, and often the same.
fn rows(most: i64) -> impl Strategy<Value = Vec<Row>> {
    let row = (0..most, any::<u8>(), group(), group(), anything(), number());
    let row = row.prop_map(|(time_ms, counts, g, h, x, y)| Row {
        time_ms,
        counts: counts > 30,
        group: [g, h],
        x,
        y,
    });
    vec(row, 1..40)
}

fn length(ms: i64) -> Json {
    json!({"unit": "MILLISECONDS", "size": ms})
}

/// The rule as JSON.
fn rule(statistic: &Statistic) -> Json {
    let mut aggregates = json!({});
    for (name, function, field) in AGGREGATES {
        aggregates[name] = json!({"function": function});
        if let Some(field) = field {
            aggregates[name]["field"] = field.into();
        }
    }
    let mut window = match statistic.windows {
        Windows::Aligned { size, slide } if size == slide => {
            json!({"type": "TUMBLING", "size": length(size)})
        }
        Windows::Aligned { size, slide } => {
            json!({"type": "SLIDING", "size": length(size), "slide": length(slide)})
        }
        Windows::Session { gap } => json!({"type": "SESSION", "gap": length(gap)}),
        Windows::Trailing { size } => json!({"type": "TRAILING", "size": length(size)}),
    };
    if let Some(zone) = statistic.zone {
        window["timeZone"] = zone.into();
    }
    let asked = |expression: String| json!({"type": "EXPRESSION", "expression": expression});
    let mut rule = json!({"name": "s", "type": "AGGREGATE", "window": window});
    rule["aggregates"] = aggregates;
    rule["condition"] = asked("counts == true".to_owned());
    rule["groupBy"] = ["g", "h"][..statistic.fields].into();
    if let Some(Having { name, operator, number }) = statistic.having {
        rule["having"] = asked(format!("{name} {operator} {number}"));
    }
    if let Some((n, by, per)) = statistic.top {
        rule["top"] = json!({"n": n, "by": by, "per": if per { vec!["g"] } else { vec![] }});
    }
    rule["emit"] = match statistic.emits {
        Emits::Close => "ON_CLOSE",
        Emits::Crossing => "ON_CROSSING",
        Emits::Update(_) => "ON_UPDATE",
    }
    .into();
    if let Emits::Update(Some(every)) = statistic.emits {
        rule["every"] = length(every);
    }
    rule
}

fn payload(row: &Row) -> String {
    let mut text = format!("{{\"ts\":{},\"counts\":{}", row.time_ms, row.counts);
    let [g, h] = &row.group;
    for (name, value) in [("g", g), ("h", h), ("x", &row.x), ("y", &row.y)] {
        if let Some(value) = value.json() {
            write!(text, ",\"{name}\":{value}").expect("text");
        }
    }
    text + "}"
}

fn text(value: &Value) -> String {
    match value {
        Value::Missing | Value::List(_) => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => number_text(*value),
        Value::Text(value) => format!("{:?}", value.as_str()),
    }
}

fn answer(output: &Output<'_>) -> Answer {
    let OutputKind::Aggregate { start, end, rank, revision, event } = output.kind else {
        panic!("no aggregate");
    };
    Answer {
        window: (end.as_millis(), start.as_millis()),
        group: output.key.values().map(|value| text(&value)).collect(),
        rank,
        revision,
        values: output.values.iter().map(text).collect(),
        event: event.map(|(_, position)| position.offset),
    }
}

struct Run {
    builder: RuleSetBuilder,
    rule: Json,
    version: i64,
    lateness_ms: i64,
    set: RuleSet,
    owned: Vec<KeyGroups>,
    shards: Vec<ShardState>,
    found: Vec<Answer>,
}

impl Run {
    fn new(rule: Json, shards: usize, lateness_ms: i64) -> Self {
        let builder = RuleSetBuilder::new(Registry::with_builtins());
        let set = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let owned: Vec<KeyGroups> = (0..shards).map(|at| KeyGroups::of_shard(at, shards)).collect();
        let shards = owned.iter().map(|&owned| ShardState::owning(owned)).collect();
        let (version, found) = (0, Vec::new());
        let mut run = Self { builder, rule, version, lateness_ms, set, owned, shards, found };
        for state in &mut run.shards {
            state.set_allowed_lateness(lateness_ms);
        }
        run.swap();
        run
    }

    /// The next version of the same rule takes over.
    fn swap(&mut self) {
        self.version += 1;
        let version = self.version;
        let row = json!({"id": "r", "version": version, "on_update": "migrate",
            "params": {"version": version}, "pattern": self.rule});
        let source = RuleSource {
            id: RuleId::new("r"),
            version: RuleVersion(version),
            text: Arc::from(row.to_string()),
            default_key: Vec::new(),
        };
        let (set, failures) = self.builder.build(&self.set, &[source]);
        assert!(failures.is_empty(), "{failures:?}");
        self.set = set;
        for state in &mut self.shards {
            state.swap(&self.set);
        }
    }

    fn restart(&mut self) {
        for (state, owned) in self.shards.iter_mut().zip(&self.owned) {
            let bytes = encode_snapshot(&state.snapshot(&self.set)).expect("a snapshot");
            let snapshot = decode_snapshot(&bytes).expect("the same");
            // Everything in it is of the shard's keys.
            let (restored, _) = ShardState::restore_part(&[&snapshot], &self.set, *owned, true);
            *state = restored;
            state.set_allowed_lateness(self.lateness_ms);
        }
    }

    fn pass(&mut self, time: i64) {
        let Self { shards, set, found, .. } = self;
        let watermark = Watermark(Timestamp::from_millis(time));
        for state in shards {
            state.advance_to(set, watermark, &mut |output: &Output<'_>| found.push(answer(output)));
        }
    }

    fn offer(&mut self, position: u64, now: i64, row: &Row) {
        let payload = payload(row);
        let mut values = Vec::new();
        let decoder = JsonDecoder::new(self.set.fields());
        decoder.decode(payload.as_bytes(), &mut values).expect("an event");
        let position = EventPosition { offset: position, ..EventPosition::default() };
        let happened = Timestamp::from_millis(row.time_ms);
        let time = Timestamp::from_millis(now);
        let event =
            Event { time, happened, position, values: &values, payload: payload.as_bytes() };
        let Self { shards, set, found, .. } = self;
        for state in shards {
            let mut add = |output: &Output<'_>| found.push(answer(output));
            state.process_part(set, &event, true, &mut add);
        }
    }
}

/// The events in order, and what the engine finds; at each of `disturbed` something happens before the event.
fn found(
    statistic: &Statistic,
    rows: &[(i64, Row)],
    lateness_ms: i64,
    shards: usize,
    disturbed: &[u8],
) -> Vec<Answer> {
    let mut run = Run::new(rule(statistic), shards, lateness_ms);
    for (position, (now, row)) in rows.iter().enumerate() {
        match disturbed.get(position).map(|what| what % 8) {
            Some(0) => run.restart(),
            Some(1) => run.swap(),
            Some(2) => run.pass(now - 1),
            _ => {}
        }
        run.offer(position as u64, *now, row);
    }
    run.pass(i64::MAX);
    for state in &run.shards {
        let held = state.held_state();
        assert_eq!((held.keys, held.links), (0, 0), "all windows are over");
    }
    run.found.sort();
    run.found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn statistics_are_those_of_a_plain_computation(
        (statistic, base) in statistic(),
        rows in prop_oneof![rows(30), rows(80)],
        shards in 1_usize..4,
        disturbed in prop_oneof![Just(Vec::new()), vec(any::<u8>(), 40)],
    ) {
        let unit = if statistic.zone.is_some() { QUARTER } else { 1 };
        let mut rows = rows;
        rows.iter_mut().for_each(|row| row.time_ms = base + row.time_ms * unit);
        rows.sort_by_key(|row| row.time_ms);
        let expected = statistic.answers(&rows);
        let rows: Vec<(i64, Row)> = rows.into_iter().map(|row| (row.time_ms, row)).collect();
        let found = found(&statistic, &rows, 0, shards, &disturbed);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn what_comes_late_is_given_out_once_more(
        (statistic, base) in statistic(),
        late in vec(0_i64..20, 40),
        rows in prop_oneof![rows(30), rows(80)],
        shards in 1_usize..4,
        disturbed in prop_oneof![Just(Vec::new()), vec(any::<u8>(), 40)],
    ) {
        let trailing = matches!(statistic.windows, Windows::Trailing { .. });
        if !trailing && statistic.emits != Emits::Close {
            return Ok(());
        }
        let unit = if statistic.zone.is_some() { QUARTER } else { 1 };
        let mut rows = rows;
        rows.sort_by_key(|row| row.time_ms);
        // Half of them happened before the moment up to which time had come.
        let late = late.into_iter().map(|late| (late - 10).max(0));
        let rows: Vec<(i64, Row)> = rows
            .into_iter()
            .zip(late)
            .map(|(mut row, late)| {
                let now = base + row.time_ms * unit;
                row.time_ms = now - late * unit;
                (now, row)
            })
            .collect();
        let expected = statistic.late_answers(&rows);
        let found = found(&statistic, &rows, 9 * unit, shards, &disturbed);
        prop_assert_eq!(found, expected);
    }
}
