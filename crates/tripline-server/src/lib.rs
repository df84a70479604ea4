//! What a running engine says of itself over HTTP: whether it is well, its metrics, its status.
//!
//! [`Engine`] is what is known of the program; whoever runs it tells it what comes about. A request reads it and looks at
//! the run ([`Probe`](tripline_runtime::Probe)), so nothing is kept up to date for nobody.
//!
//! | Path | What |
//! |---|---|
//! | `/healthz` | 200 as long as the program lives |
//! | `/readyz` | 200 once it processes events, and until it ends; otherwise 503 and why |
//! | `/metrics` | [`METRICS`], as Prometheus reads them |
//! | `/status` | [`Status`], JSON (`schemas/status.schema.json`) |
//!
//! The rule it keeps: it only tells, and changes nothing. Names of rules, nodes and sources are told, keys and events never.

mod engine;
mod http;
mod metrics;
mod process;
mod status;

pub use engine::{ConnectorKind, Engine};
pub use http::{HttpConfig, Server, ServerError};
pub use metrics::{METRICS, Metric, MetricKind, metrics_reference};
pub use status::{
    CheckpointStatus, ConnectorStatus, NodeStatus, OutputStatus, ProcessStatus, RecordStatus,
    RuleStatus, SourceStatus, StateStatus, Status, StoreStatus, SwapStatus, TimeStatus,
    schema_status,
};
pub use tripline_connectors::{Token, TokenError};
