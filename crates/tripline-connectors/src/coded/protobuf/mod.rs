//! Protobuf: a schema is compiled here, and `write` writes messages by it.

#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use prost_reflect::{DynamicMessage, FileDescriptor, MessageDescriptor};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::json::Json;
use super::why::Why;

/// What the file of a schema is called, which has no name.
const NAME: &str = "schema-of-the-registry.proto";

/// What schemas may import without a reference, as in Confluent's registry; what is in `google/protobuf` comes besides.
const KNOWN: [(&str, &str); 2] = [
    ("confluent/meta.proto", include_str!("meta.proto")),
    ("confluent/type/decimal.proto", include_str!("decimal.proto")),
];

/// How deep messages may be declared in each other.
const MAX_DEPTH: usize = 100;

/// A file that declares messages.
#[derive(Debug)]
pub(super) struct Schema {
    file: FileDescriptor,
}

/// Files by the names under which they are imported.
struct Texts(BTreeMap<String, String>);

impl FileResolver for Texts {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = self.0.get(name).ok_or_else(|| protox::Error::file_not_found(name))?;
        File::from_source(name, text)
    }
}

impl Schema {
    /// Compiles a schema, with the files that it refers to by the names under which it imports them.
    pub(super) fn new(text: &str, references: &[(&str, &str)]) -> Result<Self, Why> {
        let all = KNOWN.into_iter().chain(references.iter().copied()).chain([(NAME, text)]);
        let texts = all.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let mut files = ChainFileResolver::new();
        files.add(Texts(texts.collect()));
        files.add(GoogleFileResolver::new());
        let mut compiler = Compiler::with_file_resolver(files);
        compiler.open_file(NAME).map_err(|error| Why::new(error.to_string()))?;
        let file = compiler.descriptor_pool().get_file_by_name(NAME);
        Ok(Self { file: file.ok_or_else(|| Why::new("it declares nothing"))? })
    }

    /// Writes the JSON of a message, which says before it begins which of those of the schema it is.
    pub(super) fn write(&self, message: &[u8], json: &mut Json) -> Result<(), Why> {
        let mut rest = message;
        let kind = self.kind(&mut rest)?;
        // It goes 100 deep.
        let message = DynamicMessage::decode(kind, rest).map_err(|error| {
            let text = error.to_string();
            Why::new(text.trim_start_matches("failed to decode Protobuf message: "))
        })?;
        write::message(&message, json)
    }

    /// Which message it is: the place of its declaration in the file, and below that as deep as it goes.
    fn kind(&self, rest: &mut &[u8]) -> Result<MessageDescriptor, Why> {
        let none = || Why::new("it is none of the messages that its schema declares");
        let depth = place(rest)?;
        if depth == 0 {
            return self.file.messages().next().ok_or_else(none);
        }
        if depth > MAX_DEPTH {
            return Err(none());
        }
        let mut kind = self.file.messages().nth(place(rest)?).ok_or_else(none)?;
        for _ in 1..depth {
            let below = kind.child_messages().nth(place(rest)?).ok_or_else(none)?;
            kind = below;
        }
        Ok(kind)
    }
}

/// A number that is not less than nothing, in zigzag.
fn place(rest: &mut &[u8]) -> Result<usize, Why> {
    let wrong = || Why::new("what says which message of its schema it is makes no sense");
    let mut bits = 0_u32;
    for shift in (0..28).step_by(7) {
        let (byte, behind) = rest.split_first().ok_or_else(wrong)?;
        *rest = behind;
        bits |= u32::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            // The lowest bit is the sign.
            let is_negative = bits & 1 == 1;
            let place = usize::try_from(bits >> 1).ok().filter(|_| !is_negative);
            return place.ok_or_else(wrong);
        }
    }
    Err(wrong())
}
