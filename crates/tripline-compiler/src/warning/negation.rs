//! Where a NOT does something else than it seems to.

use tripline_message::text;
use tripline_spec::{Code, Diagnostics};

use super::spot::{Chain, Rule, Spot, warn};
use crate::pattern::Link;

/// Warns of SEMANTICS N2 to N5.
pub(super) fn check(rule: &Rule<'_>, diagnostics: &mut Diagnostics) {
    for spot in rule.spots() {
        match spot.element.link {
            Link::NotFollow if spot.chain.top && spot.is_last() => {
                absence_after_repetition(rule, &spot, diagnostics);
            }
            Link::NotFollow => {
                in_repetition(&spot, diagnostics);
                before_optional(&spot, diagnostics);
            }
            Link::NotNext
                if spot.chain.top && spot.is_last() && !rule.takes_all(condition(&spot)) =>
            {
                final_not_next(&spot, diagnostics);
            }
            Link::NotNext | Link::Follows(_) => {}
        }
    }
}

fn condition(spot: &Spot<'_>) -> Option<tripline_engine::ConditionId> {
    spot.atomic().and_then(|(_, condition)| condition)
}

/// N2.
fn absence_after_repetition(rule: &Rule<'_>, spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let Some(before) = spot.before() else { return };
    if rule.graph.final_absence || !may_go_on(&before) {
        return;
    }
    let name = before.name();
    let says = (
        text!(
            "`{name}` may repeat before the final NOT_FOLLOW, so the rule stays silent for a key that has no further event before the window closes",
            name
        ),
        text!("use TIMES with an exact number, or set \"finalAbsence\": true on the rule"),
    );
    warn(diagnostics, Code::FinalAbsenceAfterLoop, spot.link_pointer(), says);
}

/// Whether an attempt that has it may take more of it, or of what it ends with.
fn may_go_on(spot: &Spot<'_>) -> bool {
    let last = spot.inner().and_then(|inner: Chain<'_>| inner.spots().next_back());
    spot.varies() || last.is_some_and(|last| last.element.quantifier.optional || may_go_on(&last))
}

/// N3.
fn final_not_next(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let name = spot.name();
    let says = (
        text!(
            "a final NOT_NEXT asks only about the next event of the key: the rule stays silent for a key that has none, and a `{name}` after that does not count",
            name
        ),
        text!("write NOT_FOLLOW, with a FIRST_AND_LAST window, for \"no `{name}` comes\"", name),
    );
    warn(diagnostics, Code::FinalNotNext, spot.link_pointer(), says);
}

/// N4; at the end of the rule, absence within the whole window is what is usually meant.
fn in_repetition(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let mut before = spot.before();
    while let Some(found) = before.filter(Spot::is_negated) {
        before = found.before();
    }
    let Some(before) = before.filter(Spot::repeats) else { return };
    let (name, before_name) = (spot.name(), before.name());
    let says = (
        text!(
            "the NOT of `{name}` also counts between the repetitions of `{before_name}`",
            name,
            before_name
        ),
        text!(
            "if `{name}` may come between them, let `{before_name}` repeat once less and add a node with its condition, once, before the NOT",
            name,
            before_name
        ),
    );
    warn(diagnostics, Code::NotInRepetition, spot.link_pointer(), says);
}

/// N5.
fn before_optional(spot: &Spot<'_>, diagnostics: &mut Diagnostics) {
    let Some(next) = spot.next().filter(|next| !next.is_negated()) else { return };
    if !next.element.quantifier.optional {
        return;
    }
    let (name, next_name) = (spot.name(), next.name());
    let message = if next.is_end() {
        text!(
            "`{next_name}` may be left out, so the rule matches before the NOT of `{name}` is asked",
            next_name,
            name
        )
    } else {
        text!(
            "the NOT of `{name}` no longer counts once the optional `{next_name}` has come",
            name,
            next_name
        )
    };
    let hint = text!(
        "write two rules: one without `{next_name}`, and one in which it is required and has a NOT before and after it",
        next_name
    );
    warn(diagnostics, Code::NotBeforeOptional, spot.link_pointer(), (message, hint));
}
