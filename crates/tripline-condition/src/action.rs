//! Actions: what is done with what a rule finds, by the name that the rule gives as its `function`.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};
use tripline_event::FieldTable;

use crate::expression::{compile_value, find_zone};
use crate::{
    Binder, BoundCondition, BoundValue, Dialect, ErrorKind, Escaping, EventSchemas,
    ExpressionError, GuardedAction, Template, compile_expression,
};

/// What outputs an action takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionOutputs {
    /// Matches.
    pub matches: bool,
    /// Timeouts.
    pub timeouts: bool,
    /// Values of groups in windows.
    pub aggregates: bool,
}

impl Default for ActionOutputs {
    fn default() -> Self {
        Self { matches: true, timeouts: true, aggregates: true }
    }
}

/// Something for each kind of output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByKind<T> {
    /// For matches.
    pub matches: T,
    /// For timeouts.
    pub timeouts: T,
    /// For values of groups in windows.
    pub aggregates: T,
}

/// An action, as the configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// What rules call it.
    pub name: String,
    /// Which outputs it takes; the others are left out.
    pub outputs: ActionOutputs,
    /// An expression over the match: outputs for which it does not hold are left out.
    pub when: Option<String>,
    /// How grave its outputs are, in the place of what the rule says.
    pub severity: Option<String>,
    /// What is given out in the place of the whole output, by kind.
    pub templates: ByKind<Option<String>>,
    /// What is put into a set with each output that it takes.
    pub add_to: Option<AddTo>,
    /// What is taken out of one.
    pub remove_from: Option<SetTarget>,
    /// To which sinks its outputs go, as a set of their numbers; nothing for all.
    pub sinks: Option<u64>,
    /// At most one output of a rule and key goes out in so many ms; 0 for all.
    pub throttle_ms: i64,
}

/// A member of a set, worked out of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetTarget {
    /// The name of the set.
    pub set: String,
    /// Expressions for the parts of the member; at least one.
    pub member: Vec<String>,
}

/// What is put into a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddTo {
    /// Which member of which set.
    pub target: SetTarget,
    /// How long it stays.
    pub stay: Stay,
}

/// How long a member stays in a set, from the moment of the output on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Until it is taken out.
    Forever,
    /// So many ms.
    For(i64),
    /// Until the next day begins in a zone; without one in that of the rule's windows, else in UTC.
    UntilMidnight(Option<String>),
}

/// A change of a set, bound.
#[derive(Debug)]
pub struct BoundSetEdit {
    /// The name of the set.
    pub set: String,
    /// The parts of the member.
    pub member: Vec<BoundValue>,
    /// How long it stays; nothing if it is taken out.
    pub stay: Option<BoundStay>,
}

/// How long a member stays, with the zone found.
#[derive(Clone, Debug, PartialEq)]
pub enum BoundStay {
    /// Until it is taken out.
    Forever,
    /// So many ms.
    For(i64),
    /// Until the next day begins; without a zone in that of the rule's windows, else in UTC.
    UntilMidnight(Option<TimeZone>),
}

/// An action bound to the nodes and parameters of a rule.
#[derive(Debug)]
pub struct BoundAction {
    /// The action.
    pub action: Action,
    /// The fields that it reads, which are not those of the rules.
    pub fields: FieldTable,
    /// Which outputs it takes.
    pub when: Option<BoundCondition>,
    /// What it gives out, by kind.
    pub templates: ByKind<Option<Arc<Template>>>,
    /// What becomes of sets, in this order.
    pub sets: Vec<BoundSetEdit>,
    /// What makes what it gives out, if that is of the program.
    pub plugin: Option<GuardedAction>,
}

/// What does not fit the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionFault {
    /// The key of the configuration, such as `when`.
    pub part: &'static str,
    /// The text in which it is.
    pub text: String,
    /// What is wrong with it.
    pub error: ExpressionError,
}

impl Action {
    /// The sets that it changes.
    pub fn sets(&self) -> impl Iterator<Item = &str> {
        let added = self.add_to.iter().map(|add| &add.target);
        added.chain(&self.remove_from).map(|target| target.set.as_str())
    }

    /// Binds it, and what of the program has its name, to a rule with these nodes, by [`NodeIndex`](crate::NodeIndex), and
    /// these parameters.
    ///
    /// # Errors
    /// All that does not fit.
    pub fn bind(
        &self,
        nodes: &[&str],
        params: &Map<String, Json>,
        event_schemas: &EventSchemas,
        plugin: Option<&GuardedAction>,
    ) -> Result<BoundAction, Vec<ActionFault>> {
        let mut fields = FieldTable::new();
        let mut binder =
            Binder::new(&mut fields, nodes).with_params(params).with_event_schemas(event_schemas);
        let mut faults = Vec::new();
        let when = self.when.as_deref().and_then(|text| {
            let bound = compile_expression(text, Dialect::Tripline, &mut binder);
            bound.map_err(|errors| note(&mut faults, "when", text, errors)).ok()
        });
        let ByKind { matches, timeouts, aggregates } = &self.templates;
        // One text for all kinds is told of once.
        let same = matches == timeouts && timeouts == aggregates;
        let mut compile = |text: &Option<String>, part| {
            let text = text.as_deref()?;
            let bound = Template::compile(text, escaping(text), &mut binder);
            bound.map_err(|errors| note(&mut faults, part, text, errors)).ok().map(Arc::new)
        };
        let of_matches = compile(matches, if same { "template" } else { "template.match" });
        let templates = if same {
            let template = of_matches;
            ByKind { matches: template.clone(), timeouts: template.clone(), aggregates: template }
        } else {
            ByKind {
                matches: of_matches,
                timeouts: compile(timeouts, "template.timeout"),
                aggregates: compile(aggregates, "template.aggregate"),
            }
        };
        let mut sets = Vec::new();
        if let Some(target) = &self.remove_from {
            sets.extend(bind_target("remove_from", target, None, &mut binder, &mut faults));
        }
        if let Some(AddTo { target, stay }) = &self.add_to {
            let stay = match stay {
                Stay::Forever => BoundStay::Forever,
                Stay::For(ms) => BoundStay::For(*ms),
                Stay::UntilMidnight(None) => BoundStay::UntilMidnight(None),
                Stay::UntilMidnight(Some(name)) => match find_zone(name) {
                    Ok(zone) => BoundStay::UntilMidnight(Some(zone)),
                    Err((message, hint)) => {
                        let error = ExpressionError::new(ErrorKind::UnknownZone, 0..0, message);
                        note(&mut faults, "add_to", name, vec![error.with_hint(hint)]);
                        BoundStay::Forever
                    }
                },
            };
            sets.extend(bind_target("add_to", target, Some(stay), &mut binder, &mut faults));
        }
        if faults.is_empty() {
            let (action, plugin) = (self.clone(), plugin.cloned());
            Ok(BoundAction { action, fields, when, templates, sets, plugin })
        } else {
            Err(faults)
        }
    }

    /// What is wrong with it whatever the rule; nothing that nodes or parameters of a rule could mend.
    #[must_use]
    pub fn faults(&self) -> Vec<ActionFault> {
        let bound = self.bind(&[], &Map::new(), &EventSchemas::default(), None);
        let mut faults = bound.err().unwrap_or_default();
        faults.retain(|fault| !fault.error.kind.depends_on_rule());
        faults
    }
}

/// Binds the parts of a member.
fn bind_target(
    part: &'static str,
    target: &SetTarget,
    stay: Option<BoundStay>,
    binder: &mut Binder<'_>,
    faults: &mut Vec<ActionFault>,
) -> Option<BoundSetEdit> {
    let bound = target.member.iter().map(|text| {
        let value = compile_value(text, binder);
        value.map_err(|errors| note(faults, part, text, errors)).ok()
    });
    let bound: Vec<Option<BoundValue>> = bound.collect();
    let member = bound.into_iter().collect::<Option<_>>()?;
    Some(BoundSetEdit { set: target.set.clone(), member, stay })
}

fn note(
    faults: &mut Vec<ActionFault>,
    part: &'static str,
    text: &str,
    errors: Vec<ExpressionError>,
) {
    let text = text.to_owned();
    faults.extend(errors.into_iter().map(|error| ActionFault { part, text: text.clone(), error }));
}

/// A template that is JSON gets what a JSON text may hold.
fn escaping(template: &str) -> Escaping {
    let braces = template.trim_start();
    // `{{price}}` at the start is an expression, and no object.
    let object = braces.starts_with('{') && !braces.starts_with("{{");
    if object || braces.starts_with('[') { Escaping::Json } else { Escaping::None }
}

#[cfg(test)]
mod tests {
    use super::{Action, ByKind};

    #[test]
    fn faults_are_those_that_no_rule_can_mend() {
        let check = |when: &str, template: &str, expected: &[(&str, &str)]| {
            let (when, template) = (Some(when.to_owned()), Some(template.to_owned()));
            let templates = ByKind {
                matches: template.clone(),
                timeouts: template.clone(),
                aggregates: template,
            };
            let faults = Action { when, templates, ..Action::default() }.faults();
            let found: Vec<(&str, String)> =
                faults.iter().map(|fault| (fault.part, fault.error.message.to_string())).collect();
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for ((part, message), (in_part, with)) in found.iter().zip(expected) {
                assert_eq!(part, in_part);
                assert!(message.contains(with), "{message}");
            }
        };
        check("id > 1", "{{id}}", &[]);
        check(
            "sum(cart.price) > params.limit && cart[0].id == 1",
            "{{size(cart)}} {{cart[0].id}}",
            &[],
        );
        check("id > 1 &&", "{{", &[("when", "end"), ("template", "no `}}`")]);
        check(
            "size(cart) > 1 && fooo(id)",
            "{{params.x}} {{totl(x)}}",
            &[("when", "fooo"), ("template", "totl")],
        );
    }
}
