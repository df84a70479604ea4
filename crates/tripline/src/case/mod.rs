//! Conformance cases: a rule, events, and what must come of them.
//!
//! One JSON object a line: `id`, `rule` (a graph or a row), `events` (in arrival order, each with `ts` in ms),
//! `final_watermark` (event time moves there after the last event; null: it stays), `expect` (`matches` and
//! `timeouts`, each a map from node name to positions in `events`; or `flat_matches` and `flat_timeouts`, lists of
//! positions; or `error`).
//! Matches compare as multisets.
//!
//! # Ordering and time
//! For each distinct timestamp in order one step to it, then its events in arrival order; at the end one step to
//! `final_watermark` (`docs/language.md` L-TIME-6).

mod compare;
mod format;
mod run;

pub use compare::{Bags, Difference, compare};
pub use format::{Case, CaseError, Expect, Found};
pub use run::{Mode, Outcome, RunFailure, run_case};
