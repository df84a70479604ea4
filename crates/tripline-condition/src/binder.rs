//! What a condition is bound against: the numbers of fields and nodes.

use tripline_event::{FieldId, FieldTable};

use crate::NodeIndex;

/// Gives fields and nodes their numbers while a condition is bound.
#[derive(Debug)]
pub struct Binder<'a> {
    /// The fields of the process; a path asked for the first time gets its number here.
    pub fields: &'a mut FieldTable,
    /// The names of the pattern's atomic nodes, by [`NodeIndex`].
    pub nodes: &'a [&'a str],
}

impl Binder<'_> {
    /// The number of the field at `path`, given now if it had none.
    pub fn field(&mut self, path: &str) -> FieldId {
        self.fields.intern(path)
    }

    /// The number of the node called `name`, if the pattern has it.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<NodeIndex> {
        node_index(self.nodes, name)
    }
}

/// The number of the node called `name`.
pub(crate) fn node_index(nodes: &[&str], name: &str) -> Option<NodeIndex> {
    let index = nodes.iter().position(|node| *node == name)?;
    // A pattern has at most 1,000 nodes.
    u16::try_from(index).ok().map(NodeIndex)
}
