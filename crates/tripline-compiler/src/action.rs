//! What a rule's `function` names.

use std::sync::Arc;

use tripline_condition::{ActionFault, BoundAction, ByKind, Registry};
use tripline_message::{Text, text};
use tripline_spec::{Code, Diagnostic, Diagnostics, RowSpec, did_you_mean};

/// What every aggregate has beside its own names.
const OF_WINDOWS: [&str; 4] = ["start", "end", "rank", "revision"];

/// The action of a row, bound to its nodes; without one of that name its outputs are given out as they are.
///
/// Where no action is known at all nothing is said: who runs rules without a configuration has none.
pub(crate) fn bind(
    row: &RowSpec,
    nodes: &[&str],
    registry: &Registry,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<BoundAction>> {
    let aggregate = row.pattern.aggregate();
    // The one node that takes the events of an aggregate is none that its author knows.
    let nodes = if aggregate.is_some() { &[][..] } else { nodes };
    let name = row.function.as_deref().filter(|name| !name.is_empty())?;
    let at = row.pointer.key("function");
    let Some(action) = registry.action(name) else {
        if registry.has_actions() {
            let message = text!(
                "the configuration has no action `{name}`, so its outputs go to all sinks as they are",
                name
            );
            let key = serde_json::Value::from(name).to_string();
            let hint =
                text!("add `[actions.{key}]` to the configuration, or take `function` away", key);
            diagnostics.push(Diagnostic::new(Code::UnknownAction, &at, message).with_hint(hint));
        }
        return None;
    };
    let plugin = registry.action_plugin(name);
    if plugin.is_some() && action.templates != ByKind::default() {
        let message = text!(
            "the action `{action}` has a `template`, and the program makes its text",
            action = name
        );
        let hint =
            text!("take `template` away from the configuration, or give the action another name");
        diagnostics.push(Diagnostic::new(Code::ActionUnfit, &at, message).with_hint(hint));
        return None;
    }
    match action.bind(nodes, &row.params, registry.event_schemas(), plugin) {
        Ok(bound) => {
            let unknown = aggregate.and_then(|spec| {
                let own = spec.aggregates.keys().chain(&spec.group_by).map(String::as_str);
                let names: Vec<&str> = own.chain(OF_WINDOWS).collect();
                let name = bound.fields.paths().find(|path| !names.contains(path))?;
                let hint = match did_you_mean(name, names.iter().copied()) {
                    Some(close) => text!("did you mean `{close}`?", close),
                    None => text!("use one of {words}", words = Text::names(names)),
                };
                Some((name, hint))
            });
            let Some((unknown, hint)) = unknown else { return Some(Arc::new(bound)) };
            let message = text!(
                "the action `{action}` reads `{unknown}`, which this aggregate does not have",
                action = name,
                unknown
            );
            diagnostics.push(Diagnostic::new(Code::ActionUnfit, &at, message).with_hint(hint));
            None
        }
        Err(faults) => {
            for ActionFault { part, text: written, error } in faults {
                let message = text!(
                    "`{part}` of the action `{action}`: {reason}",
                    part,
                    action = name,
                    reason = error.message
                );
                let hint = match error.hint {
                    Some(hint) => text!(
                        "{hint}; it stands in the configuration: {text}",
                        hint,
                        text = written
                    ),
                    None => text!("it stands in the configuration: {text}", text = written),
                };
                diagnostics.push(Diagnostic::new(Code::ActionUnfit, &at, message).with_hint(hint));
            }
            None
        }
    }
}
