//! The program `tripline`, run from outside.
//!
//! The binary is no dependency of this package, and `CARGO_BIN_EXE_…` works within a package only.
//! So the first test that needs it has cargo build it, with the profile and in the target folder of the tests
//! themselves: what cargo has built for the tests is there already, and it is never older than the sources.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// A run of the program to come.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    stdin: Vec<u8>,
}

impl Program {
    /// The program with its first argument.
    pub(crate) fn new(command: impl AsRef<OsStr>) -> Self {
        Self::at(program_path(), command)
    }

    /// The example with a condition of its own, with its first argument.
    pub(crate) fn example(command: impl AsRef<OsStr>) -> Self {
        Self::at(example_path(), command)
    }

    /// The example with an action of its own, with its first argument.
    pub(crate) fn action_example(command: impl AsRef<OsStr>) -> Self {
        Self::at(action_example_path(), command)
    }

    fn at(path: &Path, command: impl AsRef<OsStr>) -> Self {
        let mut program = Command::new(path);
        program.arg(command.as_ref()).env("NO_COLOR", "1").env("LC_ALL", "C");
        Self { command: program, stdin: Vec::new() }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg.as_ref());
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Runs it in another folder.
    pub(crate) fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value.as_ref());
        self
    }

    /// What it can read from its standard input.
    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = bytes.to_vec();
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Done {
        let stdin = self.stdin.clone();
        let mut child = self.spawn();
        let mut input = child.stdin.take().expect("a pipe");
        std::thread::scope(|scope| {
            // The program may end without reading all of it.
            scope.spawn(move || drop(input.write_all(&stdin)));
            let output = child.wait_with_output().expect("the program ends");
            Done {
                code: output.status.code().expect("the program ends by itself"),
                stdout: output.stdout,
                stderr: output.stderr,
            }
        })
    }

    /// Starts it, with pipes at all ends.
    pub(crate) fn spawn(mut self) -> Child {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }
}

/// Bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where the program is, built if need be.
pub(crate) fn program_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| build(&["--package", "tripline-cli", "--bin"], "tripline"))
}

/// Where the example of `docs/plugins.md` is, built if need be.
fn example_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| build(&["--package", "tripline", "--example"], "custom_condition"))
}

/// Where the example of `docs/actions.md` is, built if need be.
fn action_example_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| build(&["--package", "tripline", "--example"], "custom_action"))
}

/// Builds what `of` and `name` tell cargo to.
fn build(of: &[&str], name: &str) -> PathBuf {
    // target/PROFILE/deps/it-HASH
    let own = std::env::current_exe().expect("the path of the test");
    let folder = own.ancestors().nth(2).expect("the folder of the profile");
    let profile = match folder.file_name().and_then(OsStr::to_str).expect("a profile") {
        // The folder `debug` serves the profiles `dev` and `test`; the crates of the tests are built with the latter.
        "debug" => "test",
        name => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    // What cargo tells of this package: the build scripts of some crates look at it, and would run again.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    let output = command
        .current_dir(crate::root("."))
        .args(["build", "--locked"])
        .args(of)
        .arg(name)
        // Named for their dependencies' features alone: with others, cargo would build half of those again.
        .args(["--package", "tripline-tests", "--test", "it"])
        .args(["--profile", profile, "--message-format", "json-render-diagnostics"])
        .arg("--target-dir")
        .arg(folder.parent().expect("the target folder"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo cannot build the program");
    text(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("cargo names the program")
}
