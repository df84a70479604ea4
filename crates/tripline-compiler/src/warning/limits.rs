//! Time limits that leave something unlimited, and timeouts that do not come, or come too often.

use tripline_engine::AfterMatchSkip;
use tripline_message::text;
use tripline_spec::{Code, Diagnostics, WindowTypeSpec};

use super::spot::{Chain, Rule, Spot, duration, warn};
use crate::pattern::{Contiguity, Link};

/// Warns of SEMANTICS W2 to W5, T1, T2, S1 and S3, and of attempts that nothing ends.
pub(super) fn check(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    for spot in rule.spots() {
        if let Some(chain) = spot.inner() {
            last_gap(chain, diagnostics);
        }
        gap_of_optional(&spot, diagnostics);
        step_window(&spot, diagnostics);
    }
    last_gap(rule.chain, diagnostics);
    unlimited(rule, diagnostics);
    if rule.alerts_timeouts && limited(rule) {
        timeouts(rule, diagnostics);
    }
}

/// Whether an attempt can time out at all.
fn limited(rule: &Rule<'_>) -> bool {
    let gap = |spot: &Spot<'_>| {
        spot.element.gap_ms.is_some() || spot.element.quantifier.step_window_ms.is_some()
    };
    rule.window_ms().is_some() || rule.spots().iter().any(gap)
}

/// Whether the time since the event before is limited where it waits.
fn has_gap_limit(spot: &Spot<'_>) -> bool {
    let gap = spot.element.gap_ms.is_some_and(|gap_ms| gap_ms > 0);
    gap && spot.atomic().is_some() && !spot.repeats()
}

/// W2: PREVIOUS_AND_CURRENT of a graph.
fn last_gap(chain: Chain<'_>, diagnostics: &mut Diagnostics) {
    let Some(window) = &chain.level.graph.window else { return };
    let Some(last) = chain.spots().next_back().filter(has_gap_limit) else { return };
    if window.kind != WindowTypeSpec::PreviousAndCurrent {
        return;
    }
    let free = chain.spots().find(|spot| {
        let before_it = !spot.is_first() && !spot.is_negated() && !has_gap_limit(spot);
        !spot.is_last() && (before_it || spot.repeats() || spot.inner().is_some())
    });
    let Some(free) = free else { return };
    let (name, free_name) = (last.name(), free.name());
    let says = (
        text!(
            "PREVIOUS_AND_CURRENT of a graph limits the gap before its last node `{name}` only; that before `{free_name}` may be of any length",
            name,
            free_name
        ),
        if free.atomic().is_some() && !free.repeats() {
            text!(
                "give `{free_name}` this window as its own \"window\"; or write FIRST_AND_LAST, which limits the whole",
                free_name
            )
        } else {
            text!(
                "write FIRST_AND_LAST, which limits the whole; or compare times in the conditions"
            )
        },
    );
    warn(diagnostics, Code::LastGapOnly, &window.pointer, says);
}

/// W4.
fn gap_of_optional(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    if !spot.element.quantifier.optional || !has_gap_limit(spot) || spot.is_negated() {
        return;
    }
    let own = match spot.step.node {
        tripline_spec::NodeSpec::Atomic(atomic) => atomic.window.as_ref(),
        tripline_spec::NodeSpec::Composite(_) => None,
    };
    let graph = spot.chain.level.graph.window.as_ref().filter(|_| spot.is_last());
    let is_gap =
        |window: &&tripline_spec::WindowSpec| window.kind == WindowTypeSpec::PreviousAndCurrent;
    let window = graph.filter(is_gap).or_else(|| own.filter(is_gap));
    let at = window.map_or(spot.step.node.pointer(), |window| &window.pointer);
    let name = spot.name();
    let limit = duration(spot.element.gap_ms.unwrap_or(0));
    let before = spot.before().map_or("", |before| before.name());
    let says = (
        text!(
            "PREVIOUS_AND_CURRENT on the optional node `{name}` counts only until an event has been passed over",
            name
        ),
        text!(
            "write it into the condition of `{name}`: {code}",
            name,
            code = format!("`ts - last({before}.ts) < {limit}`")
        ),
    );
    warn(diagnostics, Code::GapUntilPassedOver, at, says);
}

/// W5.
fn step_window(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let Some(step_ms) = spot.element.quantifier.step_window_ms else { return };
    let spec = spot.step.node.quantifier();
    let at = spec.times.as_ref().map_or(&spec.pointer, |times| &times.pointer).key("windowTime");
    let name = spot.name();
    let code = format!("`size({name}) == 0 || ts - last({name}.ts) < {}`", duration(step_ms));
    let says = (
        text!(
            "`windowTime` of `{name}` does not limit every gap between repetitions, as in Flink",
            name
        ),
        text!("write it into the condition of `{name}`: {code}", name, code),
    );
    warn(diagnostics, Code::WindowTimeWithoutEffect, &at, says);
}

/// Attempts that nothing ends, and matches that wait for them.
fn unlimited(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    if rule.window_ms().is_some() {
        return;
    }
    let kept = |spot: &Spot<'_>| {
        !spot.is_negated() && (spot.loops() || (spot.is_awaited() && !has_gap_limit(spot)))
    };
    let mut spots = rule.spots();
    spots.retain(kept);
    let Some(spot) = spots.first() else { return };
    let hint = text!("give the rule a FIRST_AND_LAST window");
    if rule.skip != AfterMatchSkip::NoSkip {
        let message = text!(
            "with this skip strategy a match waits until no earlier attempt is open, and without a window an attempt may stay open for ever"
        );
        return warn(diagnostics, Code::SkipWithoutWindow, rule.skip_pointer(), (message, hint));
    }
    let gap = |spot: &Spot<'_>| spot.element.gap_ms.is_some();
    if rule.graph.window.is_some() || rule.spots().iter().any(gap) {
        // What it leaves unlimited is said of the window.
        return;
    }
    let name = spot.name();
    let message = text!(
        "without a window an attempt that waits for `{name}` is kept for ever, so memory grows with every one that is never completed",
        name
    );
    warn(diagnostics, Code::NoWindow, spot.step.node.pointer(), (message, hint));
}

/// T1, T2 and S3, in a rule whose timeouts matter.
fn timeouts(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    for spot in rule.spots() {
        let name = spot.name();
        let strict = Link::Follows(Contiguity::Strict);
        let strict_edge = !spot.is_first() && spot.element.link == strict;
        if strict_edge {
            let says = (
                text!(
                    "any other event before `{name}` ends the attempt without a timeout, and the timeout of this rule is an alert",
                    name
                ),
                text!("write SKIP_TILL_NEXT for the edge into `{name}`", name),
            );
            warn(diagnostics, Code::TimeoutLost, spot.link_pointer(), says);
        } else if spot.repeats() && spot.element.quantifier.inner == Contiguity::Strict {
            let says = (
                text!(
                    "any other event between the repetitions of `{name}` ends the attempt without a timeout, and the timeout of this rule is an alert",
                    name
                ),
                text!("write SKIP_TILL_NEXT for the \"consumingStrategy\" of `{name}`", name),
            );
            let at = spot.step.node.quantifier().pointer.key("consumingStrategy");
            warn(diagnostics, Code::TimeoutLost, &at, says);
        }
        several_timeouts(&spot, diagnostics);
    }
    if rule.skip != AfterMatchSkip::NoSkip {
        let says = (
            text!(
                "what {strategy} drops gives no timeout, and the timeout of this rule is an alert",
                strategy = rule.skip_word()
            ),
            text!("write NO_SKIP, or a rule of its own for the timeout"),
        );
        warn(diagnostics, Code::TimeoutLost, rule.skip_pointer(), says);
    }
}

fn several_timeouts(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    if spot.is_negated() {
        return;
    }
    let name = spot.name();
    let any = !spot.is_first() && spot.element.link == Link::Follows(Contiguity::SkipTillAny);
    let inner_any = spot.repeats() && spot.element.quantifier.inner == Contiguity::SkipTillAny;
    if any || inner_any {
        let says = (
            text!("with SKIP_TILL_ANY each way on from `{name}` gives a timeout of its own", name),
            text!("write SKIP_TILL_NEXT in a rule whose timeout is an alert"),
        );
        warn(diagnostics, Code::SeveralTimeouts, spot.link_pointer(), says);
    } else if spot.varies() && spot.is_end() {
        let says = (
            text!(
                "an attempt that has matched and could take one more `{name}` gives a timeout as well",
                name
            ),
            text!("write an exact TIMES for `{name}`", name),
        );
        warn(diagnostics, Code::SeveralTimeouts, &spot.properties_pointer(), says);
    } else if spot.varies() || spot.element.quantifier.optional {
        let says = (
            text!(
                "`{name}` may come more or less often, and each way on from it gives a timeout of its own",
                name
            ),
            text!(
                "make `{name}` required with an exact number in a rule whose timeout is an alert",
                name
            ),
        );
        warn(diagnostics, Code::SeveralTimeouts, &spot.properties_pointer(), says);
    }
}
