//! How the program ends.

use std::process::ExitCode;

/// What the caller learns from the exit code; clap itself ends with 2 on wrong usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All well.
    Success,
    /// Could not do it: a file, a database, the network.
    Failure,
    /// Wrong usage that only shows after parsing.
    Usage,
    /// A rule is invalid, or a case failed.
    Invalid,
}

impl Exit {
    /// The worse of two ends: what could not be done comes before what is invalid.
    pub(crate) const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Usage, _) | (_, Self::Usage) => Self::Usage,
            (Self::Failure, _) | (_, Self::Failure) => Self::Failure,
            (Self::Invalid, _) | (_, Self::Invalid) => Self::Invalid,
            (Self::Success, Self::Success) => Self::Success,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Invalid => 3,
        })
    }
}
