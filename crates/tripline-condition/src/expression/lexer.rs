//! Text → tokens, each with its place; what is no token is reported and passed over.

use std::ops::Range;

use tripline_message::text;

use super::Dialect;
use super::error::{ErrorKind, ExpressionError};

/// A token with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind<'t>,
    pub(super) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'t> {
    Name(&'t str),
    /// A name in backticks, which may hold any characters.
    Quoted(&'t str),
    Int(i64),
    Float(f64),
    Text(String),
    /// A regular expression in slashes.
    Regex(String),
    Symbol(&'static str),
    End,
}

/// Longest first, so that `<=` is not `<` and `=`.
const SYMBOLS: [&str; 23] = [
    "=~", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")",
    "[", "]", ".", ",", "?", ":",
];

/// Units of durations, with their milliseconds; longest name first.
const UNITS: [(&str, i64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Half an operator, and what it is taken for.
const HALVES: [(&str, &str); 3] = [("=", "=="), ("&", "&&"), ("|", "||")];

/// Operators of other languages, what each is taken for, and what to write; longest first.
const FOREIGN: [(&str, &str, &str); 4] =
    [("===", "==", "=="), ("!==", "!=", "!="), ("<>", "!=", "!="), ("**", "*", "pow(x, y)")];

/// What the text was found to be made of.
pub(super) struct Lexed<'t> {
    /// The tokens; the last is `End`.
    pub(super) tokens: Vec<Token<'t>>,
    pub(super) errors: Vec<ExpressionError>,
}

pub(super) fn tokenize(text: &str, dialect: Dialect) -> Lexed<'_> {
    let mut lexer = Lexer { text, dialect, position: 0, errors: Vec::new() };
    let mut tokens: Vec<Token<'_>> = Vec::new();
    while let Some(first) = lexer.peek() {
        let start = lexer.position;
        let kind = if first == '/' && takes_regex(&tokens) {
            Some(TokenKind::Regex(lexer.regex()))
        } else {
            lexer.token(first)
        };
        if let Some(kind) = kind {
            let span = start..lexer.position;
            tokens.push(Token { kind, span });
        }
    }
    tokens.push(Token { kind: TokenKind::End, span: text.len()..text.len() });
    Lexed { tokens, errors: lexer.errors }
}

/// Whether a slash after these tokens begins a regular expression, and is no division.
fn takes_regex(tokens: &[Token<'_>]) -> bool {
    match tokens {
        [.., Token { kind: TokenKind::Symbol("=~"), .. }] => true,
        [.., before, Token { kind: TokenKind::Name("matches"), .. }] => match &before.kind {
            TokenKind::Symbol(symbol) => matches!(*symbol, ")" | "]"),
            _ => true,
        },
        _ => false,
    }
}

struct Lexer<'t> {
    text: &'t str,
    dialect: Dialect,
    position: usize,
    errors: Vec<ExpressionError>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes over the characters that `wanted` holds for, and gives them.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|char| !wanted(char)).unwrap_or(rest.len());
        self.position += end;
        rest.get(..end).unwrap_or_default()
    }

    /// The token that begins with `first`; nothing for white space and for what is no token.
    fn token(&mut self, first: char) -> Option<TokenKind<'t>> {
        if first.is_whitespace() {
            self.take_while(char::is_whitespace);
            return None;
        }
        if first.is_ascii_digit() {
            return Some(self.number());
        }
        if begins_name(first) {
            return Some(TokenKind::Name(self.take_while(continues_name)));
        }
        if first == '`' {
            return self.quoted();
        }
        if matches!(first, '\'' | '"') {
            return Some(TokenKind::Text(self.string(first)));
        }
        let rest = self.rest();
        if let Some((foreign, symbol, example)) =
            FOREIGN.into_iter().find(|(foreign, ..)| rest.starts_with(foreign))
        {
            let start = self.position;
            self.position += foreign.len();
            let message = text!("unexpected `{found}`", found = foreign);
            let error = ExpressionError::syntax(start..self.position, message);
            self.errors.push(error.with_hint(text!("write `{example}`", example)));
            return Some(TokenKind::Symbol(symbol));
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            self.position += symbol.len();
            return Some(TokenKind::Symbol(symbol));
        }
        let start = self.position;
        self.position += first.len_utf8();
        for (half, whole) in HALVES {
            if rest.starts_with(half) {
                self.errors.push(
                    ExpressionError::syntax(
                        start..self.position,
                        text!("unexpected `{found}`", found = half),
                    )
                    .with_hint(text!("write `{example}`", example = whole)),
                );
                return Some(TokenKind::Symbol(whole));
            }
        }
        self.unexpected(start, first);
        None
    }

    fn unexpected(&mut self, start: usize, first: char) {
        let shown = first.escape_debug();
        let mut error = ExpressionError::syntax(
            start..self.position,
            text!("unexpected `{found}`", found = shown.to_string()),
        );
        if let Some(ascii) = ascii_twin(first) {
            error = error.with_hint(text!("write the ASCII character `{ascii}`", ascii));
        } else if matches!(first, ';' | '{') {
            error = error.with_hint(one_expression());
        }
        self.errors.push(error);
    }

    /// A name in backticks.
    fn quoted(&mut self) -> Option<TokenKind<'t>> {
        let start = self.position;
        self.position += 1;
        let name = self.take_while(|char| char != '`');
        if self.peek().is_none() {
            let error =
                ExpressionError::syntax(start..self.position, text!("the name is not closed"));
            self.errors.push(error.with_hint(text!("close it with a backtick")));
            return None;
        }
        self.position += 1;
        if name.is_empty() {
            self.errors
                .push(ExpressionError::syntax(start..self.position, text!("the name is empty")));
            return None;
        }
        Some(TokenKind::Quoted(name))
    }

    /// `/A.*/`; a slash in it is written `\/`, and every other backslash belongs to the pattern.
    fn regex(&mut self) -> String {
        let start = self.position;
        self.position += 1;
        let mut pattern = String::new();
        loop {
            pattern.push_str(self.take_while(|char| !matches!(char, '/' | '\\')));
            let rest = self.rest();
            if rest.starts_with('/') {
                self.position += 1;
                return pattern;
            }
            let mut after = rest.chars();
            match (after.next(), after.next()) {
                (Some(_), Some('/')) => {
                    pattern.push('/');
                    self.position += 2;
                }
                (Some(backslash), Some(escaped)) => {
                    pattern.extend([backslash, escaped]);
                    self.position += 1 + escaped.len_utf8();
                }
                _ => {
                    self.position = self.text.len();
                    let span = start..self.position;
                    let message = text!("the regular expression is not closed");
                    self.errors.push(
                        ExpressionError::syntax(span, message)
                            .with_hint(text!("close it with `{quote}`", quote = '/')),
                    );
                    return pattern;
                }
            }
        }
    }

    /// `12`, `12.`, `12.5`, `12e-3`, `1h30m`.
    fn number(&mut self) -> TokenKind<'t> {
        let start = self.position;
        self.take_while(|char| char.is_ascii_digit());
        let mut whole = true;
        if self.rest().starts_with('.') {
            whole = false;
            self.position += 1;
            self.take_while(|char| char.is_ascii_digit());
        }
        if self.rest().starts_with(['e', 'E']) {
            whole = false;
            self.position += 1;
            if self.rest().starts_with(['+', '-']) {
                self.position += 1;
            }
            self.take_while(|char| char.is_ascii_digit());
        }
        self.take_while(|char| continues_name(char) || char == '.');
        let span = start..self.position;
        let written = self.text.get(span.clone()).unwrap_or_default();
        if let Some(millis) = duration(written) {
            return TokenKind::Int(millis.unwrap_or_else(|| {
                self.errors.push(number_range(span, written));
                0
            }));
        }
        let (written, whole) = match written.strip_suffix(['N', 'M']) {
            // Aviator's big integers and decimals.
            Some(number) if self.dialect == Dialect::Aviator => {
                (number, whole && written.ends_with('N'))
            }
            _ => (written, whole),
        };
        let error = if whole {
            match written.parse::<i64>() {
                Ok(value) => return TokenKind::Int(value),
                Err(error) => match error.kind() {
                    std::num::IntErrorKind::PosOverflow => number_range(span, written),
                    _ => bad_number(span, written),
                },
            }
        } else {
            match written.parse::<f64>() {
                Ok(value) if value.is_finite() => return TokenKind::Float(value),
                Ok(_) => number_range(span, written),
                Err(_) => bad_number(span, written),
            }
        };
        self.errors.push(error);
        TokenKind::Int(0)
    }

    fn string(&mut self, quote: char) -> String {
        let start = self.position;
        self.position += 1;
        let escapes = quote == '"' || self.dialect == Dialect::Aviator;
        let mut value = String::new();
        loop {
            let plain = self.take_while(|char| char != quote && !(escapes && char == '\\'));
            value.push_str(plain);
            let at = self.position;
            let Some(stop) = self.peek() else {
                self.errors.push(
                    ExpressionError::syntax(start..at, text!("the string is not closed"))
                        .with_hint(text!("close it with `{quote}`", quote)),
                );
                return value;
            };
            self.position += 1;
            if stop == quote {
                return value;
            }
            let escaped = self.peek();
            self.position += escaped.map_or(0, char::len_utf8);
            match escaped.and_then(|char| unescape(char, quote)) {
                Some(char) => value.push(char),
                None => self.errors.push(
                    ExpressionError::syntax(at..self.position, text!("unknown escape in a string"))
                        .with_hint(text!("a backslash itself is written `\\\\`")),
                ),
            }
        }
    }
}

/// The milliseconds of `1h30m`; nothing if it is no duration, and nothing inside if they do not fit 64 bits.
fn duration(written: &str) -> Option<Option<i64>> {
    let mut rest = written;
    let mut total = Some(0_i64);
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        if number.is_empty() {
            return None;
        }
        let (name, millis) = UNITS.into_iter().find(|(name, _)| after.starts_with(name))?;
        let part = number.parse::<i64>().ok().and_then(|number| number.checked_mul(millis));
        total = total.zip(part).and_then(|(total, part)| total.checked_add(part));
        rest = after.get(name.len()..)?;
    }
    Some(total)
}

/// Whether `text` is a name that needs no backticks.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(begins_name) && text.chars().all(continues_name)
}

fn begins_name(char: char) -> bool {
    char.is_alphabetic() || char == '_'
}

fn continues_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The character that `\` and `escaped` stand for in a string in `quote`s.
fn unescape(escaped: char, quote: char) -> Option<char> {
    Some(match escaped {
        't' => '\t',
        'r' => '\r',
        'n' => '\n',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '\\' => '\\',
        char if char == quote => quote,
        _ => return None,
    })
}

/// What was meant by a full-width or typographic character, as input methods and word processors write them.
fn ascii_twin(char: char) -> Option<char> {
    match char {
        '‘' | '’' => Some('\''),
        '“' | '”' => Some('"'),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0),
        _ => None,
    }
}

/// The advice against statements.
pub(super) fn one_expression() -> tripline_message::Text {
    text!("a condition is one expression, without statements and assignments")
}

fn number_range(span: Range<usize>, written: &str) -> ExpressionError {
    ExpressionError::new(
        ErrorKind::NumberRange,
        span,
        text!("the number `{number}` does not fit 64 bits", number = written),
    )
}

fn bad_number(span: Range<usize>, written: &str) -> ExpressionError {
    ExpressionError::syntax(span, text!("`{found}` is not a number", found = written)).with_hint(
        text!("write an integer (`10`), a decimal number (`10.5`, `1e6`) or a duration (`1h30m`)"),
    )
}
