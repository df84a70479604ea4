//! What stands where a list is asked for.

use super::TIME;
use super::ast::{Ast, AstKind, Field};
use super::function::{self, Action};

/// Where the values of a list come from.
pub(super) enum Source<'a> {
    /// Written one by one.
    Items(&'a [Ast]),
    /// A field of the events of a node.
    Column { node: &'a str, field: Field },
    /// The items of an array of the event under evaluation, or a field of them.
    Array(&'a [String]),
    /// It is no list.
    None,
}

/// What `ast` means as a list.
pub(super) fn source(ast: &Ast) -> Source<'_> {
    match &ast.kind {
        AstKind::List(items) => Source::Items(items),
        AstKind::Call { function, arguments }
            if function::find(&function.text)
                .is_some_and(|signature| signature.action == Action::List) =>
        {
            Source::Items(arguments)
        }
        AstKind::Column { node, field } => {
            Source::Column { node: &node.text, field: field.clone() }
        }
        AstKind::Items(parts) => Source::Array(parts),
        AstKind::Path(parts) => match parts.split_first() {
            Some((node, field @ [_, ..])) => Source::Column { node, field: field_of(field) },
            _ => Source::None,
        },
        _ => Source::None,
    }
}

fn field_of(parts: &[String]) -> Field {
    match parts {
        [only] if only == TIME => Field::Time,
        parts => Field::Path(parts.join(".")),
    }
}
