//! Conformance cases: a rule, events, and what must come of them.
//!
//! One JSON object a line: `id`, `rule` (a graph or a row), `events` (in arrival order, each with `ts` in ms),
//! `final_watermark` (event time moves there after the last event; null: it stays), `expect` (`matches` and
//! `timeouts`, each a map from node name to positions in `events`; or `flat_matches` and `flat_timeouts`, lists of
//! positions; or `error`).
//! Matches compare as multisets.
//!
//! Of a rule of type AGGREGATE `expect.results` has the rows: `window_start`, `window_end`, `group`, `values`, with `top`
//! a `rank`, and with ON_CROSSING the position of the `event`.
//! They compare as multisets too, numbers by value.
//! `final_watermark` may be `"END"`; `events_file` names a file of events beside that of the case; `expect_filter` says
//! which rows are listed (`window_end_multiple_of_ms`, `window_end_from`, `window_end_to`, inclusive); `blacklist` leaves
//! of each `key` and day of `timeZone` the first `limit` events.
//!
//! # Ordering and time
//! For each distinct timestamp in order one step to it, then its events in arrival order; at the end one step to
//! `final_watermark` (`docs/language.md` L-TIME-6).

mod compare;
mod format;
mod run;
mod statistics;

pub use compare::{Bags, Difference, compare};
pub use format::{Case, CaseError, Expect, Found};
pub use run::{Mode, Outcome, RunFailure, run_case, run_case_sharded};
pub use statistics::{Blacklist, Row, RowFilter};
