//! Quantifiers that do something else than they seem to, and those that cost more than they seem to.

use tripline_engine::AfterMatchSkip;
use tripline_message::text;
use tripline_spec::{Code, Diagnostics};

use super::spot::{Rule, Spot, warn};
use crate::pattern::{Contiguity, Link, Repetition};

/// Warns of SEMANTICS Q1 to Q5, G1 and G2, and of partial matches that multiply.
pub(super) fn check(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    for spot in rule.spots().into_iter().filter(|spot| !spot.is_negated()) {
        greedy(rule, &spot, diagnostics);
        broken_row(&spot, diagnostics);
        until_takes(rule, &spot, diagnostics);
        relaxed_rounds(&spot, diagnostics);
        multiplies(&spot, diagnostics);
        takes_all(rule, &spot, diagnostics);
    }
    chosen_freely(rule, diagnostics);
    optional_first(rule, diagnostics);
}

/// Q3.
fn greedy(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    if !spot.element.quantifier.greedy {
        return;
    }
    let (name, at) = (spot.name(), spot.properties_pointer());
    let idle = if !spot.varies() {
        text!("GREEDY on `{name}` has no effect at an exact number of times", name)
    } else if spot.chain.top && spot.is_last() {
        text!("GREEDY on `{name}` has no effect at the end of the pattern", name)
    } else if let Some(next) = spot.next().filter(|next| strictly_others(rule, spot, next)) {
        text!(
            "GREEDY on `{name}` changes nothing: no event meets both its condition and that of `{next}`, which comes straight after",
            name,
            next = next.name()
        )
    } else {
        let later_starts = matches!(rule.skip, AfterMatchSkip::NoSkip | AfterMatchSkip::ToNext);
        if spot.chain.top && spot.is_first() && later_starts {
            let says = (
                text!(
                    "GREEDY on `{name}` does not keep its later events from starting attempts of their own, which match as well",
                    name
                ),
                text!(
                    "write the skip strategy SKIP_PAST_LAST_EVENT to have the longest match only"
                ),
            );
            warn(diagnostics, Code::GreedyLaterStarts, &at, says);
        }
        return;
    };
    let hint = text!("take GREEDY away, or add the node that ends the repetition");
    warn(diagnostics, Code::GreedyWithoutEffect, &at, (idle, hint));
}

/// Whether `next` takes the very next event after the last of `spot`, and never one that `spot` could take.
fn strictly_others(rule: &Rule<'_>, spot: &Spot<'_>, next: &Spot<'_>) -> bool {
    let conditions = spot.atomic().zip(next.atomic());
    next.element.link == Link::Follows(Contiguity::Strict)
        && !next.element.quantifier.optional
        && spot.element.quantifier.until.is_none()
        && conditions.is_some_and(|((_, own), (_, other))| rule.exclude(own, other))
}

/// Q2.
fn broken_row(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let row = spot.element.quantifier.inner == Contiguity::Strict && spot.least() > 1;
    if !row || spot.is_first() || spot.element.link != Link::Follows(Contiguity::SkipTillNext) {
        return;
    }
    let name = spot.name();
    let says = (
        text!(
            "the first event of `{name}` begins the row of repetitions, and the attempt ends if the row is broken, though a whole one may come later",
            name
        ),
        text!("write SKIP_TILL_ANY for the edge into `{name}`", name),
    );
    warn(diagnostics, Code::BrokenRow, spot.link_pointer(), says);
}

/// Q4; where the node takes nothing but until events, the rule can never match, which is said elsewhere.
fn until_takes(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let (Some((_, condition)), Some(until)) = (spot.atomic(), spot.element.quantifier.until) else {
        return;
    };
    let found_next = spot.element.link == Link::Follows(Contiguity::SkipTillNext);
    if spot.is_first() || !found_next || rule.takes_all(condition) {
        return;
    }
    if rule.implies(condition, Some(until)) || !rule.implies(Some(until), condition) {
        return;
    }
    let name = spot.name();
    let says = (
        text!(
            "an event that meets the until condition of `{name}` meets its condition too, and ends an attempt that still waits for the first `{name}`",
            name
        ),
        text!(
            "write SKIP_TILL_ANY for the edge into `{name}`, which passes over such an event",
            name
        ),
    );
    let at = spot.step.node.quantifier().pointer.key("untilCondition");
    warn(diagnostics, Code::UntilEndsWaiting, &at, says);
}

/// G1.
fn relaxed_rounds(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let unsaid = spot.step.node.quantifier().consuming_strategy.is_none();
    let strict = spot.element.link == Link::Follows(Contiguity::Strict) && !spot.is_first();
    if spot.inner().is_none() || !spot.repeats() || !unsaid || !strict {
        return;
    }
    let name = spot.name();
    let says = (
        text!(
            "the edge STRICT into the group `{name}` counts for its first round only; between rounds other events may come",
            name
        ),
        text!(
            "write \"consumingStrategy\": \"STRICT\" in the quantifier of `{name}`, or \"SKIP_TILL_NEXT\" if it is meant so",
            name
        ),
    );
    warn(diagnostics, Code::RoundsRelaxed, spot.link_pointer(), says);
}

/// G2, and what SKIP_TILL_ANY does to repetitions.
fn multiplies(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let any = spot.element.quantifier.inner == Contiguity::SkipTillAny;
    let name = spot.name();
    let message = match spot.element.quantifier.repetition {
        Repetition::Looping { .. } if any && spot.inner().is_some() => text!(
            "partial matches of `{name}` multiply: up to 2^n for n rounds of the group within the window, so that 20 rounds make 1,048,576; and the same match may be given several times",
            name
        ),
        Repetition::Looping { .. } if any => text!(
            "partial matches of `{name}` multiply: up to 2^n for n events of it within the window, so that 20 events make 1,048,576",
            name
        ),
        Repetition::Times { to, .. } if any && to > 1 => {
            let (events, count) = choices(to);
            text!(
                "partial matches of `{name}` multiply: up to one for each choice of {to} out of n events within the window, so that {events} events make {count}",
                name,
                to,
                events,
                count
            )
        }
        _ if spot.chain.looped && branches(spot) => text!(
            "partial matches multiply: `{name}` branches in every round of a looping group, up to 2^n for n rounds within the window, so that 20 rounds make 1,048,576",
            name
        ),
        _ => return,
    };
    let hint = text!(
        "write SKIP_TILL_NEXT, or STRICT, for \"consumingStrategy\" and for the edges inside; with LOOPING also a short window"
    );
    let at = if any {
        spot.step.node.quantifier().pointer.key("consumingStrategy")
    } else {
        spot.properties_pointer()
    };
    warn(diagnostics, Code::Multiplies, &at, (message, hint));
}

/// Edges that each may take or pass over any event, outside of loops, where they are told of by the node.
fn chosen_freely(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    /// With one, or two, there is a match for each event, or pair of events, as is mostly meant.
    const SEVERAL: usize = 3;

    let spots = rule.spots();
    let free: Vec<_> = spots
        .iter()
        .filter(|spot| !spot.is_negated() && !spot.is_first() && !spot.chain.looped)
        .filter(|spot| spot.element.link == Link::Follows(Contiguity::SkipTillAny))
        .collect();
    let Some(last) = free.last().filter(|_| free.len() >= SEVERAL) else { return };
    let edges = free.len();
    let (events, count) = choices(u32::try_from(edges).unwrap_or(u32::MAX));
    let says = (
        text!(
            "partial matches multiply: {edges} edges are SKIP_TILL_ANY, up to one for each choice of {edges} out of n events within the window, so that {events} events make {count}",
            edges,
            events,
            count
        ),
        text!("write SKIP_TILL_NEXT for the edges where the next fitting event is enough"),
    );
    warn(diagnostics, Code::Multiplies, last.link_pointer(), says);
}

/// Whether an attempt goes on in two ways at it.
fn branches(spot: &Spot<'_>) -> bool {
    let any = !spot.is_first() && spot.element.link == Link::Follows(Contiguity::SkipTillAny);
    any || (spot.varies() && spot.element.quantifier.inner != Contiguity::Strict)
}

/// How many choices of `taken` out of some events there are, as text: a number, or the power of ten below it.
fn choices(taken: u32) -> (u64, String) {
    let events = u64::from(taken).saturating_mul(2).max(20);
    let mut count = 1_u128;
    for step in 1..=u128::from(taken) {
        // Exact at every step: a product of `step` consecutive numbers can be divided by each up to it.
        let factor = u128::from(events) - u128::from(taken) + step;
        match count.checked_mul(factor) {
            Some(product) => count = product / step,
            None => return (events, "more than 10^30".to_owned()),
        }
    }
    (events, grouped(count))
}

/// With a comma before every three digits.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A loop that every event goes on.
fn takes_all(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let Some((_, condition)) = spot.atomic() else { return };
    if !spot.loops() || spot.element.quantifier.until.is_some() || !rule.takes_all(condition) {
        return;
    }
    let name = spot.name();
    let says = (
        text!(
            "every event goes on the loop `{name}`, so each attempt takes all that follows, and n events within the window make about n*n/2 takes",
            name
        ),
        text!(
            "give `{name}` a condition, or an `untilCondition`; or count with an exact TIMES",
            name
        ),
    );
    warn(diagnostics, Code::LoopOfEverything, spot.condition_pointer(), says);
}

/// Q5.
fn optional_first(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    let later_starts = matches!(rule.skip, AfterMatchSkip::NoSkip | AfterMatchSkip::ToNext);
    let mut first = rule.chain.spot(0);
    while let Some(spot) = first {
        if spot.element.quantifier.optional && !spot.is_end() && later_starts {
            let name = spot.name();
            let says = (
                text!(
                    "the rule may begin with `{name}` or without it, so what begins with it matches twice: once with it and once without",
                    name
                ),
                text!(
                    "write the skip strategy SKIP_PAST_LAST_EVENT, which gives the longer match only"
                ),
            );
            return warn(diagnostics, Code::OptionalFirst, &spot.properties_pointer(), says);
        }
        first = spot.inner().and_then(|inner| inner.spot(0));
    }
}
