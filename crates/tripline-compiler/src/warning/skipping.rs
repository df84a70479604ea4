//! Skip strategies, and ends of rules that are reached too often or never.

use tripline_condition::{Fact, NodeIndex};
use tripline_engine::AfterMatchSkip;
use tripline_event::FieldTable;
use tripline_message::text;
use tripline_spec::{Code, Diagnostics};

use super::spot::{Rule, Spot, warn};
use crate::pattern::Contiguity;

/// Warns of SEMANTICS Q1, Q5, S1, S2 and S4.
pub(super) fn check(
    rule: &Rule<'_>,
    key: &[String],
    fields: &FieldTable,
    diagnostics: &mut Diagnostics,
) {
    for spot in rule.spots().into_iter().filter(Spot::is_end) {
        open_end(rule, &spot, diagnostics);
    }
    skip_to_absent(rule, diagnostics);
    held_back_by_loop(rule, diagnostics);
    held_back_by_others(rule, key, fields, diagnostics);
}

/// The node that the strategy names, and its place at the top level.
fn named<'a>(rule: &Rule<'a>) -> Option<Spot<'a>> {
    let (AfterMatchSkip::ToFirst(node) | AfterMatchSkip::ToLast(node)) = rule.skip else {
        return None;
    };
    let is_it = |spot: &Spot<'_>| spot.atomic().is_some_and(|(own, _)| own == node);
    rule.chain.spots().find(is_it)
}

/// Whether a match drops the attempt that it came from.
fn drops_itself(rule: &Rule<'_>) -> bool {
    match rule.skip {
        AfterMatchSkip::NoSkip => false,
        AfterMatchSkip::ToNext | AfterMatchSkip::PastLastEvent => true,
        // If something always comes before it.
        AfterMatchSkip::ToFirst(_) | AfterMatchSkip::ToLast(_) => {
            named(rule).is_some_and(|named| {
                let before = rule.chain.spots().take(named.at).any(|spot| spot.is_required());
                named.is_required() && before
            })
        }
    }
}

/// Q1, Q5.
fn open_end(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let quantifier = &spot.element.quantifier;
    let said_of_greedy = quantifier.greedy && spot.chain.top;
    if spot.is_negated() || said_of_greedy || !(spot.varies() || quantifier.optional) {
        return;
    }
    // A match has at least one event, so alone at the end it cannot be left out.
    if quantifier.optional && !rule.spots().iter().any(Spot::is_required) {
        return;
    }
    let (name, at, least) = (spot.name(), spot.properties_pointer(), spot.least());
    if drops_itself(rule) {
        let message = if quantifier.optional {
            text!(
                "a match is complete without `{name}`, and with {strategy} it drops the attempt that could still take it",
                name,
                strategy = rule.skip_word()
            )
        } else {
            text!(
                "a match is complete with {least} of `{name}`, and with {strategy} it drops the attempt that could still take more",
                least,
                name,
                strategy = rule.skip_word()
            )
        };
        let hint = if quantifier.optional {
            text!("take `{name}` away, or make it required", name)
        } else {
            text!(
                "write TIMES {least} for `{name}`, or add the node that ends the repetition",
                least,
                name
            )
        };
        return warn(diagnostics, Code::EndUnreachable, &at, (message, hint));
    }
    let says = if spot.varies() && !quantifier.optional {
        (
            text!(
                "`{name}` may repeat at the end of the rule, so there is a match at every repetition from {least} on",
                name,
                least
            ),
            text!(
                "write an exact TIMES for `{name}`, or add the node that ends the repetition",
                name
            ),
        )
    } else {
        (
            text!(
                "`{name}` may be left out at the end of the rule, so there is a match without it, and then another with it",
                name
            ),
            text!("take `{name}` away, or make it required", name),
        )
    };
    warn(diagnostics, Code::OpenEnd, &at, says);
}

/// S4.
fn skip_to_absent(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    let Some(named) = named(rule).filter(|named| !named.is_required()) else { return };
    let name = named.name();
    let says = (
        text!("a match without `{name}` drops nothing, and the rule can match without it", name),
        text!("skip to a node that is always there, or use SKIP_PAST_LAST_EVENT"),
    );
    let at = rule.skip_pointer().key("patternName");
    warn(diagnostics, Code::SkipToOptional, &at, says);
}

/// S2.
fn held_back_by_loop(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    let AfterMatchSkip::ToFirst(_) = rule.skip else { return };
    let Some(first) = named(rule).filter(Spot::is_first) else { return };
    let relaxed = first.element.quantifier.inner != Contiguity::Strict;
    if !first.loops() || !relaxed || first.element.quantifier.until.is_some() || first.is_end() {
        return;
    }
    let name = first.name();
    let says = (
        text!(
            "the loop of `{name}` stays open after its match and holds back the matches that begin later until the window closes",
            name
        ),
        text!("write \"consumingStrategy\": \"STRICT\" for `{name}`, or SKIP_TO_NEXT", name),
    );
    warn(diagnostics, Code::HeldBack, rule.skip_pointer(), says);
}

/// S1, where attempts are told apart by a field that the key could tell them apart by.
fn held_back_by_others(
    rule: &Rule<'_>,
    key: &[String],
    fields: &FieldTable,
    diagnostics: &mut Diagnostics,
) {
    if rule.skip == AfterMatchSkip::NoSkip {
        return;
    }
    for spot in rule.spots() {
        let Some((own, condition)) = spot.atomic() else { continue };
        if !spot.is_required() || !spot.is_awaited() {
            continue;
        }
        for fact in rule.facts(condition) {
            let Fact::SameField { field, node } = fact else { continue };
            let path = fields.path(field).unwrap_or_default();
            if node >= own || is_negated(rule, node) || key.iter().any(|part| part == path) {
                continue;
            }
            let (name, before) = (spot.name(), rule.name(node));
            let says = (
                text!(
                    "a match waits while an earlier attempt is open, and one with another `{path}` in `{before}` stays open until its window closes",
                    path,
                    before
                ),
                text!(
                    "put `{path}` into \"key_by\" and take its comparison out of the condition of `{name}`; or write NO_SKIP",
                    path,
                    name
                ),
            );
            warn(diagnostics, Code::HeldBack, rule.skip_pointer(), says);
            return;
        }
    }
}

fn is_negated(rule: &Rule<'_>, node: NodeIndex) -> bool {
    rule.nodes.get(usize::from(node.0)).is_some_and(|node| node.negated)
}
