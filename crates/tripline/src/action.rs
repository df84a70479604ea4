//! What an action makes of an output.

use tripline_compiler::{takes, with_output};
use tripline_condition::Payload;
use tripline_engine::{Output, OutputKind};

use crate::RuleMeta;

/// Does with an output what the action of its rule says, if it has one; the text of a template is appended.
///
/// # Cost
/// Reads the fields that the action names out of each event of the output; nothing where it names none.
pub(crate) fn give(rule: &RuleMeta, output: &Output<'_>, out: &mut String) -> Payload {
    let Some(bound) = &rule.action else { return Payload::Whole };
    if !takes(bound, output) {
        return Payload::Nothing;
    }
    let templates = &bound.templates;
    let template = match output.kind {
        OutputKind::Match => &templates.matches,
        OutputKind::Timeout { .. } => &templates.timeouts,
        OutputKind::Aggregate { .. } => &templates.aggregates,
    };
    if bound.when.is_none() && template.is_none() {
        return Payload::Whole;
    }
    let given = with_output(bound, &rule.key, output, |context, as_written| {
        if bound.when.as_ref().is_some_and(|when| !when.condition.evaluate(context).holds()) {
            return Payload::Nothing;
        }
        let Some(template) = template else { return Payload::Whole };
        template.render(context, &mut |place, shown: &mut String| as_written(place, shown), out);
        Payload::Text
    });
    given.unwrap_or(Payload::Whole)
}
