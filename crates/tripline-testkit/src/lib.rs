//! What Tripline's own tests share.
//!
//! - [`corpus`]: conformance files, and running all their cases in every mode.
//! - [`generate`]: random rules and events for property tests.
//! - [`drive`]: the real engine over such events, with a swap, a restart or an extra step of time anywhere between.
//! - [`mod@reference`]: the same rules by a matcher that is slow and plain, to compare with.
//! - [`statistics`]: statistics in windows by a plain computation, to compare with too.
//!
//! Used by `tests/` and `fuzz/` only, never as a dev-dependency of a crate it depends on: cargo would build that crate
//! twice, and their types would not agree.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop with a panic; nothing here is shipped"
)]

pub mod corpus;
pub mod drive;
pub mod generate;
pub mod reference;
pub mod statistics;
