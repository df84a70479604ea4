//! A progress bar on a terminal, and nothing anywhere else.

use std::fs::File;
use std::io::Read;

use indicatif::{ProgressBar, ProgressStyle};
use tripline_connectors::{ConnectorError, Format, Input, RecordReader, open_file, read_records};

use crate::command::complain;

/// Shows how much of a file has been read.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar for a file, if there is a terminal to show it on.
    pub(crate) fn new(input: &Input, terminal: bool) -> Self {
        let Input::File(path) = input else { return Self { bar: None } };
        let length = path.metadata().map(|metadata| metadata.len()).unwrap_or(0);
        if !terminal || length == 0 {
            return Self { bar: None };
        }
        let bar = ProgressBar::new(length);
        let style = ProgressStyle::with_template(
            "{bar:30} {bytes}/{total_bytes}  {msg}  {elapsed} (about {eta} left)",
        );
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { bar: Some(bar) }
    }

    /// No bar.
    pub(crate) const fn none() -> Self {
        Self { bar: None }
    }

    /// Opens the input, counting what is read of it.
    pub(crate) fn open(
        &self,
        input: &Input,
        format: &Format,
    ) -> Result<Box<dyn RecordReader>, ConnectorError> {
        match (input, &self.bar) {
            (Input::File(path), Some(bar)) => match File::open(path) {
                Ok(file) => {
                    let counted = Counted { file, bar: bar.clone() };
                    Ok(read_records(Box::new(counted), &path.display().to_string(), format))
                }
                Err(_) => open_file(path, format),
            },
            _ => input.open(format),
        }
    }

    /// Shows how many events have been processed.
    pub(crate) fn events(&self, events: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{events} events"));
        }
    }

    /// Says something on stderr without spoiling the bar.
    pub(crate) fn say(&self, message: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| complain(message)),
            None => complain(message),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

struct Counted {
    file: File,
    bar: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bar.inc(read as u64);
        Ok(read)
    }
}
