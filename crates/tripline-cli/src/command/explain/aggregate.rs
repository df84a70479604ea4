//! An aggregate in words.

use tripline_spec::{
    AggregateSpec, AggregateWindowTypeSpec as Window, ConditionSpec, EmitSpec, TimeSpec,
};

use super::label::{condition, duration};
use super::printable;

/// Writes what is worked out, over which windows, and when it is given out.
pub(super) fn write(spec: &AggregateSpec, lines: &mut Vec<String>) {
    lines.push(String::new());
    lines.push("Aggregate:".to_owned());
    let text = |spec: &ConditionSpec| condition(spec);
    let counted = spec.condition().map_or_else(|| "every event".to_owned(), text);
    lines.push(format!("  events: {counted}"));
    lines.push(match spec.group_by.as_slice() {
        [] => "  groups: one of all events".to_owned(),
        fields => format!("  groups: one for each {}", printable(&fields.join(", "))),
    });
    lines.push(format!("  windows: {}", windows(spec)));
    for (name, one) in &spec.aggregates {
        let field = one.field.as_deref().map(|field| format!(" of {}", printable(field)));
        let how = match (&one.mode, &one.percentile) {
            (Some(mode), _) => format!(", {mode}"),
            (_, Some(percentile)) => format!(", {percentile}"),
            _ => String::new(),
        };
        lines.push(format!("  {name}: {}{}{how}", one.function, field.unwrap_or_default()));
    }
    if let Some(having) = &spec.having {
        lines.push(format!("  having: {}", condition(having)));
    }
    if let Some(top) = &spec.top {
        let per = match top.per.as_slice() {
            [] => String::new(),
            fields => format!(" for each {}", printable(&fields.join(", "))),
        };
        lines.push(format!("  top: the {} groups with the highest {}{per}", top.n, top.by));
    }
    lines.push(format!("Output: {}", output(spec)));
}

fn time(time: Option<&TimeSpec>) -> String {
    duration(time.and_then(|time| time.to_millis().ok()).unwrap_or(0))
}

fn windows(spec: &AggregateSpec) -> String {
    let window = &spec.window;
    let clock = window.time_zone.as_deref().unwrap_or("UTC");
    match window.kind {
        Window::Tumbling => {
            format!(
                "one after the other, {} each, by the clock of {clock}",
                time(window.size.as_ref())
            )
        }
        Window::Sliding => format!(
            "{} long, one beginning each {}, by the clock of {clock}",
            time(window.size.as_ref()),
            time(window.slide.as_ref())
        ),
        Window::Session => format!(
            "sessions: until no event of the group came for more than {}",
            time(window.gap.as_ref())
        ),
        Window::Trailing => {
            format!("the last {} up to each event, that one included", time(window.size.as_ref()))
        }
    }
}

fn output(spec: &AggregateSpec) -> String {
    match (spec.emit(), &spec.every) {
        (EmitSpec::OnClose, _) => "when a window is over".to_owned(),
        (EmitSpec::OnCrossing, _) => "with the event that makes `having` true".to_owned(),
        (EmitSpec::OnUpdate, None) => "with each event".to_owned(),
        (EmitSpec::OnUpdate, Some(every)) => format!("each {} of what changed", time(Some(every))),
    }
}
