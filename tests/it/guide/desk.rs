//! A folder and a shell, to do what a page says.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use regex::{Captures, Regex};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::program::{program_path, text};
use crate::root;

/// How long anything may take that should take a second or so.
const DEADLINE: Duration = Duration::from_secs(60);

/// The folder in which the commands of a page run, with what was started there and goes on.
pub(super) struct Desk {
    folder: TempDir,
    running: Vec<Running>,
    deadline: Duration,
}

/// A process with all that it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        drop(Command::new("kill").args(["-KILL", "--", &group]).status());
        drop(self.0.wait());
    }
}

impl Desk {
    /// A folder with the rules that ship.
    /// Where pages are written anew, what is waited for cannot be known, and a few seconds must do.
    pub(super) fn new(update: bool) -> Self {
        let folder = TempDir::new().expect("a folder");
        symlink(root("rules").canonicalize().expect("the rules"), folder.path().join("rules"))
            .expect("a link to the rules");
        let deadline = if update { Duration::from_secs(4) } else { DEADLINE };
        Self { folder, running: Vec::new(), deadline }
    }

    pub(super) fn write(&self, name: &str, content: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(path, content).expect("the file can be written");
    }

    /// Runs statements on a file of SQLite.
    pub(super) fn sql(&self, file: &str, statements: &str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new();
        let options = options.filename(self.folder.path().join(file));
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut store = SqliteConnection::connect_with(&options).await.expect("the store");
            let done = sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut store);
            done.await.unwrap_or_else(|error| panic!("{statements}: {error}"));
        });
    }

    /// Starts a command that goes on.
    pub(super) fn start(&mut self, commands: &str) {
        let command = commands.strip_prefix("$ ").expect("a command");
        let mut shell = self.shell(command);
        let child = shell.process_group(0).stdout(Stdio::null()).spawn().expect("a shell");
        self.running.push(Running(child));
    }

    /// Runs the commands of a block, and compares what they say.
    ///
    /// # Errors
    /// The block as it should be.
    pub(super) fn follow(&mut self, commands: &str, wait: bool) -> Result<(), String> {
        let mut right = true;
        let mut anew = String::new();
        for (command, expected) in steps(commands) {
            let expected = expected.trim_end();
            let started = Instant::now();
            let said = loop {
                let said = canonical(&self.run(command.strip_prefix("$ ").unwrap_or(&command)).1);
                if !wait || shows(expected, &said) || started.elapsed() > self.deadline {
                    break said;
                }
                std::thread::sleep(Duration::from_millis(50));
            };
            let shown = shows(expected, &said);
            right &= shown;
            let said = if shown { expected } else { &said };
            anew += &command;
            anew += "\n";
            if !said.is_empty() {
                anew += said;
                anew += "\n";
            }
        }
        if right { Ok(()) } else { Err(anew) }
    }

    /// Runs a command to its end: whether it went well, and what it said.
    pub(super) fn run(&self, command: &str) -> (bool, String) {
        let output = self.shell(command).output().expect("a shell");
        (output.status.success(), text(&output.stdout))
    }

    /// A shell that says all on its standard output.
    fn shell(&self, command: &str) -> Command {
        let program = program_path().parent().expect("a folder").to_path_buf();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(program).chain(std::env::split_paths(&others));
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("exec 2>&1\n{command}"))
            .current_dir(self.folder.path())
            .env("PATH", std::env::join_paths(folders).expect("a path"))
            .env("NO_COLOR", "1")
            .env_remove("TRIPLINE_STORE_PASSWORD")
            .stdin(Stdio::null());
        shell
    }
}

/// Commands, each with what should come of it.
fn steps(commands: &str) -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    let mut goes_on = false;
    for line in commands.lines() {
        if line.starts_with("$ ") {
            steps.push((line.to_owned(), String::new()));
        } else {
            let (command, expected) = steps.last_mut().expect("a block begins with a command");
            let into = if goes_on { command } else { expected };
            if goes_on {
                into.push('\n');
            }
            into.push_str(line);
            if !goes_on {
                into.push('\n');
            }
        }
        goes_on = line.ends_with('\\') && (goes_on || line.starts_with("$ "));
    }
    steps
}

/// Without what differs from run to run: the moment it ran, and how fast.
fn canonical(said: &str) -> String {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").expect("a pattern");
    let said = time.replace_all(said, |found: &Captures<'_>| {
        // The day of the events.
        let time = &found[0];
        if time.starts_with("2025-11-1") { time } else { "2025-11-12T09:00:00.000Z" }.to_owned()
    });
    let speed = Regex::new(r"in [0-9.]+ s \([0-9]+ events/s\)").expect("a pattern");
    let said = speed.replace_all(&said, "in 0.00 s (60000 events/s)");
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// Whether `expected`, in which a line `…` stands for any lines, is what was said.
fn shows(expected: &str, said: &str) -> bool {
    fn from(expected: &[&str], said: &[&str]) -> bool {
        match expected.split_first() {
            None => said.is_empty(),
            Some((&"…", rest)) => (0..=said.len()).any(|skip| from(rest, &said[skip..])),
            Some((line, rest)) => said.first() == Some(line) && from(rest, &said[1..]),
        }
    }
    let expected: Vec<&str> = expected.lines().collect();
    let said: Vec<&str> = said.lines().collect();
    from(&expected, &said)
}
