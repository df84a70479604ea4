//! What is worked out once for each state, so that no event pays for it.

#![expect(
    clippy::indexing_slicing,
    reason = "state and condition numbers were checked by the builder"
)]

use tripline_condition::BoundCondition;

use super::{Derived, NfaError, State, StateKind, TransitionAction};

/// The most ways over PROCEED out of one state: each of them is walked on every event, as Flink does.
const MAX_PROCEED_PATHS: usize = 10_000;

/// Derives each state's facts; refuses cycles of PROCEED transitions.
pub(super) fn derive(
    states: &[State],
    conditions: &[BoundCondition],
    final_absence: bool,
) -> Result<Vec<Derived>, NfaError> {
    let order = proceed_order(states)?;
    let mut derived: Vec<Derived> = vec![Derived::default(); states.len()];
    // Whether every guard in reach over PROCEED reads the current event only.
    let mut closed: Vec<bool> = vec![true; states.len()];
    let mut paths: Vec<usize> = vec![1; states.len()];
    // Targets of PROCEED come before their sources, so one pass is enough.
    for &index in &order {
        let state = &states[index];
        let mut here = Derived::default();
        let mut event_only = true;
        for transition in &state.transitions {
            let target = transition.target.index();
            transition.guard.conditions(&mut |condition| {
                event_only &= !conditions[usize::from(condition.0)].iterative;
            });
            match transition.action {
                TransitionAction::Proceed => {
                    event_only &= closed[target];
                    paths[index] = paths[index].saturating_add(paths[target]);
                    here.reaches_final |=
                        states[target].kind == StateKind::Final || derived[target].reaches_final;
                    here.reaches_pending |= states[target].kind == StateKind::Pending
                        || derived[target].reaches_pending;
                    if states[target].kind != StateKind::Stop {
                        here.waiting_for.extend_from_slice(&derived[target].waiting_for);
                    }
                }
                TransitionAction::Take => here.waiting_for.extend(state.node),
                TransitionAction::Ignore => {}
            }
        }
        here.decides_next = state
            .transitions
            .iter()
            .all(|transition| transition.action == TransitionAction::Proceed)
            && state
                .transitions
                .iter()
                .any(|transition| states[transition.target.index()].kind == StateKind::Stop);
        // Its check is of the event after: what lies behind is not yet met.
        here.reaches_pending &= !here.decides_next;
        if paths[index] > MAX_PROCEED_PATHS {
            return Err(NfaError::TooManyPaths { limit: MAX_PROCEED_PATHS });
        }
        here.waiting_for.sort_unstable();
        here.waiting_for.dedup();
        closed[index] = event_only;
        derived[index] = here;
    }
    // A decision also looks for the final state behind the target of each TAKE in reach.
    let mut takes_closed: Vec<bool> = vec![true; states.len()];
    for &index in &order {
        let state = &states[index];
        takes_closed[index] = state.transitions.iter().all(|transition| match transition.action {
            TransitionAction::Take => closed[transition.target.index()],
            TransitionAction::Proceed => takes_closed[transition.target.index()],
            TransitionAction::Ignore => true,
        });
        derived[index].event_only = closed[index] && takes_closed[index];
    }
    if final_absence {
        for (index, state) in states.iter().enumerate() {
            if derived[index].reaches_pending && state.kind != StateKind::Pending {
                derived[index].satisfied = true;
                for transition in &state.transitions {
                    if transition.action == TransitionAction::Ignore {
                        derived[transition.target.index()].satisfied = true;
                    }
                }
            }
        }
    }
    Ok(derived)
}

/// All states, each after the targets of its PROCEED transitions.
fn proceed_order(states: &[State]) -> Result<Vec<usize>, NfaError> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; states.len()];
    let mut order = Vec::with_capacity(states.len());
    for root in 0..states.len() {
        if marks[root] != Mark::New {
            continue;
        }
        marks[root] = Mark::Open;
        let mut path = vec![(root, 0)];
        while let Some((index, at)) = path.last_mut() {
            let Some(transition) = states[*index].transitions.get(*at) else {
                marks[*index] = Mark::Done;
                order.push(*index);
                path.pop();
                continue;
            };
            *at += 1;
            let target = transition.target.index();
            if transition.action == TransitionAction::Proceed {
                match marks[target] {
                    Mark::New => {
                        marks[target] = Mark::Open;
                        path.push((target, 0));
                    }
                    Mark::Open => {
                        return Err(NfaError::EndlessProceed { node: states[target].node });
                    }
                    Mark::Done => {}
                }
            }
        }
    }
    Ok(order)
}
