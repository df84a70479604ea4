//! The program is killed again and again, and goes on: nothing is missing, and nothing is there twice.
//!
//! By default a hundred thousand clicks and a dozen kills. More of both:
//!
//! ```text
//! cargo xtask clickstream --events 2000000 --out /tmp/clicks.jsonl
//! TRIPLINE_KILL_EVENTS=/tmp/clicks.jsonl TRIPLINE_KILLS=100 cargo test --release -p tripline-tests kill -- --nocapture
//! ```

#![expect(clippy::disallowed_methods, reason = "waits for other processes, up to a deadline")]
#![expect(clippy::print_stdout, reason = "the seed, and what came of it, with --nocapture")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tripline_testkit::corpus;

use crate::program::program_path;
use crate::root;

/// When a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// At any time.
    Running,
    /// While a checkpoint is written.
    Checkpoint,
    /// While a rule changes.
    Swap,
    /// After it was told to end.
    Shutdown,
}

const MOMENTS: [Moment; 4] = [Moment::Running, Moment::Checkpoint, Moment::Swap, Moment::Shutdown];

/// How long anything may take that should take little.
const PATIENCE: Duration = Duration::from_secs(600);

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) % limit
    }

    fn micros(&mut self, most: u64) -> Duration {
        Duration::from_micros(self.below(most))
    }
}

struct Stage {
    folder: tempfile::TempDir,
    events: PathBuf,
}

impl Stage {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A rule that finds nothing, in some version: a change of the set that changes no output.
    fn change_rule(&self, version: u64) {
        let text = format!(
            r#"{{"id":"beside","version":{version},"pattern":{{"name":"beside","nodes":[
              {{"name":"a","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"price < -{version}"}}}}],"edges":[]}}}}"#
        );
        // As an editor does that does not leave half a file.
        fs::write(self.path("beside.new"), text).unwrap();
        fs::rename(self.path("beside.new"), self.path("rules/beside.json")).unwrap();
    }

    fn start(&self, shards: u64, out: &str) -> Child {
        let mut command = Command::new(program_path());
        command
            .args(["run", "--poll-interval", "10ms", "--key", "userId", "--summary", "none"])
            .args(["--checkpoint-interval", "40ms", "--shards", &shards.to_string(), "--store"])
            .arg(format!("dir:{}", self.path("rules").display()))
            .arg("--events")
            .arg(&self.events)
            .arg("--out")
            .arg(self.path(out))
            .arg("--checkpoint")
            .arg(self.path(&format!("{out}.checkpoints")))
            .env("LC_ALL", "C")
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("stderr")).unwrap());
        command.spawn().unwrap()
    }

    fn said(&self) -> String {
        fs::read_to_string(self.path("stderr")).unwrap_or_default()
    }

    fn wait(&self, child: &mut Child) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not end: {}", self.said());
            sleep(Duration::from_millis(5));
        }
    }

    /// Whether a checkpoint is being written.
    fn is_writing(&self, out: &str) -> bool {
        let entries = fs::read_dir(self.path(&format!("{out}.checkpoints")));
        entries
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|extension| extension == "new"))
    }

    /// Waits for the moment to kill a process; false if it has ended before.
    fn await_moment(&self, moment: Moment, random: &mut Random, child: &mut Child) -> bool {
        // So that it has begun, or is replaying, or is on its way.
        sleep(Duration::from_millis(20 + random.below(400)));
        match moment {
            Moment::Running => {}
            Moment::Checkpoint => {
                let until = Instant::now() + Duration::from_secs(5);
                while !self.is_writing("out") && Instant::now() < until {
                    if child.try_wait().unwrap().is_some() {
                        return false;
                    }
                    std::thread::yield_now();
                }
                sleep(random.micros(3_000));
            }
            Moment::Swap => {
                self.change_rule(random.below(1 << 30));
                sleep(random.micros(25_000));
            }
            Moment::Shutdown => {
                let id = child.id().to_string();
                assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
                sleep(random.micros(30_000));
            }
        }
        child.try_wait().unwrap().is_none()
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'), "the last line is whole");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn what_is_killed_goes_on_as_if_it_had_not_been() {
    let kills: usize =
        std::env::var("TRIPLINE_KILLS").map_or(12, |kills| kills.parse().expect("a number"));
    let seed = std::env::var("TRIPLINE_KILL_SEED")
        .map_or_else(|_| u64::from(std::process::id()), |seed| seed.parse().expect("a number"));
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let events = match std::env::var_os("TRIPLINE_KILL_EVENTS") {
        Some(events) => PathBuf::from(events),
        None => {
            let path = folder.path().join("events.jsonl");
            fs::write(&path, corpus::read(&root("tests/due/events.jsonl.zst"))).unwrap();
            path
        }
    };
    let stage = Stage { folder, events };
    fs::create_dir(stage.path("rules")).unwrap();
    for rule in ["cross_sell", "abandoned_cart", "price_drop"] {
        let name = format!("{rule}.json");
        fs::copy(root(&format!("tests/due/{name}")), stage.path("rules").join(name)).unwrap();
    }
    stage.change_rule(1);
    let mut unbroken = stage.start(2, "unbroken");
    assert!(stage.wait(&mut unbroken).success(), "{}", stage.said());
    let expected = lines(&stage.path("unbroken"));
    assert!(expected.len() > 1000, "{} outputs", expected.len());

    let mut random = Random(seed);
    let mut killed: BTreeMap<Moment, usize> = BTreeMap::new();
    let mut ended = false;
    let mut lives = 0;
    while killed.values().sum::<usize>() < kills {
        let moment = MOMENTS[lives % MOMENTS.len()];
        lives += 1;
        if ended {
            // All events are through: from the beginning once more.
            assert_eq!(lines(&stage.path("out")), expected, "seed {seed}, {killed:?}");
            fs::remove_dir_all(stage.path("out.checkpoints")).unwrap();
        }
        let mut child = stage.start([1, 2, 3, 8][usize::try_from(random.below(4)).unwrap()], "out");
        if stage.await_moment(moment, &mut random, &mut child) {
            child.kill().unwrap();
        }
        let status = stage.wait(&mut child);
        ended = status.success() && stage.said().contains("came to the end");
        if status.code().is_none() {
            *killed.entry(moment).or_default() += 1;
        } else {
            assert!(status.success(), "seed {seed}, {moment:?}: {}", stage.said());
        }
        assert!(lives < 20 * kills, "too little is killed: {killed:?}");
    }
    println!("killed {killed:?} in {lives} lives");
    let mut last = stage.start(2, "out");
    assert!(stage.wait(&mut last).success(), "{}", stage.said());
    let found = lines(&stage.path("out"));
    let difference = found.iter().zip(&expected).find(|(a, b)| a != b);
    assert!(
        found == expected,
        "seed {seed}, {killed:?}: {} for {}, {difference:#?}",
        found.len(),
        expected.len()
    );
}
