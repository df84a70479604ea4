//! The format of a case.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use thiserror::Error;

use super::statistics::{self, Blacklist, Row, RowFilter};

/// A rule, events, and what must come of them.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Unique, path-like.
    pub id: String,
    /// Where the case comes from.
    #[serde(default)]
    pub source: Option<String>,
    /// What it shows.
    #[serde(default)]
    pub note: Option<String>,
    /// The rule, as written.
    pub rule: Box<RawValue>,
    /// The events, in arrival order.
    #[serde(default)]
    pub events: Vec<Box<RawValue>>,
    /// The file that has them instead, beside that of the case: whoever reads the case gives them to
    /// [`Case::set_events`].
    #[serde(default)]
    pub events_file: Option<String>,
    /// Where event time moves after the last event.
    #[serde(default, deserialize_with = "statistics::watermark")]
    pub final_watermark: Option<i64>,
    /// Which rows are listed; all if absent.
    #[serde(default)]
    pub expect_filter: Option<RowFilter>,
    /// Which events are taken out before.
    #[serde(default)]
    pub blacklist: Option<Blacklist>,
    /// What must come of it.
    pub expect: Expect,
}

/// A match or timeout: positions in the events, by node.
pub type Found = BTreeMap<String, Vec<usize>>;

/// What must come of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Expect {
    /// The matches.
    pub matches: Option<Vec<Found>>,
    /// The timeouts; not compared if absent.
    pub timeouts: Option<Vec<Found>>,
    /// The matches as lists of positions.
    pub flat_matches: Option<Vec<Vec<usize>>>,
    /// The timeouts as lists of positions.
    pub flat_timeouts: Option<Vec<Vec<usize>>>,
    /// The rows of a rule of type AGGREGATE.
    pub results: Option<Vec<Row>>,
    /// Why the rule must be refused; the words are the oracle's, only the refusal counts.
    pub error: Option<String>,
}

/// Why a line is not a case.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaseError {
    /// Not JSON of the right shape.
    #[error("not a case: {0}")]
    Json(#[from] serde_json::Error),
    /// An event without an integer `ts`.
    #[error("event {index} has no integer `ts`")]
    NoTime {
        /// Its position, from 0.
        index: usize,
    },
    /// There is no such zone.
    #[error("there is no time zone `{name}`")]
    NoZone {
        /// What the case calls it.
        name: String,
    },
    /// Nothing is expected.
    #[error("`expect` says neither `matches` nor `timeouts` nor `results` nor `error`")]
    NothingExpected,
}

impl Case {
    /// Reads a case from its line.
    ///
    /// # Errors
    /// [`CaseError`].
    pub fn parse(line: &str) -> Result<Self, CaseError> {
        let case: Self = serde_json::from_str(line)?;
        case.times()?;
        let nothing = Expect::default();
        let accepts = serde_json::from_str::<Map<String, Value>>(line)?
            .get("expect")
            .and_then(|expect| expect.get("error"))
            .is_some();
        if case.expect == nothing && !accepts {
            return Err(CaseError::NothingExpected);
        }
        Ok(case)
    }

    /// Gives it the events of its file, one JSON object a line.
    ///
    /// # Errors
    /// A line is no event.
    pub fn set_events(&mut self, lines: &str) -> Result<(), CaseError> {
        let lines = lines.lines().filter(|line| !line.trim().is_empty());
        let events = lines.map(serde_json::from_str);
        self.events = events.collect::<Result<_, _>>()?;
        self.times().map(|_| ())
    }

    /// The time of each event, in ms.
    pub(crate) fn times(&self) -> Result<Vec<i64>, CaseError> {
        #[derive(Deserialize)]
        struct Timed {
            ts: i64,
        }
        self.events
            .iter()
            .enumerate()
            .map(|(index, event)| {
                serde_json::from_str::<Timed>(event.get())
                    .map(|timed| timed.ts)
                    .map_err(|_| CaseError::NoTime { index })
            })
            .collect()
    }
}
