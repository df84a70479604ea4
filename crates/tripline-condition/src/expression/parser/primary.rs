//! What binds tightest: constants, paths, calls, items of nodes, parameters, parentheses.

use tripline_message::{Text, text};

use super::{Parsed, Parser, is_keyword};
use crate::expression::TIME;
use crate::expression::ast::{Ast, AstKind, Field, Level, Literal, Name};
use crate::expression::error::ExpressionError;
use crate::expression::function::STAT;
use crate::expression::lexer::TokenKind;
use crate::parameter::{PARAMS, ParameterPath, Step};

/// Names joined by dots, with places in arrays behind them.
struct Path {
    parts: Vec<Name>,
    /// Whether a part stands in backticks.
    quoted: bool,
    /// Whether a place in an array is named.
    indexed: bool,
    /// Whether all items of an array are meant.
    list: bool,
}

impl Path {
    fn text(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.text.as_str()).collect();
        parts.join(".")
    }

    fn is_time(&self) -> bool {
        !self.quoted && matches!(self.parts.as_slice(), [only] if only.text == TIME)
    }

    /// Puts `[0]` or `[]` behind the last name.
    fn put_brackets(&mut self, index: &str, end: usize) {
        self.indexed = true;
        self.list |= index.is_empty();
        if let Some(last) = self.parts.last_mut() {
            last.text.push_str(&format!("[{index}]"));
            last.span.end = end;
        }
    }

    fn field(&self) -> Field {
        if self.is_time() { Field::Time } else { Field::Path(self.text()) }
    }

    fn name(&self) -> Name {
        let span = match (self.parts.first(), self.parts.last()) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => 0..0,
        };
        Name { text: self.text(), span }
    }
}

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Ast> {
        let start = self.span().start;
        let kind = match self.kind() {
            TokenKind::Symbol("(") => {
                self.position += 1;
                let ast = self.deeper(Self::expression)?;
                self.expect(")")?;
                return Ok(ast);
            }
            TokenKind::Name("true") => AstKind::Literal(Literal::Bool(true)),
            TokenKind::Name("false") => AstKind::Literal(Literal::Bool(false)),
            TokenKind::Name(name) if is_keyword(name) => AstKind::Nil,
            TokenKind::Name(PARAMS) if self.is_second(".") => {
                self.position += 1;
                let kind = AstKind::Parameter(self.parameter()?);
                return Ok(self.ast(kind, start));
            }
            TokenKind::Name(_) | TokenKind::Quoted(_) => return self.named(start),
            TokenKind::Int(value) => AstKind::Literal(Literal::Int(*value)),
            TokenKind::Float(value) => AstKind::Literal(Literal::Float(*value)),
            TokenKind::Text(text) => AstKind::Literal(Literal::Text(text.clone())),
            TokenKind::Symbol("[") => {
                return Err(self
                    .unexpected(text!("a field, a constant or `(`"))
                    .with_hint(text!("a list can only stand after `in`")));
            }
            TokenKind::Symbol(_) | TokenKind::Regex(_) | TokenKind::End => {
                return Err(self.unexpected(text!("a field, a constant or `(`")));
            }
        };
        self.position += 1;
        Ok(self.ast(kind, start))
    }

    /// A field path, a call, or an item of a node.
    fn named(&mut self, start: usize) -> Parsed<Ast> {
        let mut path = self.first_of_path()?;
        if self.is("[") && !self.is_second("]") {
            // Of a node or of an array of the event: which of them is known where nodes are.
            let at = self.span().start;
            self.position += 1;
            let index = self.deeper(|parser| parser.chain(Level::Sum))?;
            let end = self.span().end;
            self.expect("]")?;
            if self.accept(".") {
                let field = self.path()?.field();
                let node = path.name();
                let kind = AstKind::Item { node, index: Box::new(index), field };
                return Ok(self.ast(kind, start));
            }
            match index.kind {
                AstKind::Literal(Literal::Int(index)) => path.put_brackets(&index.to_string(), end),
                _ => return Err(not_constant(at..end)),
            }
        }
        self.rest_of_path(&mut path)?;
        let mapped = matches!(path.parts.as_slice(), [_, map] if map.text == "map");
        let kind = if self.is("(") && (path.quoted || path.indexed) && !mapped {
            return Err(self.unexpected(text!("an operator or the end")));
        } else if self.accept("(") {
            match path.parts.as_slice() {
                [node, _] if mapped => {
                    let node = node.clone();
                    let field = self.mapped()?;
                    AstKind::Column { node, field }
                }
                _ => self.call(path.name())?,
            }
        } else if path.is_time() {
            AstKind::Time
        } else {
            let parts = path.parts.drain(..).map(|part| part.text).collect();
            if path.list { AstKind::Items(parts) } else { AstKind::Path(parts) }
        };
        Ok(self.ast(kind, start))
    }

    /// A path of one value.
    fn path(&mut self) -> Parsed<Path> {
        let mut path = self.first_of_path()?;
        self.rest_of_path(&mut path)?;
        if path.list {
            let message = text!("a list stands where a single value is asked for");
            return Err(ExpressionError::syntax(path.name().span, message)
                .with_hint(text!("name one item: `items[0].price`")));
        }
        Ok(path)
    }

    fn first_of_path(&mut self) -> Parsed<Path> {
        let quoted = matches!(self.kind(), TokenKind::Quoted(_));
        let parts = vec![self.name(text!("a field"))?];
        Ok(Path { parts, quoted, indexed: false, list: false })
    }

    /// Places in arrays and names, to the end of the path.
    fn rest_of_path(&mut self, path: &mut Path) -> Parsed<()> {
        loop {
            while self.is("[") {
                let start = self.span().start;
                self.position += 1;
                let index = match self.kind() {
                    TokenKind::Symbol("]") => String::new(),
                    TokenKind::Int(index) if self.is_second("]") => {
                        let index = index.to_string();
                        self.position += 1;
                        index
                    }
                    _ => return Err(not_constant(start..self.span().end)),
                };
                let end = self.span().end;
                self.position += 1;
                if path.list {
                    let message = text!("a list of lists cannot be read");
                    return Err(ExpressionError::syntax(start..end, message)
                        .with_hint(text!("after `[]` come only names: `items[].price`")));
                }
                path.put_brackets(&index, end);
            }
            if !self.accept(".") {
                return Ok(());
            }
            path.quoted |= matches!(self.kind(), TokenKind::Quoted(_));
            path.parts.push(self.name(text!("a field"))?);
        }
    }

    /// `.a.b[0]`, after `params`.
    fn parameter(&mut self) -> Parsed<ParameterPath> {
        let mut steps = Vec::new();
        loop {
            if self.accept(".") {
                steps.push(Step::Member(self.name(text!("the name of a parameter"))?.text));
            } else if self.accept("[") {
                let TokenKind::Int(index) = *self.kind() else {
                    return Err(self.unexpected(text!("an index")));
                };
                self.position += 1;
                self.expect("]")?;
                // An index that is out of range names nothing, and is reported as that.
                steps.push(Step::Item(usize::try_from(index).unwrap_or(usize::MAX)));
            } else {
                return Ok(ParameterPath(steps));
            }
        }
    }

    /// `N.map(e, e.path)`, after the parenthesis.
    fn mapped(&mut self) -> Parsed<Field> {
        let variable = self.name(text!("a variable"))?;
        self.expect(",")?;
        if !matches!(self.kind(), TokenKind::Name(name) if *name == variable.text) {
            return Err(self.unexpected(Text::names([variable.text.as_str()])));
        }
        self.position += 1;
        self.expect(".")?;
        let path = self.path()?;
        self.expect(")")?;
        Ok(path.field())
    }

    /// A call, after the parenthesis; the name behind `stat('rule')` is an argument like the one in it.
    fn call(&mut self, function: Name) -> Parsed<AstKind> {
        let mut arguments = self.arguments()?;
        if function.text == STAT && arguments.len() == 1 && self.accept(".") {
            let name = self.name(text!("the name of an aggregate"))?;
            let kind = AstKind::Literal(Literal::Text(name.text));
            arguments.push(Ast { kind, span: name.span });
        }
        Ok(AstKind::Call { function, arguments })
    }

    /// The arguments of a call, after the parenthesis.
    fn arguments(&mut self) -> Parsed<Vec<Ast>> {
        if self.accept(")") {
            return Ok(Vec::new());
        }
        let arguments = self.deeper(|parser| {
            let mut arguments = vec![parser.argument()?];
            while parser.accept(",") {
                arguments.push(parser.argument()?);
            }
            Ok(arguments)
        })?;
        self.expect(")")?;
        Ok(arguments)
    }

    /// An argument: an expression, or a list in brackets.
    fn argument(&mut self) -> Parsed<Ast> {
        if self.is("[") { self.list() } else { self.expression() }
    }
}

fn not_constant(span: std::ops::Range<usize>) -> ExpressionError {
    let message = text!("an item of an array of the event has a constant index");
    ExpressionError::syntax(span, message).with_hint(text!(
        "write `items[0].price`, or `items[].price` for all of them; of a node: `node[i].field`"
    ))
}
