//! A case, mutated: never a panic or a hang; a snapshot and a swap between two events change nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tripline::Registry;
use tripline::case::{Case, Mode, run_case};

fuzz_target!(|text: &str| {
    let Ok(case) = Case::parse(text) else { return };
    if case.events.len() > 64 {
        return;
    }
    let registry = Registry::with_builtins();
    let Ok(plain) = run_case(&case, Mode::Plain, &registry) else { return };
    for mode in [Mode::Snapshot, Mode::Swap] {
        let other = run_case(&case, mode, &registry).expect("ran before");
        assert_eq!(plain, other, "{mode:?}");
    }
});
