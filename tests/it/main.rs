//! One binary for all integration tests.
//!
//! - `conformance`, `due`: what Apache Flink CEP answered.
//! - `property`, `hostile`: what must hold of every rule and event, and what no input may do.
//! - `actions`: what becomes of outputs.
//! - `aliases`: rules of other engines that name Java classes, as they stand.
//! - `brokers`: that the brokers of `services` answer.
//! - `cli`, `config`, `rules_command`: the program from outside.
//! - `connectors`: sources and sinks of the configuration.
//! - `counts`: that nothing is missing in what a run says of itself.
//! - `operate`: health, metrics, status, logs, and signals.
//! - `email`: on a mail server that the test plays.
//! - `kafka`, `rabbitmq`: on the brokers of `services`.
//! - `plugins`, `bad_plugins`: a program with a condition of its own, and conditions that do harm.
//! - `registry`: messages of Kafka whose schemas a registry has.
//! - `sets`, `sets_live`: keyed sets, what actions do to them, and their rows in a store.
//! - `stat`: what conditions ask of aggregates.
//! - `statistics`: rules of type AGGREGATE.
//! - `stop`: what ends a run before its input does.
//! - `store`: rules in databases and folders, on the servers of `services`.
//! - `written`: files of results that are rotated, and the log as a sink.
//! - `guide`: what the guides and READMEs show.
//! - `diagnostics`, `schemas`, `docs`, `dag`: that the repository's parts agree.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests stop with a panic, and say why"
)]

mod actions;
mod again;
mod aliases;
mod bad_plugins;
mod brokers;
mod budgets;
mod checkpoints;
mod cli;
mod config;
mod conformance;
mod connectors;
mod counts;
mod dag;
mod dedup;
mod diagnostics;
mod docs;
mod due;
mod ecommerce;
mod email;
mod event_schemas;
mod exactly_once;
mod guide;
mod hostile;
mod http;
mod http_source;
mod instances;
mod kafka;
mod kill;
mod live;
mod load;
mod logs;
mod mysql;
mod operate;
mod plugins;
mod program;
mod property;
mod proxy;
mod rabbitmq;
mod registry;
mod rules;
mod rules_command;
mod said_elsewhere;
mod schemas;
mod services;
mod sets;
mod sets_live;
mod shaping;
mod shards;
mod silence;
mod stat;
mod statistics;
mod statistics_live;
mod stop;
mod store;
mod stream;
mod swap;
mod warnings;
mod windows;
mod written;

use std::path::{Path, PathBuf};

/// A path from the root of the repository.
fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// All rules that ship, by path.
fn shipped_rules() -> Vec<PathBuf> {
    tripline_testkit::corpus::files(&root("rules"), "rule.json")
}
