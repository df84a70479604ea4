//! Diagnostics: what is wrong with a rule, and where.
//!
//! A stage raises a [`Diagnostic`] with a code and a JSON Pointer; [`Diagnostics::locate`] then works out line and column
//! from the text. All stages collect everything they find, so that one run shows an author all there is to mend.

use std::ops::Range;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use tripline_message::{Code, Lang, Severity, Text};

use crate::pointer::Pointer;
use crate::source::SourceMap;

/// The largest number of diagnostics that are kept of one rule.
pub const MAX_DIAGNOSTICS: usize = 1_000;

/// The largest size of kept pointers, messages and hints together, in bytes.
const MAX_DIAGNOSTICS_BYTES: usize = 1 << 20;

/// What of the value behind a pointer a diagnostic means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Anchor {
    /// The value.
    #[default]
    Value,
    /// The key in front of it.
    Key,
    /// A part of a string value: a range of bytes of the string as meant, without quotes and escapes.
    Inside(Range<usize>),
}

/// One thing that is wrong or doubtful.
///
/// As JSON: `{"code","severity","pointer","line","column","message","hint"}`, in English unless
/// [`Diagnostic::in_lang`] says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is about; also says whether it is an error.
    pub code: Code,
    /// A JSON Pointer into the rule, escaped; that of a missing key names the key.
    pub pointer: String,
    /// What of the value there is meant.
    pub anchor: Anchor,
    /// The bytes of the rule's text; `None` until located.
    pub span: Option<Range<usize>>,
    /// The line, from 1; 0 until located.
    pub line: u32,
    /// The column in characters, from 1; 0 until located.
    pub column: u32,
    /// What is wrong: lower case, no full stop.
    pub message: Text,
    /// What to do about it, if there is something to say.
    pub hint: Option<Text>,
}

impl Diagnostic {
    /// Raises `code` at `pointer`, without hint.
    #[must_use]
    pub fn new(code: Code, pointer: &Pointer, message: Text) -> Self {
        Self {
            code,
            pointer: pointer.as_str().to_owned(),
            anchor: Anchor::Value,
            span: None,
            line: 0,
            column: 0,
            message,
            hint: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Option<Text>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Means the key in front of the value.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.anchor = Anchor::Key;
        self
    }

    /// Means a part of a string value, in bytes of the string as meant.
    #[must_use]
    pub fn inside(mut self, range: Range<usize>) -> Self {
        self.anchor = Anchor::Inside(range);
        self
    }

    /// Means these bytes of the rule's text.
    #[must_use]
    pub(crate) fn at_span(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Whether it keeps the rule from running.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// To be written as JSON with message and hint in `lang`.
    #[must_use]
    pub const fn in_lang(&self, lang: Lang) -> InLang<'_, Self> {
        InLang { item: self, lang }
    }

    fn size(&self) -> usize {
        self.pointer.len() + self.message.size() + self.hint.as_ref().map_or(0, Text::size)
    }
}

impl Serialize for Diagnostic {
    /// In English.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.in_lang(Lang::En).serialize(serializer)
    }
}

/// Something to be written as JSON in a language.
#[derive(Debug, Clone, Copy)]
pub struct InLang<'a, T> {
    item: &'a T,
    lang: Lang,
}

impl Serialize for InLang<'_, Diagnostic> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { item, lang } = *self;
        let hint = item.hint.as_ref().map(|hint| hint.render(lang));
        let mut fields = serializer.serialize_struct("Diagnostic", 7)?;
        fields.serialize_field("code", &item.code)?;
        fields.serialize_field("severity", &item.severity())?;
        fields.serialize_field("pointer", &item.pointer)?;
        fields.serialize_field("line", &item.line)?;
        fields.serialize_field("column", &item.column)?;
        fields.serialize_field("message", &item.message.render(lang))?;
        fields.serialize_field("hint", &hint.unwrap_or_default())?;
        fields.end()
    }
}

impl Serialize for InLang<'_, Diagnostics> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.item.iter().map(|item| item.in_lang(self.lang)))
    }
}

/// All diagnostics of one rule.
///
/// As JSON an array, in English unless [`Diagnostics::in_lang`] says otherwise.
///
/// # Shape
/// In the order of raising, after [`Diagnostics::locate`] in the order of the text.
/// No more than [`MAX_DIAGNOSTICS`] are kept; the rest is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    bytes: usize,
    omitted: usize,
    omitted_errors: usize,
}

impl Diagnostics {
    /// Begins without any.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one, or only counts it if there are too many.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full_for(diagnostic.severity()) {
            self.bytes += diagnostic.size();
            self.items.push(diagnostic);
            return;
        }
        self.omitted += 1;
        if diagnostic.severity() == Severity::Error {
            self.omitted_errors += 1;
        }
    }

    /// Whether a further one would only be counted: a stage may then stop looking for more of that severity.
    ///
    /// Warnings may fill only half of the room, so that they never push out an error.
    #[must_use]
    pub fn is_full_for(&self, severity: Severity) -> bool {
        let share = match severity {
            Severity::Error => 1,
            Severity::Warning => 2,
        };
        self.items.len() >= MAX_DIAGNOSTICS / share || self.bytes >= MAX_DIAGNOSTICS_BYTES / share
    }

    /// Whether the rule can run: there is no error.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.omitted_errors == 0 && self.errors().next().is_none()
    }

    /// The errors that were kept.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter().filter(|item| item.severity() == Severity::Error)
    }

    /// The warnings that were kept.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.items.iter().filter(|item| item.severity() == Severity::Warning)
    }

    /// All that were kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.items.iter()
    }

    /// The number of those that were kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing was found at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number of those that were found but not kept.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Keeps only those for which `keep` holds; those that were not kept before stay counted.
    pub fn retain(&mut self, keep: impl Fn(&Diagnostic) -> bool) {
        self.items.retain(keep);
        self.bytes = self.items.iter().map(Diagnostic::size).sum();
    }

    /// Changes what was kept, but for its number.
    pub(crate) fn each_mut(&mut self, change: impl FnMut(&mut Diagnostic)) {
        self.items.iter_mut().for_each(change);
    }

    /// To be written as JSON with messages and hints in `lang`.
    #[must_use]
    pub const fn in_lang(&self, lang: Lang) -> InLang<'_, Self> {
        InLang { item: self, lang }
    }

    /// Fills in span, line and column of all, and brings them into the order of the text.
    ///
    /// Those that have a span already keep it.
    pub fn locate(&mut self, source: &SourceMap) {
        for item in &mut self.items {
            let span = item.span.take().unwrap_or_else(|| source.span(&item.pointer, &item.anchor));
            (item.line, item.column) = source.line_column(span.start);
            item.span = Some(span);
        }
        self.items.sort_by_key(|item| item.span.as_ref().map(|span| span.start));
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, items: I) {
        for item in items {
            self.push(item);
        }
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl Serialize for Diagnostics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.in_lang(Lang::En).serialize(serializer)
    }
}
