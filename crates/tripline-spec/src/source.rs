//! From JSON Pointers back to places in the text of a rule.

use std::ops::Range;

use crate::diagnostic::Anchor;
use crate::json::{JsonKind, JsonNode, LineIndex, SpellingMap};
use crate::pointer::steps;

/// A place in the text of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The bytes of the text.
    pub span: Range<usize>,
    /// The line of its first byte, from 1.
    pub line: u32,
    /// The column of its first byte in characters, from 1.
    pub column: u32,
}

/// The text of a rule, ready to be asked where a JSON Pointer leads.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    text: String,
    lines: LineIndex,
    root: Option<JsonNode>,
    /// The rule inside the string at [`SourceMap::PATTERN`], as exports of a rule table have it.
    pattern: Option<Box<EmbeddedRule>>,
}

/// A rule inside a string.
#[derive(Debug, Clone)]
struct EmbeddedRule {
    source: SourceMap,
    /// From the rule to the text around it.
    spelling: SpellingMap,
}

impl SourceMap {
    /// Where a row has its pattern.
    pub(crate) const PATTERN: &'static str = "/pattern";

    /// Keeps a text and, if it is JSON, its value.
    pub(crate) fn new(text: &str, root: Option<JsonNode>) -> Self {
        Self { text: text.to_owned(), lines: LineIndex::new(text), root, pattern: None }
    }

    /// Adds the text that the string at [`SourceMap::PATTERN`], whose bytes are `span`, holds.
    pub(crate) fn with_pattern(mut self, source: Self, span: &Range<usize>) -> Self {
        let spelling = SpellingMap::prepared(&self.text, span);
        self.pattern = Some(Box::new(EmbeddedRule { source, spelling }));
        self
    }

    /// The text of the rule; empty if it was too large to be read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value behind the text, if it is JSON.
    pub(crate) fn root(&self) -> Option<&JsonNode> {
        self.root.as_ref()
    }

    /// The value of the text inside the string at [`SourceMap::PATTERN`].
    pub(crate) fn pattern_root(&self) -> Option<&JsonNode> {
        self.pattern.as_ref().and_then(|pattern| pattern.source.root())
    }

    /// Finds the value that `pointer` leads to, or the part of it that the bytes `inside` of a string as meant are.
    ///
    /// A pointer that leads nowhere is followed as far as it goes: that of a missing key gives the object without it.
    #[must_use]
    pub fn locate(&self, pointer: &str, inside: Option<Range<usize>>) -> Location {
        let span = self.span(pointer, &inside.map_or(Anchor::Value, Anchor::Inside));
        let (line, column) = self.line_column(span.start);
        Location { span, line, column }
    }

    /// The line and the column of a byte of the text, both from 1, the column in characters.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (u32, u32) {
        self.lines.line_column(&self.text, offset)
    }

    /// The bytes of the text that spell the bytes `inner` of the string at [`SourceMap::PATTERN`].
    pub(crate) fn pattern_span(&self, inner: &Range<usize>) -> Range<usize> {
        match &self.pattern {
            Some(pattern) => pattern.spelling.range(&self.text, inner),
            None => 0..0,
        }
    }

    /// The bytes that a diagnostic at `pointer` means.
    pub(crate) fn span(&self, pointer: &str, anchor: &Anchor) -> Range<usize> {
        if let Some(pattern) = &self.pattern
            && let Some(rest) = pointer.strip_prefix(Self::PATTERN)
            && (rest.starts_with('/') || (rest.is_empty() && *anchor == Anchor::Value))
        {
            return self.pattern_span(&pattern.source.span(rest, anchor));
        }
        let Some(mut node) = self.root.as_ref() else {
            return 0..0;
        };
        let mut key = None;
        for step in steps(pointer) {
            let Some((next, name_span)) = child(node, &step) else {
                return node.span.clone();
            };
            node = next;
            key = name_span;
        }
        match (anchor, &node.kind, key) {
            (Anchor::Key, _, Some(key)) => key,
            (Anchor::Inside(inside), JsonKind::String(_), _) => {
                SpellingMap::unprepared(&node.span).range(&self.text, inside)
            }
            _ => node.span.clone(),
        }
    }
}

/// The value one step further in, and the bytes of its key if it has one.
fn child<'a>(node: &'a JsonNode, step: &str) -> Option<(&'a JsonNode, Option<Range<usize>>)> {
    match &node.kind {
        JsonKind::Object(_) => {
            node.member(step).map(|member| (&member.value, Some(member.name_span.clone())))
        }
        JsonKind::Array(elements) => step
            .parse::<usize>()
            .ok()
            .and_then(|index| elements.get(index))
            .map(|node| (node, None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
