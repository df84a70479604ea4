//! The grammar of RFC 8259.

use tripline_message::{Text, text};

use super::string::{Piece, next_piece};
use super::{
    JsonKind, JsonNode, JsonSyntaxError, JsonSyntaxErrorKind, MAX_DEPTH, MAX_TEXT_BYTES, Member,
};

/// Reads a text as one JSON value, strictly after RFC 8259; a byte order mark at its start is skipped.
///
/// # Errors
/// Fails at the first fault: the text is larger than [`MAX_TEXT_BYTES`], nested deeper than [`MAX_DEPTH`], or not JSON.
/// A key that stands twice is no error here.
///
/// # Cost
/// Grows with the length of the text; the stack is bounded by [`MAX_DEPTH`].
pub fn parse(text: &str) -> Result<JsonNode, JsonSyntaxError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(JsonSyntaxError {
            kind: JsonSyntaxErrorKind::TooLarge,
            offset: 0,
            message: text!(
                "the text is larger than the limit of {limit} bytes",
                limit = MAX_TEXT_BYTES
            ),
        });
    }
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parser = Parser { text, at: start, depth: 0 };
    parser.skip_space();
    let node = parser.value()?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.fault(text!("there is more text after the end of the JSON value"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn value(&mut self) -> Result<JsonNode, JsonSyntaxError> {
        let start = self.at;
        let kind = match self.peek() {
            Some('{') => self.nested(Self::object)?,
            Some('[') => self.nested(Self::array)?,
            Some('"') => JsonKind::String(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some(_) if self.take_word("null") => JsonKind::Null,
            Some(_) if self.take_word("true") => JsonKind::Bool(true),
            Some(_) if self.take_word("false") => JsonKind::Bool(false),
            _ => return Err(self.unexpected(text!("a value"))),
        };
        Ok(JsonNode { kind, span: start..self.at })
    }

    /// Reads an array or an object, one level deeper.
    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<JsonKind, JsonSyntaxError>,
    ) -> Result<JsonKind, JsonSyntaxError> {
        if self.depth == MAX_DEPTH {
            return Err(JsonSyntaxError {
                kind: JsonSyntaxErrorKind::TooDeep,
                offset: self.at,
                message: text!(
                    "arrays and objects are nested more than {limit} deep",
                    limit = MAX_DEPTH
                ),
            });
        }
        self.depth += 1;
        self.at += 1;
        self.skip_space();
        let kind = read(self)?;
        self.depth -= 1;
        Ok(kind)
    }

    fn array(&mut self) -> Result<JsonKind, JsonSyntaxError> {
        let mut elements = Vec::new();
        if self.take(']') {
            return Ok(JsonKind::Array(elements));
        }
        loop {
            elements.push(self.value()?);
            if self.ends_after_element(']')? {
                return Ok(JsonKind::Array(elements));
            }
        }
    }

    fn object(&mut self) -> Result<JsonKind, JsonSyntaxError> {
        let mut members = Vec::new();
        if self.take('}') {
            return Ok(JsonKind::Object(members));
        }
        loop {
            members.push(self.object_member()?);
            if self.ends_after_element('}')? {
                return Ok(JsonKind::Object(members));
            }
        }
    }

    fn object_member(&mut self) -> Result<Member, JsonSyntaxError> {
        let start = self.at;
        if self.peek() != Some('"') {
            return Err(self.unexpected(text!("a key in double quotes")));
        }
        let name = self.string()?;
        let name_span = start..self.at;
        self.skip_space();
        if !self.take(':') {
            return Err(self.unexpected(text!("`:` after a key")));
        }
        self.skip_space();
        Ok(Member { name, name_span, value: self.value()? })
    }

    /// Steps over the comma to the next element, or over the end of the array or object.
    fn ends_after_element(&mut self, close: char) -> Result<bool, JsonSyntaxError> {
        self.skip_space();
        if self.take(close) {
            return Ok(true);
        }
        let comma = self.at;
        if !self.take(',') {
            return Err(self.unexpected(text!("`,` or `{close}`", close)));
        }
        self.skip_space();
        if self.peek() == Some(close) {
            self.at = comma;
            return Err(self.fault(text!("there must be no comma before `{close}`", close)));
        }
        Ok(false)
    }

    fn string(&mut self) -> Result<String, JsonSyntaxError> {
        let mut meant = String::new();
        self.at += 1;
        loop {
            match next_piece(self.text, self.at)? {
                Piece::Char(c, next) => {
                    meant.push(c);
                    self.at = next;
                }
                Piece::End(next) => {
                    self.at = next;
                    return Ok(meant);
                }
            }
        }
    }

    fn number(&mut self) -> Result<JsonKind, JsonSyntaxError> {
        let start = self.at;
        self.take('-');
        if self.take('0') {
            if matches!(self.peek(), Some('0'..='9')) {
                return Err(self.fault(text!("a number must not begin with `0`")));
            }
        } else {
            self.digits()?;
        }
        if self.take('.') {
            self.digits()?;
        }
        if self.take('e') || self.take('E') {
            let _signed = self.take('+') || self.take('-');
            self.digits()?;
        }
        Ok(JsonKind::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
    }

    fn digits(&mut self) -> Result<(), JsonSyntaxError> {
        let start = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected(text!("a digit"))) } else { Ok(()) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at += word.len();
        }
        found
    }

    fn unexpected(&self, expected: Text) -> JsonSyntaxError {
        self.fault(match self.peek() {
            None => text!("expected {expected}, but the text ends", expected),
            Some(found @ ('“' | '”' | '„' | '\'' | '‘' | '’' | '＂')) => text!(
                "expected {expected}, found `{found}`; JSON knows only the plain double quote `\"`",
                expected,
                found
            ),
            Some('/') => text!("expected {expected}, found `/`; JSON has no comments", expected),
            Some(found @ ('，' | '：')) => text!(
                "expected {expected}, found the wide `{found}`; write it in plain width",
                expected,
                found
            ),
            Some(c) => {
                let found = Text::verbatim(format!("`{}`", c.escape_debug()));
                text!("expected {expected}, found {found}", expected, found)
            }
        })
    }

    fn fault(&self, message: Text) -> JsonSyntaxError {
        JsonSyntaxError { kind: JsonSyntaxErrorKind::Syntax, offset: self.at, message }
    }
}
