//! Calls and lists: unknown functions, wrong arguments, and what would cost too much.

use jiff::tz::TimeZone;
use tripline_message::text;

use super::{Check, MAX_CALLS, MAX_WALKS, zone};
use crate::MayAsk;
use crate::expression::ast::{Ast, AstKind, Field, Literal, Name};
use crate::expression::error::{ErrorKind, ExpressionError};
use crate::expression::foreign;
use crate::expression::function::{self, Action, Aggregate, Signature, Type};
use crate::expression::list::{Source, source};
use crate::suggest::{closest, did_you_mean, listed};

/// At most this many functions are listed in a hint.
const LISTED: usize = 12;

impl Check<'_> {
    pub(super) fn call(&mut self, ast: &Ast, function: &Name, arguments: &[Ast]) -> Type {
        self.calls += 1;
        if self.calls == MAX_CALLS + 1 {
            let message =
                text!("the calls of functions exceed the limit of {limit}", limit = MAX_CALLS);
            let hint = text!("split the condition, or write a condition plugin");
            self.error(ErrorKind::TooCostly, ast, message, hint);
        }
        let Some(signature) = function::find(&function.text) else {
            self.unknown_function(function);
            for argument in arguments {
                // What a list would be for is not known.
                match &argument.kind {
                    AstKind::Column { node, .. } => self.node(node),
                    AstKind::List(items) => items.iter().for_each(|item| {
                        self.visit(item);
                    }),
                    _ => {
                        self.visit(argument);
                    }
                }
            }
            return Type::Any;
        };
        match signature.action {
            Action::Events { otherwise: Some(_), .. } if arguments.len() != 1 => {
                self.arguments(ast, signature, arguments);
            }
            Action::Events { .. } => self.events(ast, signature, arguments),
            Action::Include => match arguments {
                [list, item] => {
                    let item = self.visit(item);
                    self.membership(ast, item, list);
                }
                _ => self.wrong_number(ast, signature, arguments),
            },
            Action::List => {
                let message = text!("a list stands where a single value is asked for");
                let hint = text!("write `{example}`", example = "value in [1, 2]");
                self.error(ErrorKind::WrongArguments, ast, message, hint);
            }
            Action::Zoned(_) => {
                self.arguments(ast, signature, arguments);
                self.zone(arguments.get(1));
            }
            Action::Timestamp => {
                self.arguments(ast, signature, arguments);
                self.zone(arguments.get(1));
                self.timestamp(arguments);
            }
            Action::Values(_) => self.arguments(ast, signature, arguments),
            Action::Stat => {
                self.arguments(ast, signature, arguments);
                self.named(signature, arguments.iter().take(2));
                self.may_ask(ast, signature);
            }
            Action::InSet => {
                self.arguments(ast, signature, arguments);
                self.named(signature, arguments.iter().take(1));
                self.may_ask(ast, signature);
            }
        }
        signature.gives
    }

    fn unknown_function(&mut self, function: &Name) {
        let name = function.text.as_str();
        let message = text!("there is no function `{name}`", name);
        let hint = foreign::instead_of(name).or_else(|| {
            let names: Vec<&str> = function::names().collect();
            did_you_mean(&closest(name, names.iter().copied())).or_else(|| {
                let some: Vec<&str> = names.into_iter().take(LISTED).collect();
                Some(text!("the functions are {names} and others", names = listed(&some)))
            })
        });
        let kind = ErrorKind::UnknownFunction;
        let error = ExpressionError::new(kind, function.span.clone(), message);
        self.findings.errors.push(ExpressionError { hint, ..error });
    }

    fn wrong_number(&mut self, ast: &Ast, signature: &Signature, arguments: &[Ast]) {
        let (found, name) = (arguments.len(), signature.name());
        let message = if found == 1 {
            text!("`{name}` does not take 1 argument", name)
        } else {
            text!("`{name}` does not take {count} arguments", name, count = found)
        };
        self.error(ErrorKind::WrongArguments, ast, message, signature.usage());
    }

    /// Arguments that are single values.
    fn arguments(&mut self, ast: &Ast, signature: &Signature, arguments: &[Ast]) {
        let most = if signature.repeats { usize::MAX } else { signature.takes.len() };
        if !(signature.least..=most).contains(&arguments.len()) {
            self.wrong_number(ast, signature, arguments);
        }
        for (index, argument) in arguments.iter().enumerate() {
            let found = self.visit(argument);
            let Some(wanted) = signature.takes_at(index) else { continue };
            // A moment is written as a text where it is a constant, and comes as a number too.
            let moment = signature.action == Action::Timestamp && found == Type::Number;
            if !found.fits(wanted) && !moment {
                let (name, found, wanted) = (signature.name(), found.words(), wanted.words());
                let message =
                    text!("`{name}` takes {wanted} here, and this is {found}", name, wanted, found);
                self.error(ErrorKind::WrongArguments, argument, message, signature.usage());
            }
        }
    }

    /// A function over the events of a node.
    fn events(&mut self, ast: &Ast, signature: &Signature, arguments: &[Ast]) {
        let [argument] = arguments else {
            return self.wrong_number(ast, signature, arguments);
        };
        let array = matches!(source(argument), Source::Array(_));
        if array || signature.takes_list() && matches!(source(argument), Source::Items(_)) {
            self.list(argument);
            return;
        }
        let whole = matches!(&argument.kind, AstKind::Path(parts) if parts.len() == 1);
        let read = matches!(argument.kind, AstKind::Path(_) | AstKind::Column { .. });
        if !read || (whole && !signature.takes_list()) {
            let message =
                text!("`{name}` takes a field of the events of a node", name = signature.name());
            return self.error(ErrorKind::WrongArguments, argument, message, signature.usage());
        }
        // How many events there are, and what the numbers in their fields come to, are at hand; so are the first and the
        // last.
        let time = matches!(source(argument), Source::Column { field: Field::Time, .. });
        let walks = match signature.action {
            Action::Events { aggregate: Aggregate::First | Aggregate::Last, .. } => false,
            Action::Events {
                aggregate: Aggregate::Sum | Aggregate::Average | Aggregate::Min | Aggregate::Max,
                ..
            } => time,
            _ => !whole,
        };
        self.column(argument, walks);
    }

    /// A node, or a field of its events; `walks` tells whether all of them are visited.
    fn column(&mut self, ast: &Ast, walks: bool) {
        if walks {
            self.walk(ast);
        }
        let node = match &ast.kind {
            AstKind::Column { node, .. } => node.clone(),
            AstKind::Path(parts) => match parts.first() {
                Some(first) => {
                    let end = (ast.span.start + first.len()).min(ast.span.end);
                    Name { text: first.clone(), span: ast.span.start..end }
                }
                None => return,
            },
            _ => return,
        };
        self.node(&node);
    }

    fn walk(&mut self, ast: &Ast) {
        self.walks += 1;
        if self.walks == MAX_WALKS + 1 {
            let message =
                text!("the walks over lists exceed the limit of {limit}", limit = MAX_WALKS);
            let hint = text!("ask for less in one condition");
            self.error(ErrorKind::TooCostly, ast, message, hint);
        }
    }

    /// The types of the items of a list; nothing if they are not known.
    pub(super) fn list(&mut self, ast: &Ast) -> Option<Vec<Type>> {
        match source(ast) {
            Source::Items(items) => Some(items.iter().map(|item| self.visit(item)).collect()),
            Source::Column { .. } => {
                self.column(ast, true);
                None
            }
            Source::Array(_) => {
                self.walk(ast);
                None
            }
            // A parameter that is wrong has been reported.
            Source::None if matches!(ast.kind, AstKind::Missing) => None,
            Source::None => {
                let message = text!("this is no list");
                let hint =
                    text!("write the values in brackets: `in ['a', 'b']`, or `in node.field`");
                self.error(ErrorKind::WrongArguments, ast, message, hint);
                None
            }
        }
    }

    /// The names of rules, aggregates and sets are constants, known before an event comes.
    fn named<'x>(&mut self, signature: &Signature, names: impl Iterator<Item = &'x Ast>) {
        for argument in names {
            let is_name = matches!(&argument.kind,
                AstKind::Literal(Literal::Text(name)) if !name.is_empty());
            if !is_name {
                let message = text!("`{name}` takes a constant name here", name = signature.name());
                self.error(ErrorKind::WrongArguments, argument, message, signature.usage());
            }
        }
    }

    /// Not every place may ask for what the engine keeps.
    fn may_ask(&mut self, ast: &Ast, signature: &Signature) {
        let name = signature.name();
        let (message, hint) = match (self.may_ask, signature.action) {
            (MayAsk::All, _) | (MayAsk::Sets, Action::InSet) => return,
            (MayAsk::Sets, _) => (
                text!("the condition of an aggregate cannot ask for `{name}`", name),
                text!("ask in the condition of a pattern, or in `having` for its own values"),
            ),
            (MayAsk::Nothing, _) => (
                text!("`{name}` can only be asked for in the conditions of a rule's nodes", name),
                text!("ask in the condition, which decides what is taken"),
            ),
        };
        self.error(ErrorKind::WrongArguments, ast, message, hint);
    }

    fn zone(&mut self, argument: Option<&Ast>) {
        let Some(argument) = argument else { return };
        match &argument.kind {
            AstKind::Literal(Literal::Text(name)) => {
                if let Err((message, hint)) = zone::find(name) {
                    self.error(ErrorKind::UnknownZone, argument, message, hint);
                }
            }
            _ => {
                let message = text!("the time zone must be a constant");
                let hint = text!("write its name: `hour(ts, 'Asia/Shanghai')`");
                self.error(ErrorKind::UnknownZone, argument, message, hint);
            }
        }
    }

    /// A moment that is a constant is read now.
    fn timestamp(&mut self, arguments: &[Ast]) {
        let Some(Ast { kind: AstKind::Literal(Literal::Text(text)), span }) = arguments.first()
        else {
            return;
        };
        let zone = match arguments.get(1).map(|zone| &zone.kind) {
            Some(AstKind::Literal(Literal::Text(name))) => zone::find(name),
            _ => Ok(TimeZone::UTC),
        };
        if zone.is_ok_and(|zone| zone::parse(text, &zone).is_none()) {
            let message = text!("`{text}` is no date and time", text);
            let error = ExpressionError::new(ErrorKind::BadTime, span.clone(), message);
            self.findings.errors.push(error.with_hint(text!(
                "write `2026-01-31T08:00:00+08:00`, or `2026-01-31 08:00` with a zone"
            )));
        }
    }
}
