//! Rules of type AGGREGATE: from what is written to what the engine works out.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tripline_condition::{Binder, Registry, find_zone};
use tripline_engine::{
    Aggregate, AggregatePlan, Calendar, Emit, Function, Having, HavingInput, Top, Window,
};
use tripline_event::{FieldId, FieldTable};
use tripline_message::text;
use tripline_spec::{
    AggregateFunctionSpec, AggregateSpec, AggregateWindowTypeSpec, Code, ConditionSpec, Diagnostic,
    Diagnostics, DistinctModeSpec, EmitSpec, FunctionSpec, Pointer, TimeSpec, did_you_mean,
};

use crate::condition::bind;

/// The plan of an aggregate; `None` if something in it is wrong, all of which is reported.
pub(crate) fn plan(
    spec: &AggregateSpec,
    params: &Map<String, Json>,
    registry: &Registry,
    fields: &mut FieldTable,
    diagnostics: &mut Diagnostics,
) -> Option<AggregatePlan> {
    let mut field = |path: &str, at: &Pointer, diagnostics: &mut Diagnostics| {
        if let Some(doubt) = registry.event_schemas().unknown(path) {
            let found = Diagnostic::new(Code::UnknownField, at, doubt.message);
            diagnostics.push(found.with_hint(doubt.hint));
        }
        fields.intern(path)
    };
    let groups = spec.pointer.key("groupBy");
    let group_by: Vec<FieldId> = spec
        .group_by
        .iter()
        .enumerate()
        .map(|(index, path)| field(path, &groups.index(index), diagnostics))
        .collect();
    let aggregates: Vec<Aggregate> = spec
        .aggregates
        .iter()
        .map(|(name, one)| Aggregate {
            name: name.clone(),
            function: function(one),
            field: one
                .field
                .as_ref()
                .map(|path| field(path, &one.pointer.key("field"), diagnostics)),
        })
        .collect();
    let calendar = calendar(spec, diagnostics);
    let having = match &spec.having {
        None => Some(None),
        Some(condition) => having(condition, spec, params, registry, diagnostics).map(Some),
    };
    let top = spec.top.as_ref().map(|top| Top {
        n: usize::try_from(top.n).unwrap_or(usize::MAX),
        by: spec.aggregates.keys().position(|name| *name == top.by).unwrap_or(0),
        per: top
            .per
            .iter()
            .filter_map(|path| spec.group_by.iter().position(|other| other == path))
            .collect(),
    });
    Some(AggregatePlan {
        group_by,
        window: window(spec)?,
        calendar: calendar?,
        aggregates,
        having: having?,
        top,
        emit: match spec.emit() {
            EmitSpec::OnClose => Emit::OnClose,
            EmitSpec::OnCrossing => Emit::OnCrossing,
            EmitSpec::OnUpdate => Emit::OnUpdate { every_ms: millis(spec.every.as_ref()) },
        },
    })
}

fn millis(time: Option<&TimeSpec>) -> Option<i64> {
    time.and_then(|time| time.to_millis().ok())
}

/// Reading has made sure that the lengths are there.
fn window(spec: &AggregateSpec) -> Option<Window> {
    let window = &spec.window;
    let size = millis(window.size.as_ref());
    Some(match window.kind {
        AggregateWindowTypeSpec::Tumbling => Window::Aligned { size_ms: size?, slide_ms: size? },
        AggregateWindowTypeSpec::Sliding => {
            Window::Aligned { size_ms: size?, slide_ms: millis(window.slide.as_ref())? }
        }
        AggregateWindowTypeSpec::Session => {
            Window::Session { gap_ms: millis(window.gap.as_ref())? }
        }
        AggregateWindowTypeSpec::Trailing => Window::Trailing { size_ms: size? },
    })
}

fn function(spec: &AggregateFunctionSpec) -> Function {
    match spec.function {
        FunctionSpec::Count => Function::Count,
        FunctionSpec::Sum => Function::Sum,
        FunctionSpec::Avg => Function::Avg,
        FunctionSpec::Min => Function::Min,
        FunctionSpec::Max => Function::Max,
        FunctionSpec::First => Function::First,
        FunctionSpec::Last => Function::Last,
        FunctionSpec::CountDistinct => match spec.mode {
            Some(DistinctModeSpec::Approximate) => Function::ApproximateDistinct,
            _ => Function::Distinct,
        },
        FunctionSpec::Percentile => {
            let percent = spec.percentile.as_ref().and_then(serde_json::Number::as_f64);
            Function::Percentile(percent.unwrap_or(50.0) / 100.0)
        }
    }
}

fn calendar(spec: &AggregateSpec, diagnostics: &mut Diagnostics) -> Option<Calendar> {
    let Some(name) = &spec.window.time_zone else { return Some(Calendar::UTC) };
    match find_zone(name) {
        Ok(zone) => Some(Calendar::of(zone)),
        Err((message, hint)) => {
            let at = spec.window.pointer.key("timeZone");
            diagnostics.push(Diagnostic::new(Code::UnknownZone, &at, message).with_hint(hint));
            None
        }
    }
}

/// Binds `having`, whose fields are the aggregates and the fields of the group.
fn having(
    condition: &ConditionSpec,
    spec: &AggregateSpec,
    params: &Map<String, Json>,
    registry: &Registry,
    diagnostics: &mut Diagnostics,
) -> Option<Having> {
    let mut own = FieldTable::new();
    let mut binder = Binder::new(&mut own, &[]).with_params(params);
    let bound = bind(condition, registry, &mut binder, diagnostics)?;
    let mut inputs = Vec::with_capacity(own.len());
    let mut valid = true;
    for path in own.paths() {
        let group = spec.group_by.iter().position(|other| other == path);
        let aggregate = spec.aggregates.keys().position(|other| other == path);
        match (group, aggregate) {
            (Some(at), _) => inputs.push(HavingInput::Group(at)),
            (None, Some(at)) => inputs.push(HavingInput::Aggregate(at)),
            (None, None) => {
                valid = false;
                let names = spec.aggregates.keys().chain(&spec.group_by).map(String::as_str);
                let hint = match did_you_mean(path, names.clone()) {
                    Some(close) => text!("did you mean `{close}`?", close),
                    None => {
                        text!("use one of {words}", words = tripline_message::Text::names(names))
                    }
                };
                let message = text!(
                    "`having` reads `{name}`, which is neither an aggregate nor a field of `groupBy`",
                    name = path
                );
                let at = spec.pointer.key("having");
                diagnostics
                    .push(Diagnostic::new(Code::HavingUnknown, &at, message).with_hint(hint));
            }
        }
    }
    valid.then(|| Having { condition: Arc::clone(&bound.condition), inputs })
}
