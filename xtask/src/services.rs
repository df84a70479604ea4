//! Servers of `scripts/services`, for as long as a chore runs.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use serde_json::Value;

/// The root of the repository.
pub(crate) fn root() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")
}

/// What was started, and a temporary folder; they go when this is dropped.
#[derive(Debug)]
pub(crate) struct Services {
    folder: PathBuf,
}

impl Services {
    /// Starts servers by their names.
    pub(crate) fn start<const N: usize>(names: [&str; N]) -> Result<(Self, [Server; N])> {
        let watch = std::process::id().to_string();
        let folder = std::env::temp_dir().join(format!("tripline-chore-{watch}"));
        fs::create_dir_all(&folder)?;
        let services = Self { folder };
        let mut start = Command::new(root()?.join("scripts/services"));
        start.args(["start", "--watch", &watch, "--dir"]).arg(services.dir()).args(names);
        let output = start.stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "scripts/services has failed");
        let lines = String::from_utf8(output.stdout)?;
        let servers: Vec<Server> = lines
            .lines()
            .map(|line| Ok(Server { facts: serde_json::from_str(line)? }))
            .collect::<Result<_>>()?;
        let servers = servers.try_into().ok().context("a line for each server")?;
        Ok((services, servers))
    }

    /// A temporary folder for whatever else there is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn dir(&self) -> PathBuf {
        self.folder.join("services")
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        let Ok(root) = root() else { return };
        let mut stop = Command::new(root.join("scripts/services"));
        let _gone = stop.args(["stop", "--dir"]).arg(self.dir()).stdout(Stdio::null()).status();
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Server {
    facts: Value,
}

impl Server {
    /// What is known of it.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u64 {
        self.facts["port"].as_u64().unwrap_or_default()
    }

    /// Runs statements in a database, and gives what they found, a line a row.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> Result<String> {
        let client = self.facts["client"].as_array().context("a client")?;
        let words: Vec<&str> = client.iter().filter_map(Value::as_str).collect();
        let mut command = Command::new(words.first().context("a program")?);
        command.args(&words[1..]).args(["--batch", "--skip-column-names", database]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        child.stdin.take().context("stdin")?.write_all(statements.as_bytes())?;
        let output = child.wait_with_output()?;
        ensure!(output.status.success(), "the client of the database has failed: {statements}");
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// A client of Kafka.
pub(crate) fn kafka_client(servers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    config
}

/// Makes topics of two partitions.
pub(crate) fn create_topics(servers: &str, names: &[&str]) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> = kafka_client(servers).create()?;
    let topics: Vec<NewTopic<'_>> =
        names.iter().map(|name| NewTopic::new(name, 2, TopicReplication::Fixed(1))).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for result in runtime.block_on(admin.create_topics(&topics, &AdminOptions::new()))? {
        result.map_err(|(topic, error)| anyhow::anyhow!("the topic {topic}: {error}"))?;
    }
    Ok(())
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
