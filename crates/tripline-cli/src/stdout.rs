//! Stdout, which may be closed before all is said.

use std::io::{BufWriter, ErrorKind, StdoutLock, Write};

use crate::exit::Exit;

/// Stdout of a command that goes on to its end, and exit code, when nobody reads any more.
pub(crate) struct Stdout {
    out: BufWriter<StdoutLock<'static>>,
    failure: Option<std::io::Error>,
}

impl Stdout {
    /// Takes stdout.
    pub(crate) fn lock() -> Self {
        Self { out: BufWriter::new(std::io::stdout().lock()), failure: None }
    }

    /// Writes, unless writing has failed before.
    pub(crate) fn print(
        &mut self,
        write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> std::io::Result<()>,
    ) {
        if self.failure.is_none() {
            self.failure = write(&mut self.out).err();
        }
    }

    /// Ends with `exit`, or with a complaint if not all could be written; that a reader went away is none.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        self.print(Write::flush);
        // What is still in the buffer would be tried again, and fail again.
        let (_, _) = self.out.into_parts();
        match self.failure {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                crate::command::complain(&format!("cannot write to stdout: {error}"));
                exit.or(Exit::Failure)
            }
            _ => exit,
        }
    }
}
