//! Servers for tests: those of `scripts/services`, started when the first test asks for them.
//!
//! A server that cannot be had fails the test; nothing is skipped.
//! They stop when this process is gone.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::root;

/// A running server.
pub(crate) struct Server {
    /// As `scripts/services` calls it.
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: String,
    /// The plain client of a database with all it needs to log in.
    pub(crate) client: Vec<String>,
    /// All that the script said of it.
    facts: Value,
    dir: PathBuf,
    /// A server of one test goes with the test.
    is_own: bool,
}

/// The MariaDB server that all tests share.
pub(crate) fn mariadb() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("mariadb", false))
}

/// The MySQL server that all tests share.
pub(crate) fn mysql() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("mysql", false))
}

impl Server {
    /// A server for one test, which may stop it.
    pub(crate) fn start_own(name: &'static str) -> Self {
        Self::start(name, true)
    }

    fn start(name: &'static str, is_own: bool) -> Self {
        let watch = std::process::id().to_string();
        let facts = services(&["start", "--watch", &watch, name]);
        let facts: Value = serde_json::from_str(&facts).expect("facts");
        let text = |name: &str| facts[name].as_str().expect("a text").to_owned();
        let words = facts["client"].as_array().into_iter().flatten();
        // The folder of the server is below the folder of all servers of this start.
        let dir = Path::new(&text("dir")).parent().expect("a folder").to_owned();
        Self {
            name,
            port: facts["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port"),
            user: text("user"),
            password: text("password"),
            client: words.map(|word| word.as_str().expect("a word").to_owned()).collect(),
            facts,
            dir,
            is_own,
        }
    }

    /// What the script said of it, by name.
    pub(crate) fn fact(&self, name: &str) -> &Value {
        &self.facts[name]
    }

    /// The URL of a database, with the password.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_as(&self.user, &self.password, database)
    }

    /// The URL of a database for another user.
    pub(crate) fn url_as(&self, user: &str, password: &str, database: &str) -> String {
        format!("mysql://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// A new, empty database.
    pub(crate) fn fresh_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.sql("", &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
        name
    }

    /// Runs statements in the plain client, as a person would; gives its output, columns by tabs, without names.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        let (program, arguments) = self.client.split_first().expect("a program");
        let mut command = Command::new(program);
        command.args(arguments).args(["--batch", "--skip-column-names", database]);
        let mut client = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the client starts");
        // A client that fails reads no more, and says why.
        let _unread = client.stdin.take().expect("stdin").write_all(statements.as_bytes());
        let output = client.wait_with_output().expect("the client ends");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statements}: {errors}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Ends the server at once, as a power cut would.
    pub(crate) fn kill(&self) {
        services(&["kill", "--dir", self.dir(), self.name]);
    }

    /// Starts the server again, on the same port and with the same data.
    pub(crate) fn restart(&self) {
        services(&["restart", "--dir", self.dir(), self.name]);
    }

    /// Lets the server hang: its connections stay, and nothing answers until [`Server::thaw`].
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets the server go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.dir.join(self.name).join("pid")).expect("it runs");
        let status = Command::new("kill").args([signal, pid.trim()]).status().expect("kill runs");
        assert!(status.success(), "kill {signal} {pid}");
    }

    fn dir(&self) -> &str {
        self.dir.to_str().expect("UTF-8")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_own {
            services(&["stop", "--dir", self.dir()]);
        }
    }
}

/// What the script prints; if it fails, its message fails the test.
fn services(arguments: &[&str]) -> String {
    let output = Command::new(root("scripts/services"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("scripts/services runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/services {}: {errors}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("UTF-8")
}
