//! What binds tightest: constants, paths, calls, items of nodes, parameters, parentheses.

use tripline_message::{Text, text};

use super::{Parsed, Parser, is_keyword};
use crate::expression::TIME;
use crate::expression::ast::{Ast, AstKind, Field, Level, Literal, Name};
use crate::expression::error::ExpressionError;
use crate::expression::lexer::TokenKind;
use crate::parameter::{PARAMS, ParameterPath, Step};

/// Names joined by dots.
struct Path {
    parts: Vec<Name>,
    /// Whether a part stands in backticks.
    quoted: bool,
}

impl Path {
    fn text(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.text.as_str()).collect();
        parts.join(".")
    }

    fn is_time(&self) -> bool {
        !self.quoted && matches!(self.parts.as_slice(), [only] if only.text == TIME)
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
        let mut path = self.path()?;
        let mapped = matches!(path.parts.as_slice(), [_, map] if map.text == "map");
        let kind = if self.is("(") && path.quoted && !mapped {
            return Err(self.unexpected(text!("an operator or the end")));
        } else if self.accept("(") {
            match path.parts.as_slice() {
                [node, _] if mapped => {
                    let node = node.clone();
                    let field = self.mapped()?;
                    AstKind::Column { node, field }
                }
                _ => AstKind::Call { function: path.name(), arguments: self.arguments()? },
            }
        } else if self.accept("[") {
            self.item(&path)?
        } else if path.is_time() {
            AstKind::Time
        } else {
            AstKind::Path(path.parts.drain(..).map(|part| part.text).collect())
        };
        Ok(self.ast(kind, start))
    }

    fn path(&mut self) -> Parsed<Path> {
        let mut path = Path { parts: Vec::new(), quoted: false };
        loop {
            path.quoted |= matches!(self.kind(), TokenKind::Quoted(_));
            path.parts.push(self.name(text!("a field"))?);
            if !self.accept(".") {
                return Ok(path);
            }
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

    /// `N[index].path`, after the bracket.
    fn item(&mut self, path: &Path) -> Parsed<AstKind> {
        let mut parts = path.parts.iter();
        let (Some(node), None) = (parts.next(), parts.next()) else {
            let message = text!("`{name}` is not the name of a node", name = path.text());
            return Err(ExpressionError::syntax(path.name().span, message)
                .with_hint(text!("only the events of a node are numbered: `node[0].field`")));
        };
        let index = self.deeper(|parser| parser.chain(Level::Sum))?;
        self.expect("]")?;
        self.expect(".").map_err(|error| {
            error.with_hint(text!("name a field of the event: `node[0].field`"))
        })?;
        let field = self.path()?.field();
        Ok(AstKind::Item { node: node.clone(), index: Box::new(index), field })
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
