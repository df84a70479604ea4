//! What the system tells the program while rules run: to end, or to read anew what it can.

use std::time::Duration;

use tokio::runtime::Builder;

use super::complain;

/// How long a run may take to end, in ms, unless something else is said.
pub(super) const STOP_WITHIN_MS: i64 = 30_000;

/// What a shell says of a program that a signal has ended: this and the number of the signal.
const EXIT_OF_SIGNAL: i32 = 128;

/// From now on calls `reload` on SIGHUP, and `stop` on a signal that ends programs, for the run to end within a bound; the program ends at once on a second one.
///
/// # Errors
/// The system does not hand over its signals, or has no thread.
pub(super) fn heed_signals(
    mut reload: impl FnMut() + Send + 'static,
    stop: impl FnOnce() + Send + 'static,
    within: Duration,
) -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    let thread = std::thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || {
        runtime.block_on(async {
            let first = loop {
                match signals.next().await {
                    HANGUP => reload(),
                    signal => break signal,
                }
            };
            complain(&format!(
                "{}: ending once what was read is processed, at most {} s from now; the next signal ends at once",
                first.name,
                within.as_secs_f64()
            ));
            stop();
            let next = tokio::time::timeout(within, async {
                loop {
                    match signals.next().await {
                        HANGUP => {}
                        signal => break signal,
                    }
                }
            });
            let next = next.await;
            let code = match next {
                Ok(second) => {
                    complain(&format!("{} again: ending at once", second.name));
                    EXIT_OF_SIGNAL + second.number
                }
                Err(_) => {
                    complain(
                        "the run has not ended in time (stop_within), perhaps since nobody takes its outputs: ending at \
                         once",
                    );
                    1
                }
            };
            std::process::exit(code);
        });
    })?;
    Ok(())
}

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Signal {
    name: &'static str,
    number: i32,
}

const INTERRUPT: Signal = Signal { name: "SIGINT", number: 2 };

#[cfg(unix)]
const TERMINATE: Signal = Signal { name: "SIGTERM", number: 15 };

const HANGUP: Signal = Signal { name: "SIGHUP", number: 1 };

/// The signals that are heeded.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPT,
            _ = self.terminate.recv() => TERMINATE,
            _ = self.hangup.recv() => HANGUP,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            // It never comes then.
            std::future::pending::<()>().await;
        }
        INTERRUPT
    }
}
