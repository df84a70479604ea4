//! Rules that can never match, as far as it can be proved.

use tripline_condition::Fact;
use tripline_message::text;
use tripline_spec::{Code, Diagnostics};

use super::spot::{Rule, Spot, duration, warn};
use crate::pattern::{Contiguity, Link};

/// Warns of what no event can do (SEMANTICS "The step, exactly", Q4, W1).
pub(super) fn check(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    for spot in rule.spots() {
        if spot.is_negated() {
            forbidden(rule, &spot, diagnostics);
        } else if spot.is_required() {
            // One reason is enough.
            let _found = condition(rule, &spot, diagnostics)
                || until(rule, &spot, diagnostics)
                || too_late(rule, &spot, diagnostics);
        }
    }
}

/// A condition that no event meets, or no first event.
fn condition(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) -> bool {
    let Some((own, condition)) = spot.atomic() else { return false };
    let Some(bound) = rule.condition(condition) else { return false };
    let name = spot.name();
    let says = if bound.condition.outlook(&|_| false).never_holds() {
        (
            text!("no event meets the condition of `{name}`, so the rule can never match", name),
            text!("join with `||` what need not hold all at once, or take the node away"),
        )
    } else if bound
        .condition
        .outlook(&|node| {
            let negated = rule.nodes.get(usize::from(node.0)).is_some_and(|node| node.negated);
            // When it takes its first event, neither it nor what comes later has taken one.
            negated || node >= own
        })
        .never_holds()
    {
        (
            text!(
                "`{name}` can never take its first event, since its condition reads events of a node that has none by then; so the rule can never match",
                name
            ),
            text!(
                "an event is not among the matched ones when its own condition is asked: write `size({name}) == 0 || …` before what reads them",
                name
            ),
        )
    } else {
        return false;
    };
    warn(diagnostics, Code::NeverMatches, spot.condition_pointer(), says);
    true
}

/// A loop whose every event ends it.
fn until(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) -> bool {
    let (Some((_, condition)), Some(until)) = (spot.atomic(), spot.element.quantifier.until) else {
        return false;
    };
    if !rule.implies(condition, Some(until)) {
        return false;
    }
    let name = spot.name();
    let says = (
        text!(
            "every event that `{name}` could take meets its until condition, which is asked first; so the rule can never match",
            name
        ),
        text!("write an until condition that the events of `{name}` do not meet", name),
    );
    let at = spot.step.node.quantifier().pointer.key("untilCondition");
    warn(diagnostics, Code::NeverMatches, &at, says);
    true
}

/// A condition that asks for more time than the window leaves.
fn too_late(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) -> bool {
    let (Some((_, condition)), Some(window_ms)) = (spot.atomic(), rule.window_ms()) else {
        return false;
    };
    for fact in rule.facts(condition) {
        // The window is half open: the last event comes at the latest one millisecond before its end.
        let Fact::After { node, least_ms } = fact else { continue };
        if least_ms < window_ms {
            continue;
        }
        let (name, before) = (spot.name(), rule.name(node));
        let says = (
            text!(
                "`{name}` is to come {least} after an event of `{before}` or later, and the window closes {window} after the first event; so the rule can never match",
                name,
                least = duration(least_ms),
                before,
                window = duration(window_ms)
            ),
            text!("make the window longer than {least}", least = duration(least_ms)),
        );
        warn(diagnostics, Code::NeverMatches, spot.condition_pointer(), says);
        return true;
    }
    false
}

/// A NOT that forbids what is to come.
fn forbidden(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let Some((_, condition)) = spot.atomic() else { return };
    let mut next = spot.next();
    while let Some(found) = next.filter(Spot::is_negated) {
        next = found.next();
    }
    let (name, at) = (spot.name(), spot.link_pointer());
    if spot.element.link == Link::NotNext && rule.takes_all(condition) && spot.chain.required {
        let says = (
            text!("NOT_NEXT into `{name}` forbids every event, so the rule can never match", name),
            text!("give `{name}` the condition of the event that must not come", name),
        );
        return warn(diagnostics, Code::NeverMatches, at, says);
    }
    let Some(next) = next else { return };
    let Some((_, wanted)) = next.atomic() else { return };
    if next.element.quantifier.optional || !rule.implies(wanted, condition) {
        return;
    }
    let follows = spot.element.link == Link::NotFollow;
    let next_name = next.name();
    let strict = next.element.link == Link::Follows(Contiguity::Strict) && next.at == spot.at + 1;
    if follows && next.is_end() && next.least() == 1 {
        let says = if rule.takes_all(condition) {
            (
                text!(
                    "the NOT of `{name}` forbids every event, so `{next_name}` must be the very next one",
                    name,
                    next_name
                ),
                text!("write an edge STRICT into `{next_name}` and no NOT", next_name),
            )
        } else if rule.implies(condition, wanted) {
            (
                text!(
                    "the NOT of `{name}` forbids just what `{next_name}` takes, which completes the rule all the same, so it has no effect",
                    name,
                    next_name
                ),
                text!("give `{name}` the condition of the event that must not come", name),
            )
        } else {
            return;
        };
        return warn(diagnostics, Code::NotForbidsNext, at, says);
    }
    // An event that completes the rule does so whatever NOT_FOLLOW it meets.
    let completes = follows && next.may_end() && next.least() == 1;
    if next.is_required() && !completes && (follows || strict) {
        let says = (
            text!(
                "every event that `{next_name}` could take is one that the NOT of `{name}` forbids, so the rule can never match",
                next_name,
                name
            ),
            text!(
                "ask `{name}` for what `{next_name}` does not take: add `&& !(…)` with the condition of `{next_name}`",
                name,
                next_name
            ),
        );
        warn(diagnostics, Code::NeverMatches, at, says);
    }
}
