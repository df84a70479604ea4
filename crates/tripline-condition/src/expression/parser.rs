//! Tokens → [`Ast`], by recursive descent; only parentheses, brackets and prefix operators recurse.

use std::ops::Range;

use super::MAX_EXPRESSION_DEPTH;
use super::ast::{Arithmetic, Ast, AstKind, Level, Literal, Name, Operator};
use super::error::{ErrorKind, ExpressionError};
use super::lexer::{Token, TokenKind};

type Parsed<T> = Result<T, ExpressionError>;

/// Parses all of `tokens`, the last of which is `End`.
///
/// Gives the tree, unless the grammar was lost, and what is wrong.
pub(super) fn parse(tokens: Vec<Token<'_>>) -> (Option<Ast>, Vec<ExpressionError>) {
    let mut parser = Parser { tokens, position: 0, depth: 0, errors: Vec::new() };
    let parsed = parser.expression().and_then(|ast| match parser.kind() {
        TokenKind::End => Ok(ast),
        _ => Err(parser.unexpected("an operator or the end")),
    });
    match parsed {
        Ok(ast) => (Some(ast), parser.errors),
        Err(error) => {
            parser.errors.push(error);
            (None, parser.errors)
        }
    }
}

struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    position: usize,
    depth: usize,
    /// Errors after which the grammar goes on.
    errors: Vec<ExpressionError>,
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

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.accept(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{symbol}`")))
    }

    /// The error that something else than `expected` stands here.
    fn unexpected(&self, expected: &str) -> ExpressionError {
        let found = match self.kind() {
            TokenKind::End if self.position == 0 => {
                return ExpressionError::syntax(self.span(), "the expression is empty")
                    .with_hint("write `true` if every event is meant");
            }
            TokenKind::End => "the end".to_owned(),
            TokenKind::Name(name) => format!("`{name}`"),
            TokenKind::Symbol(symbol) => format!("`{symbol}`"),
            TokenKind::Int(_) | TokenKind::Float(_) => "a number".to_owned(),
            TokenKind::Text(_) => "a string".to_owned(),
        };
        let error =
            ExpressionError::syntax(self.span(), format!("expected {expected}, found {found}"));
        match self.kind() {
            TokenKind::Name("and") => error.with_hint("write `&&`"),
            TokenKind::Name("or") => error.with_hint("write `||`"),
            TokenKind::Name("not") => error.with_hint("write `!`"),
            _ => error,
        }
    }

    fn name(&mut self, expected: &str) -> Parsed<Name> {
        let TokenKind::Name(text) = *self.kind() else {
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
                format!(
                    "the expression nests deeper than the limit of {MAX_EXPRESSION_DEPTH} levels"
                ),
            ));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn expression(&mut self) -> Parsed<Ast> {
        let ast = self.chain(Level::Or)?;
        if self.is("?") {
            self.errors
                .push(ExpressionError::unsupported(self.span(), "the conditional operator `? :`"));
            self.position += 1;
            self.deeper(Self::expression)?;
            self.expect(":")?;
            self.deeper(Self::expression)?;
        }
        Ok(ast)
    }

    /// Operands joined by the operators of `level`.
    fn chain(&mut self, level: Level) -> Parsed<Ast> {
        let start = self.span().start;
        let first = self.operand(level)?;
        if level == Level::Relation && matches!(self.kind(), TokenKind::Name("in")) {
            return self.membership(first, start);
        }
        let mut rest = Vec::new();
        while let TokenKind::Symbol(symbol) = *self.kind() {
            let operator = match Operator::from_symbol(symbol) {
                Some(operator) if operator.level() == level => operator,
                None if symbol == "%" && level == Level::Product => {
                    self.errors.push(ExpressionError::unsupported(self.span(), "the operator `%`"));
                    Operator::Arithmetic(Arithmetic::Divide)
                }
                _ => break,
            };
            self.position += 1;
            rest.push((operator, self.operand(level)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Ast {
            kind: AstKind::Chain { first: Box::new(first), rest },
            span: self.span_from(start),
        })
    }

    fn operand(&mut self, level: Level) -> Parsed<Ast> {
        match level {
            Level::Or => self.chain(Level::And),
            Level::And => self.chain(Level::Equality),
            Level::Equality => self.chain(Level::Relation),
            Level::Relation => self.chain(Level::Sum),
            Level::Sum => self.chain(Level::Product),
            Level::Product | Level::Unary | Level::Primary => self.unary(),
        }
    }

    /// `item in ['a', 'b']`, from `in`.
    fn membership(&mut self, item: Ast, start: usize) -> Parsed<Ast> {
        self.position += 1;
        let close = if self.accept("[") {
            "]"
        } else if self.accept("(") {
            ")"
        } else {
            let error = self.unexpected("a list");
            return Err(error.with_hint("write the values in brackets: `in ['a', 'b']`"));
        };
        if self.is(close) {
            return Err(ExpressionError::syntax(self.span(), "the list is empty"));
        }
        let mut list = vec![self.list_item()?];
        while self.accept(",") {
            list.push(self.list_item()?);
        }
        self.expect(close)?;
        Ok(Ast { kind: AstKind::In { item: Box::new(item), list }, span: self.span_from(start) })
    }

    fn list_item(&mut self) -> Parsed<Literal> {
        let negative = self.accept("-");
        let literal = match self.kind() {
            TokenKind::Int(value) if negative => Literal::Int(-value),
            TokenKind::Float(value) if negative => Literal::Float(-value),
            TokenKind::Int(value) => Literal::Int(*value),
            TokenKind::Float(value) => Literal::Float(*value),
            TokenKind::Text(text) if !negative => Literal::Text(text.clone()),
            TokenKind::Name("true") if !negative => Literal::Bool(true),
            TokenKind::Name("false") if !negative => Literal::Bool(false),
            _ => return Err(self.unexpected("a constant")),
        };
        self.position += 1;
        Ok(literal)
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
        Ok(Ast { kind: wrap(Box::new(operand)), span: self.span_from(start) })
    }

    fn primary(&mut self) -> Parsed<Ast> {
        let span = self.span();
        let kind = match self.kind() {
            TokenKind::Symbol("(") => {
                self.position += 1;
                let ast = self.deeper(Self::expression)?;
                self.expect(")")?;
                return Ok(ast);
            }
            TokenKind::Name("true") => AstKind::Literal(Literal::Bool(true)),
            TokenKind::Name("false") => AstKind::Literal(Literal::Bool(false)),
            TokenKind::Name("nil" | "null") => AstKind::Nil,
            TokenKind::Name(_) => return self.named(span.start),
            TokenKind::Int(value) => AstKind::Literal(Literal::Int(*value)),
            TokenKind::Float(value) => AstKind::Literal(Literal::Float(*value)),
            TokenKind::Text(text) => AstKind::Literal(Literal::Text(text.clone())),
            TokenKind::Symbol(_) | TokenKind::End => {
                return Err(self.unexpected("a field, a constant or `(`"));
            }
        };
        self.position += 1;
        Ok(Ast { kind, span })
    }

    /// A field path, a call, or an item of a node.
    fn named(&mut self, start: usize) -> Parsed<Ast> {
        let path = self.path()?;
        let kind = if self.accept("(") {
            match path.text.as_str() {
                "size" => self.size()?,
                "sum" => self.sum()?,
                _ => self.call(path)?,
            }
        } else if self.accept("[") {
            self.item(path)?
        } else {
            AstKind::Path(path.text)
        };
        Ok(Ast { kind, span: self.span_from(start) })
    }

    /// Names joined by dots.
    fn path(&mut self) -> Parsed<Name> {
        let mut path = self.name("a field")?;
        while self.accept(".") {
            let part = self.name("a field")?;
            path.text.push('.');
            path.text.push_str(&part.text);
            path.span.end = part.span.end;
        }
        Ok(path)
    }

    /// `size(N)`, after the parenthesis.
    fn size(&mut self) -> Parsed<AstKind> {
        let node = self.name("the name of a node")?;
        self.expect(")")?;
        Ok(AstKind::Size(node))
    }

    /// `sum(N.path)` or `sum(N.map(e, e.path))`, after the parenthesis.
    fn sum(&mut self) -> Parsed<AstKind> {
        const HINT: &str = "write `sum(node.field)`";
        let node = self.name("the name of a node")?;
        self.expect(".").map_err(|error| error.with_hint(HINT))?;
        let mapped = matches!(self.kind(), TokenKind::Name("map")) && self.is_second("(");
        let path = if mapped {
            self.position += 2;
            let variable = self.name("a variable")?;
            self.expect(",")?;
            if !matches!(self.kind(), TokenKind::Name(name) if *name == variable.text) {
                return Err(self.unexpected(&format!("`{}`", variable.text)));
            }
            self.position += 1;
            self.expect(".")?;
            let path = self.path()?;
            self.expect(")")?;
            path
        } else {
            self.path()?
        };
        self.expect(")").map_err(|error| error.with_hint(HINT))?;
        Ok(AstKind::Sum { node, path: path.text })
    }

    /// `N[index].path`, after the bracket.
    fn item(&mut self, node: Name) -> Parsed<AstKind> {
        if node.text.contains('.') {
            let message = format!("`{}` is not the name of a node", node.text);
            return Err(ExpressionError::syntax(node.span, message)
                .with_hint("only the events of a node are numbered: `node[0].field`"));
        }
        let index = self.deeper(|parser| parser.chain(Level::Sum))?;
        self.expect("]")?;
        self.expect(".")
            .map_err(|error| error.with_hint("name a field of the event: `node[0].field`"))?;
        let path = self.path()?;
        Ok(AstKind::Item { node, index: Box::new(index), path: path.text })
    }

    /// A call of any other function, after the parenthesis.
    fn call(&mut self, function: Name) -> Parsed<AstKind> {
        let mut arguments = Vec::new();
        if !self.is(")") {
            arguments.push(self.deeper(Self::expression)?);
            while self.accept(",") {
                arguments.push(self.deeper(Self::expression)?);
            }
        }
        self.expect(")")?;
        Ok(AstKind::Call { function, arguments })
    }
}
