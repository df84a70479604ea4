//! Each message is read once, though the broker brings it again.

use std::collections::BTreeMap;
use std::fs;

use super::{Rabbit, click, counts, start, total};
use crate::connectors::{Folder, await_that};
use crate::proxy::Proxy;

impl Rabbit {
    /// Sends clicks with these numbers; every fourth twice, the same to the letter.
    fn clicks(&self, queue: &str, numbers: std::ops::Range<u64>, with_id: bool) {
        for number in numbers {
            let id = with_id.then(|| format!("click-{number}"));
            for _ in 0..times(number) {
                self.send(queue, &click(number), id.as_deref());
            }
        }
    }
}

/// How often a click is sent.
const fn times(number: u64) -> u32 {
    if number % 4 == 3 { 2 } else { 1 }
}

fn await_total(folder: &Folder, most: u64) {
    let expected: u32 = (0..most).map(times).sum();
    await_that(&format!("{expected} clicks"), || total(folder) >= expected);
    let expected: BTreeMap<u64, u32> = (0..most).map(|number| (number, times(number))).collect();
    assert_eq!(counts(folder), expected);
}

/// Whenever it is killed: before a checkpoint, while one is made, and between one and its acknowledgement.
#[test]
fn each_message_is_read_once_though_it_comes_again() {
    let rabbit = Rabbit::start();
    for (queue, interval) in [("journal", "1h"), ("checkpoints", "100ms")] {
        rabbit.declare(queue, &[]);
        let folder = rabbit.to_file(rabbit.server.port, queue, interval, "");
        let mut sent = 0;
        for kill in 0..6 {
            let run = start(&folder);
            rabbit.clicks(queue, sent..sent + 8, false);
            sent += 8;
            if kill % 3 != 0 {
                await_total(&folder, sent);
            }
            run.kill();
        }
        let run = start(&folder);
        rabbit.clicks(queue, sent..sent + 4, false);
        sent += 4;
        await_total(&folder, sent);
        run.stop();
        assert_eq!(rabbit.waiting(queue), 0);
        rabbit.clicks(queue, sent..sent + 4, false);
        let run = start(&folder);
        await_total(&folder, sent + 4);
        run.kill();
    }
    // Several checkpoints are written of which the broker never hears, and then it is killed.
    rabbit.declare("unheard", &[]);
    let proxy = Proxy::start(rabbit.server.port);
    let more = "keep=1\n[sources.other]\ntype='file'\npath='DIR/other'\nfollow=true\n";
    let folder = rabbit.to_file(proxy.port, "unheard", "1s", more);
    // It is so far ahead that it waits for the clicks, which do not wait for it.
    let ahead = format!("{}\n", click(1_000_000));
    folder.write("other", &ahead);
    let run = start(&folder);
    rabbit.clicks("unheard", 0..8, false);
    await_total(&folder, 8);
    proxy.stall();
    let last = || {
        let files = fs::read_dir(folder.path("kept")).expect("the folder");
        let names = files.map(|file| file.expect("a file").file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name.starts_with("checkpoint-")).max()
    };
    let another_checkpoint = || {
        let before = last();
        // There is none while nothing happens.
        folder.append("other", &ahead);
        await_that("a checkpoint", || last() > before);
    };
    (0..3).for_each(|_| another_checkpoint());
    run.kill();
    proxy.mend();
    let run = start(&folder);
    rabbit.clicks("unheard", 8..12, false);
    await_total(&folder, 12);
    // The broker crashes right behind an acknowledgement, but the messages of now have ids.
    rabbit.clicks("unheard", 12..40, true);
    await_total(&folder, 40);
    // The second one is behind the acknowledgement of the first.
    (0..2).for_each(|_| another_checkpoint());
    rabbit.server.kill();
    rabbit.server.restart();
    rabbit.clicks("unheard", 40..44, true);
    await_total(&folder, 44);
    run.stop();
}

/// One that has the text of a message that was done long ago, and was on its way when Tripline was killed, is another one.
#[test]
fn a_message_is_not_taken_for_one_that_was_done() {
    let rabbit = Rabbit::start();
    rabbit.declare("clicks", &[]);
    let folder = rabbit.to_file(rabbit.server.port, "clicks", "1h", "");
    let send =
        |number| rabbit.send("clicks", &format!("{{\"tx\":1,\"n\":{number},\"ts\":5}}"), None);
    let await_counts = |expected: [u32; 2]| {
        let expected: BTreeMap<u64, u32> =
            (0..).zip(expected).filter(|(_, count)| *count > 0).collect();
        await_that(&format!("{expected:?}"), || counts(&folder) == expected);
    };
    let run = start(&folder);
    send(0);
    await_counts([1, 0]);
    // Its last checkpoint is made before the broker is told.
    run.stop();
    let run = start(&folder);
    send(1);
    await_counts([1, 1]);
    run.freeze();
    send(0);
    await_that("it is on its way", || rabbit.waiting("clicks") == 0);
    run.kill();
    let run = start(&folder);
    await_counts([2, 1]);
    run.stop();
}
