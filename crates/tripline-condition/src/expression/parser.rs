//! Tokens → [`Ast`], by recursive descent; only parentheses, brackets, `? :` and prefix operators recurse.

mod primary;

use std::ops::Range;

use tripline_message::{Text, text};

use super::MAX_EXPRESSION_DEPTH;
use super::ast::{Ast, AstKind, Level, Literal, Name, Operator};
use super::error::{ErrorKind, ExpressionError};
use super::lexer::{Token, TokenKind, one_expression};

type Parsed<T> = Result<T, ExpressionError>;

/// Words that cannot be the first name of a path, unless in backticks.
pub(super) fn is_keyword(name: &str) -> bool {
    matches!(name, "true" | "false" | "nil" | "null")
}

/// Parses all of `tokens`, the last of which is `End`.
///
/// Gives the tree, unless the grammar was lost, and what is wrong.
pub(super) fn parse(tokens: Vec<Token<'_>>) -> (Option<Ast>, Vec<ExpressionError>) {
    let mut parser = Parser { tokens, position: 0, depth: 0 };
    let parsed = parser.expression().and_then(|ast| match parser.kind() {
        TokenKind::End => Ok(ast),
        _ => Err(parser.unexpected(text!("an operator or the end"))),
    });
    match parsed {
        Ok(ast) => (Some(ast), Vec::new()),
        Err(error) => (None, vec![error]),
    }
}

/// How a regular expression is written.
pub(super) fn pattern_example() -> Text {
    text!("write `{example}` or `{other}`", example = "name matches 'A.*'", other = "name =~ /A.*/")
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    position: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn kind(&self) -> &TokenKind<'t> {
        self.tokens.get(self.position).map_or(&TokenKind::End, |token| &token.kind)
    }

    fn span(&self) -> Range<usize> {
        let token = self.tokens.get(self.position).or(self.tokens.last());
        token.map_or(0..0, |token| token.span.clone())
    }

    /// From `start` to the end of the last token taken.
    fn span_from(&self, start: usize) -> Range<usize> {
        let last = self.position.checked_sub(1);
        let end = last.and_then(|last| self.tokens.get(last));
        start..end.map_or(start, |token| token.span.end)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.kind(), TokenKind::Symbol(found) if *found == symbol)
    }

    fn is_second(&self, symbol: &str) -> bool {
        let second = self.tokens.get(self.position + 1).map(|token| &token.kind);
        matches!(second, Some(TokenKind::Symbol(found)) if *found == symbol)
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.position += usize::from(found);
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = matches!(self.kind(), TokenKind::Name(found) if *found == word);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.accept(symbol) {
            return Ok(());
        }
        Err(self.unexpected(Text::names([symbol])))
    }

    /// The error that something else than `expected` stands here.
    fn unexpected(&self, expected: Text) -> ExpressionError {
        let found = match self.kind() {
            TokenKind::End if self.position == 0 => {
                return ExpressionError::syntax(self.span(), text!("the expression is empty"))
                    .with_hint(text!("write `true` if every event is meant"));
            }
            TokenKind::End => text!("the end"),
            TokenKind::Name(name) | TokenKind::Quoted(name) => Text::names([*name]),
            TokenKind::Symbol(symbol) => Text::names([*symbol]),
            TokenKind::Int(_) | TokenKind::Float(_) => text!("a number"),
            TokenKind::Text(_) => text!("a string"),
            TokenKind::Regex(_) => text!("a regular expression"),
        };
        let message = text!("expected {expected}, found {found}", expected, found);
        let error = ExpressionError::syntax(self.span(), message);
        let TokenKind::Name(name) = self.kind() else {
            return error;
        };
        match name.to_ascii_lowercase().as_str() {
            "and" => error.with_hint(text!("write `{example}`", example = "&&")),
            "or" => error.with_hint(text!("write `{example}`", example = "||")),
            "not" => error.with_hint(text!("write `{example}`", example = "!")),
            "is" => error.with_hint(text!(
                "write `{example}` or `{other}`",
                example = "== nil",
                other = "!= nil"
            )),
            "like" => error.with_hint(text!(
                "write `{example}`, or `{other}`",
                example = "matches '.*text.*'",
                other = "contains(field, 'text')"
            )),
            word @ ("in" | "between" | "matches") => {
                error.with_hint(text!("write `{word}` in lower case", word))
            }
            word => match self.advice_on_words(word) {
                Some(hint) => error.with_hint(hint),
                None => error,
            },
        }
    }

    /// What to write instead of two words that stand side by side, the second being `word`.
    fn advice_on_words(&self, word: &str) -> Option<Text> {
        let before = self.position.checked_sub(1).and_then(|before| self.tokens.get(before))?;
        match &before.kind {
            TokenKind::Name("not" | "NOT") => Some(text!("write `{example}`", example = "!")),
            TokenKind::Name(
                "let" | "if" | "for" | "while" | "return" | "new" | "fn" | "lambda" | "use",
            ) => Some(one_expression()),
            TokenKind::Int(number) => {
                let unit = match word {
                    "ms" | "millis" | "milliseconds" => "ms",
                    "s" | "sec" | "second" | "seconds" => "s",
                    "m" | "min" | "minute" | "minutes" => "m",
                    "h" | "hour" | "hours" => "h",
                    "d" | "day" | "days" => "d",
                    _ => return None,
                };
                let example = format!("{number}{unit}");
                Some(text!("write a duration as one word: `{example}`", example))
            }
            _ => None,
        }
    }

    fn name(&mut self, expected: Text) -> Parsed<Name> {
        let (TokenKind::Name(text) | TokenKind::Quoted(text)) = *self.kind() else {
            return Err(self.unexpected(expected));
        };
        let span = self.span();
        self.position += 1;
        Ok(Name { text: text.to_owned(), span })
    }

    /// Parses something that lies one level deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_EXPRESSION_DEPTH {
            return Err(ExpressionError::new(
                ErrorKind::TooDeep,
                self.span(),
                text!(
                    "the expression nests deeper than the limit of {limit} levels",
                    limit = MAX_EXPRESSION_DEPTH
                ),
            ));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// What was parsed since `start`.
    fn ast(&self, kind: AstKind, start: usize) -> Ast {
        Ast { kind, span: self.span_from(start) }
    }

    fn expression(&mut self) -> Parsed<Ast> {
        let start = self.span().start;
        let test = self.chain(Level::Or)?;
        if !self.accept("?") {
            return Ok(test);
        }
        let then = Box::new(self.deeper(Self::expression)?);
        self.expect(":")?;
        let otherwise = Box::new(self.deeper(Self::expression)?);
        Ok(self.ast(AstKind::Choose { test: Box::new(test), then, otherwise }, start))
    }

    /// Operands joined by the operators of `level`.
    fn chain(&mut self, level: Level) -> Parsed<Ast> {
        let start = self.span().start;
        let first = self.operand(level)?;
        if level == Level::Relation {
            let negated = matches!(self.kind(), TokenKind::Name("not"))
                && self.tokens.get(self.position + 1).is_some_and(|next| {
                    matches!(next.kind, TokenKind::Name("in" | "between" | "matches"))
                });
            self.position += usize::from(negated);
            let operand = self.position;
            let ast = self.named_relation(first, start)?;
            if negated {
                return Ok(self.ast(AstKind::Not(Box::new(ast)), start));
            }
            if self.position > operand {
                return Ok(ast);
            }
            return self.chain_from(ast, start, level);
        }
        self.chain_from(first, start, level)
    }

    fn chain_from(&mut self, first: Ast, start: usize, level: Level) -> Parsed<Ast> {
        let mut rest = Vec::new();
        while let TokenKind::Symbol(symbol) = *self.kind() {
            let operator = match Operator::from_symbol(symbol) {
                Some(operator) if operator.level() == level => operator,
                _ => break,
            };
            self.position += 1;
            rest.push((operator, self.operand(level)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(self.ast(AstKind::Chain { first: Box::new(first), rest }, start))
    }

    fn operand(&mut self, level: Level) -> Parsed<Ast> {
        match level {
            Level::Choice => self.expression(),
            Level::Or => self.chain(Level::And),
            Level::And => self.chain(Level::Equality),
            Level::Equality => self.chain(Level::Relation),
            Level::Relation => self.chain(Level::Sum),
            Level::Sum => self.chain(Level::Product),
            Level::Product | Level::Unary | Level::Primary => self.unary(),
        }
    }

    /// `in`, `between`, `matches` or `=~` after `item`, if one of them stands here.
    fn named_relation(&mut self, item: Ast, start: usize) -> Parsed<Ast> {
        let item = Box::new(item);
        let kind = if self.accept_word("in") {
            AstKind::In { item, list: Box::new(self.list()?) }
        } else if self.accept_word("between") {
            let low = Box::new(self.chain(Level::Sum)?);
            if !self.accept_word("and") {
                let hint = text!("write `{example}`", example = "x between 1 and 5");
                return Err(self.unexpected(Text::names(["and"])).with_hint(hint));
            }
            AstKind::Between { item, low, high: Box::new(self.chain(Level::Sum)?) }
        } else if self.accept_word("matches") || self.accept("=~") {
            AstKind::Matches { item, pattern: Box::new(self.pattern()?) }
        } else {
            return Ok(*item);
        };
        Ok(self.ast(kind, start))
    }

    /// What stands after `in`.
    fn list(&mut self) -> Parsed<Ast> {
        let start = self.span().start;
        let close = if self.accept("[") {
            "]"
        } else if self.accept("(") {
            ")"
        } else if matches!(self.kind(), TokenKind::Name(_) | TokenKind::Quoted(_)) {
            return self.primary();
        } else {
            let error = self.unexpected(text!("a list"));
            return Err(error.with_hint(text!("write the values in brackets: `in ['a', 'b']`")));
        };
        if self.is(close) {
            return Err(ExpressionError::syntax(self.span(), text!("the list is empty")));
        }
        let items = self.deeper(|parser| parser.separated())?;
        self.expect(close)?;
        Ok(self.ast(AstKind::List(items), start))
    }

    /// Expressions separated by commas.
    fn separated(&mut self) -> Parsed<Vec<Ast>> {
        let mut items = vec![self.expression()?];
        while self.accept(",") {
            items.push(self.expression()?);
        }
        Ok(items)
    }

    /// What stands after `matches`: a constant.
    fn pattern(&mut self) -> Parsed<Ast> {
        let start = self.span().start;
        let text = match self.kind() {
            TokenKind::Regex(pattern) => pattern.clone(),
            TokenKind::Text(text) => text.clone(),
            TokenKind::Name(_) => return self.primary(),
            _ => {
                return Err(self
                    .unexpected(text!("a regular expression"))
                    .with_hint(pattern_example()));
            }
        };
        self.position += 1;
        Ok(self.ast(AstKind::Literal(Literal::Text(text)), start))
    }

    fn unary(&mut self) -> Parsed<Ast> {
        let start = self.span().start;
        let wrap: fn(Box<Ast>) -> AstKind = if self.accept("!") {
            AstKind::Not
        } else if self.accept("-") {
            AstKind::Negate
        } else {
            return self.primary();
        };
        let operand = self.deeper(Self::unary)?;
        Ok(self.ast(wrap(Box::new(operand)), start))
    }
}
