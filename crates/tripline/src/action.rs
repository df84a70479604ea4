//! What an action makes of an output.

use tripline_compiler::{takes, with_output};
use tripline_engine::Output;

use crate::RuleMeta;

/// What an action gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing: it does not take such outputs, or its condition does not hold.
    Nothing,
    /// The whole output.
    Whole,
    /// The text that was appended.
    Text,
}

/// Does with an output what the action of its rule says, if it has one; the text of a template is appended.
///
/// # Cost
/// Reads the fields that the action names out of each event of the output; nothing where it names none.
pub fn give(rule: &RuleMeta, output: &Output<'_>, out: &mut String) -> Given {
    let Some(bound) = &rule.action else { return Given::Whole };
    if !takes(bound, output) {
        return Given::Nothing;
    }
    if bound.when.is_none() && bound.template.is_none() {
        return Given::Whole;
    }
    let given = with_output(bound, &rule.key, output, |context, as_written| {
        if bound.when.as_ref().is_some_and(|when| !when.condition.evaluate(context).holds()) {
            return Given::Nothing;
        }
        let Some(template) = &bound.template else { return Given::Whole };
        template.render(context, &mut |place, shown: &mut String| as_written(place, shown), out);
        Given::Text
    });
    given.unwrap_or(Given::Whole)
}
