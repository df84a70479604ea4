//! From JSON to the types of a rule.
//!
//! Decoding goes on after a fault, so that one run finds all of them: a part that cannot be read becomes `None`, and
//! what stands beside it is read all the same.

mod aggregate;
mod condition;
mod decoder;
mod graph;
mod quantifier;
mod row;

use std::collections::BTreeSet;
use std::ops::Range;

use tripline_message::{Code, Severity, text};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::json::{JsonKind, JsonNode, JsonSyntaxError, JsonSyntaxErrorKind, parse};
use crate::pointer::{Pointer, Step};
use crate::source::SourceMap;
use crate::spec::RuleDocument;
use crate::suggest::shown;
use decoder::Decoder;

/// What reading the text of a rule gave.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The rule as written; `None` if there is an error.
    pub document: Option<RuleDocument>,
    /// Everything that was found, located and in the order of the text.
    pub diagnostics: Diagnostics,
    /// The text, to locate what later stages find.
    pub source: SourceMap,
}

/// Reads the text of a rule: a row if it has `pattern`, else a bare pattern graph.
///
/// `pattern` is an object, or a string with the JSON of the pattern, as exports of a rule table have it.
/// Everything that is wrong with the JSON, the keys and the types of values is reported at once; what the graph means is
/// not looked at.
///
/// # Cost
/// Grows with the length of the text, which is bounded, as are nesting and the number of diagnostics.
#[must_use]
pub fn parse_rule(text: &str) -> Parsed {
    let mut diagnostics = Diagnostics::new();
    let source = read(text, &mut diagnostics);
    let mut decoder = Decoder { diagnostics };
    let document = source.root().and_then(|root| decoder.document(root, source.pattern_root()));
    let mut diagnostics = decoder.diagnostics;
    diagnostics.locate(&source);
    let document = document.filter(|_| diagnostics.is_valid());
    Parsed { document, diagnostics, source }
}

/// Parses the JSON, and the JSON inside `pattern` if that is a string.
fn read(text: &str, diagnostics: &mut Diagnostics) -> SourceMap {
    let root = match parse(text) {
        Ok(root) => root,
        Err(error) => {
            let kept = if error.kind == JsonSyntaxErrorKind::TooLarge { "" } else { text };
            diagnostics.push(syntax_diagnostic(text, &error, &Pointer::root()));
            return SourceMap::new(kept, None);
        }
    };
    let at_pattern = Pointer::root().key("pattern");
    let string = root.get("pattern").and_then(|node| match &node.kind {
        JsonKind::String(inner) => Some((inner.as_str(), node.span.clone())),
        _ => None,
    });
    let pattern = string.and_then(|(inner, span)| match parse(inner) {
        Ok(node) => Some((SourceMap::new(inner, Some(node)), span)),
        Err(error) => {
            let mut diagnostic = syntax_diagnostic(inner, &error, &at_pattern);
            diagnostic.span = None;
            diagnostics.push(diagnostic.inside(error.offset..error.offset + 1));
            None
        }
    });
    let mut source = SourceMap::new(text, Some(root));
    if let Some((pattern, span)) = pattern {
        source = source.with_pattern(pattern, &span);
    }
    if let Some(root) = source.root() {
        report_duplicates(root, &Pointer::root(), diagnostics, &|span| span);
    }
    if let Some(root) = source.pattern_root() {
        report_duplicates(root, &at_pattern, diagnostics, &|span| source.pattern_span(&span));
    }
    source
}

/// Says why `text` is not JSON; the place is one of `text`.
pub(crate) fn syntax_diagnostic(
    text: &str,
    error: &JsonSyntaxError,
    pointer: &Pointer,
) -> Diagnostic {
    let at = error.offset..error.offset;
    if is_cut_off(text, error) {
        let message = text!(
            "the text ends in the middle of the JSON, after exactly {length} characters: it was cut off",
            length = VENDORS_LENGTH
        );
        return Diagnostic::new(Code::PatternCutOff, pointer, message)
            .with_hint(text!("make the column `pattern` larger than VARCHAR(4096), say MEDIUMTEXT, and write the rule again"))
            .at_span(at);
    }
    let (code, hint) = match error.kind {
        JsonSyntaxErrorKind::Syntax => (Code::InvalidJson, None),
        JsonSyntaxErrorKind::TooLarge => {
            (Code::TextTooLarge, Some(text!("split the rule into several")))
        }
        JsonSyntaxErrorKind::TooDeep => {
            let hint = text!("use fewer groups inside groups, or simpler conditions");
            (Code::NestedTooDeep, Some(hint))
        }
    };
    Diagnostic::new(code, pointer, error.message.clone()).with_hint(hint).at_span(at)
}

/// The length of the column `pattern` in tables that others made.
const VENDORS_LENGTH: usize = 4_096;

/// Whether a text looks like the beginning of one that did not fit into a column of the usual length.
fn is_cut_off(text: &str, error: &JsonSyntaxError) -> bool {
    // Exports end the last line.
    let bare = text.trim_end_matches(['\r', '\n']);
    let full = |text: &str| {
        text.len() == VENDORS_LENGTH
            || (text.len() > VENDORS_LENGTH && text.chars().count() == VENDORS_LENGTH)
    };
    if error.kind != JsonSyntaxErrorKind::Syntax || !(full(text) || full(bare)) {
        return false;
    }
    // A word or an escape is faulty from its beginning, however much of it is there.
    let rest = bare.get(error.offset..).unwrap_or_default();
    ["true", "false", "null"].iter().any(|word| word.starts_with(rest) && *word != rest)
        || rest == "\\"
        || (rest.starts_with("\\u") && rest.len() < "\\uXXXX\\uXXXX".len() && !rest.contains('"'))
}

/// Reports each key that stands in an object for the second time; `place` tells where its bytes are in the text.
fn report_duplicates(
    root: &JsonNode,
    pointer: &Pointer,
    diagnostics: &mut Diagnostics,
    place: &dyn Fn(Range<usize>) -> Range<usize>,
) {
    let mut report = |path: &[Step<'_>], name_span: &Range<usize>| {
        let at = path.iter().fold(pointer.clone(), |at, step| at.step(step));
        let Some(Step::Key(name)) = path.last() else {
            return true;
        };
        let message = text!("the key `{key}` stands twice in this object", key = shown(name));
        diagnostics.push(
            Diagnostic::new(Code::DuplicateKey, &at, message)
                .with_hint(text!("remove one of the two"))
                .at_span(place(name_span.clone())),
        );
        !diagnostics.is_full_for(Severity::Error)
    };
    each_duplicate(root, &mut Vec::new(), &mut report);
}

/// Tells `report` the way to each key that stands in an object for the second time, until that answers `false`.
///
/// The way is only written down for a fault: a pointer for each value could be as long as the text.
fn each_duplicate<'a>(
    node: &'a JsonNode,
    path: &mut Vec<Step<'a>>,
    report: &mut impl FnMut(&[Step<'a>], &Range<usize>) -> bool,
) -> bool {
    let mut seen = BTreeSet::new();
    match &node.kind {
        JsonKind::Array(elements) => elements.iter().enumerate().all(|(index, element)| {
            path.push(Step::Index(index));
            let go_on = each_duplicate(element, path, report);
            path.pop();
            go_on
        }),
        JsonKind::Object(members) => members.iter().all(|member| {
            path.push(Step::Key(&member.name));
            let go_on = (seen.insert(member.name.as_str()) || report(path, &member.name_span))
                && each_duplicate(&member.value, path, report);
            path.pop();
            go_on
        }),
        _ => true,
    }
}
