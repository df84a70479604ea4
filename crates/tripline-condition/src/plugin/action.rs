//! Actions in Rust: what is given out for an output, by the name that rules give as their `function`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::Faults;
use super::guard::{Stopwatch, contain};

/// What an action gives out for an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing.
    Nothing,
    /// The whole output, as without an action.
    Whole,
    /// The text that was appended.
    Text,
}

/// Makes what is given out for the outputs of the rules that name it.
///
/// It is called between the engine and the sinks, in the thread of a shard: it must not wait for anything, and say the
/// same of the same output, since an output may come again after a restart.
pub trait ActionPlugin: fmt::Debug + Send + Sync + 'static {
    /// Says what is given out for `output`, a JSON object (`schemas/output.schema.json`), and appends it to `payload` if it
    /// is a text.
    fn give(&self, output: &str, payload: &mut String) -> Payload;
}

/// An action of a program, whose faults are counted.
///
/// A panic makes it give out the whole output, so that nothing is lost.
#[derive(Clone, Debug)]
pub struct GuardedAction {
    plugin: Arc<dyn ActionPlugin>,
    faults: Arc<Faults>,
    stopwatch: Stopwatch,
}

impl GuardedAction {
    pub(super) fn new(name: &str, plugin: Arc<dyn ActionPlugin>, stopwatch: Stopwatch) -> Self {
        let faults = Arc::new(Faults::new(name.into(), Arc::new(AtomicU64::new(0))));
        Self { plugin, faults, stopwatch }
    }

    /// As [`ActionPlugin::give`]; `payload` is as it was unless a text is given.
    pub fn give(&self, output: &str, payload: &mut String) -> Payload {
        let begin = payload.len();
        let now_ns = self.stopwatch.get();
        let since = now_ns.map(|now_ns| now_ns());
        let given = contain(|| self.plugin.give(output, payload)).unwrap_or_else(|said| {
            self.faults.panicked(said);
            Payload::Whole
        });
        if let (Some(now_ns), Some(since)) = (now_ns, since) {
            self.faults.took(now_ns().saturating_sub(since));
        }
        if given != Payload::Text {
            payload.truncate(begin);
        }
        given
    }

    /// What went wrong in it, for all rules that name it together.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Fickle;

    impl ActionPlugin for Fickle {
        fn give(&self, output: &str, payload: &mut String) -> Payload {
            payload.push_str("half");
            match output {
                "panic" => panic!("out of words"),
                "nothing" => Payload::Nothing,
                "whole" => Payload::Whole,
                _ => Payload::Text,
            }
        }
    }

    #[test]
    fn only_a_text_stays_and_a_panic_gives_out_the_whole() {
        let action = GuardedAction::new("fickle", Arc::new(Fickle), Stopwatch::default());
        let give = |output: &str| {
            let mut payload = String::from("before ");
            (action.give(output, &mut payload), payload)
        };
        assert_eq!(give("text"), (Payload::Text, "before half".to_owned()));
        for (output, given) in
            [("nothing", Payload::Nothing), ("whole", Payload::Whole), ("panic", Payload::Whole)]
        {
            assert_eq!(give(output), (given, "before ".to_owned()), "{output}");
        }
        let report = action.faults().report();
        assert_eq!((report.panics, report.first_panic.as_deref()), (1, Some("out of words")));
    }
}
