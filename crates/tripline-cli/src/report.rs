//! Findings for people: the line, a caret under the place, what is wrong and what to do.
//!
//! The only place that knows miette.
//! Rules it keeps: of a line no more is shown than fits a screen, however long it is; what stands in a rule cannot steer
//! the terminal; the caret stands under its place, whatever the width of the characters before it.

mod excerpt;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{IsTerminal, Write};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use tripline::{Code, Diagnostic, Diagnostics, Severity, text};

use crate::lang::Lang;
use excerpt::Excerpt;

/// How wide a report is, in columns.
const WIDTH: usize = 100;
/// The most characters of a message or a hint that are shown.
const MAX_MESSAGE_CHARS: usize = 1_000;

/// What stdout is for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Colours and lines.
    Fancy,
    /// Plain characters, nothing wrapped: for files, pipes and `NO_COLOR`.
    Plain,
}

impl Look {
    /// What suits stdout.
    pub(crate) fn of_stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    /// What suits stderr.
    pub(crate) fn of_stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    fn of(terminal: bool) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if terminal && !no_color { Self::Fancy } else { Self::Plain }
    }

    fn handler(self) -> GraphicalReportHandler {
        let theme = match self {
            Self::Fancy => GraphicalTheme::unicode(),
            Self::Plain => GraphicalTheme::none(),
        };
        GraphicalReportHandler::new_themed(theme)
            .with_width(WIDTH)
            .with_wrap_lines(self == Self::Fancy)
            .with_links(false)
    }
}

/// Writes all findings about one text.
pub(crate) fn write_findings(
    out: &mut impl Write,
    name: &str,
    text: &str,
    diagnostics: &Diagnostics,
    lang: Lang,
    look: Look,
) -> std::io::Result<()> {
    for diagnostic in diagnostics {
        let finding = Finding::new(name, text, diagnostic, lang);
        let mut handler = look.handler();
        if let Some(hint) = &diagnostic.hint {
            let hint = limited(&hint.render(lang.into()));
            handler = handler.with_footer(format!("{}: {hint}", lang.help()));
        }
        let mut report = String::new();
        handler.render_report(&mut report, &finding).map_err(std::io::Error::other)?;
        writeln!(out, "{}\n", report.trim_end())?;
    }
    if diagnostics.omitted() > 0 {
        writeln!(out, "{}\n", lang.omitted(diagnostics.omitted()))?;
    }
    Ok(())
}

/// The finding about a text that is not UTF-8, wrong from the byte `offset` on.
pub(crate) fn not_utf8(text: &str, offset: usize) -> Diagnostics {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    let saturate = |number| u32::try_from(number).unwrap_or(u32::MAX);
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(Diagnostic {
        code: Code::InvalidJson,
        pointer: String::new(),
        anchor: tripline_spec::Anchor::Value,
        span: Some(offset..offset + 1),
        line: saturate(line),
        column: saturate(column),
        message: text!("the text is not UTF-8, which JSON has to be"),
        hint: Some(text!("save the file as UTF-8")),
    });
    diagnostics
}

/// A text that cannot steer a terminal: control characters and those that turn the direction of writing become `?`.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' | '\r' => ' ',
            c if excerpt::is_unsafe(c) => '?',
            c => c,
        })
        .collect()
}

fn limited(text: &str) -> String {
    let mut text = printable(text);
    if let Some((cut, _)) = text.char_indices().nth(MAX_MESSAGE_CHARS) {
        text.truncate(cut);
        text.push_str("...");
    }
    text
}

/// One finding as miette takes it.
#[derive(Debug)]
struct Finding {
    code: String,
    page: String,
    severity: Severity,
    message: String,
    source: Source,
}

impl Finding {
    fn new(name: &str, text: &str, diagnostic: &Diagnostic, lang: Lang) -> Self {
        let severity = diagnostic.severity();
        Self {
            code: format!("{}[{}]", lang.severity(severity), diagnostic.code),
            page: format!("docs/diagnostics/{}.md", diagnostic.code),
            severity,
            message: limited(&diagnostic.message.render(lang.into())),
            source: Source {
                name: printable(name),
                line: diagnostic.line,
                column: diagnostic.column,
                excerpt: Excerpt::new(text, diagnostic.span.clone().unwrap_or(0..0)),
            },
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Finding {}

impl miette::Diagnostic for Finding {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.page))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let mark = self.source.excerpt.mark();
        let label = LabeledSpan::new(None, mark.start, mark.len());
        Some(Box::new(std::iter::once(label)))
    }
}

/// The shown lines, which say where in the file they stand.
#[derive(Debug)]
struct Source {
    name: String,
    line: u32,
    column: u32,
    excerpt: Excerpt,
}

impl SourceCode for Source {
    /// Gives the whole excerpt, whatever is asked for.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let data = self.excerpt.text().as_bytes();
        let from_zero = |number: u32| usize::try_from(number).unwrap_or(0).saturating_sub(1);
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            data,
            (0, data.len()).into(),
            from_zero(self.line),
            from_zero(self.column),
            self.excerpt.text().lines().count(),
        )))
    }
}
