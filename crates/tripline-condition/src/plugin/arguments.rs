//! Arguments as rules give them → arguments by parameter name.
//!
//! A list is taken in the order of the parameters in their schema. Where exactly one parameter is itself a list, the
//! required others take the first items and it takes all that are left: `["A","B"]` are the values of a list of values.
//! A text becomes a number or a boolean where only such a one fits, since existing rules have nothing but texts.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use tripline_message::{Text, text};

use super::ArgsError;
use crate::suggest::{closest, did_you_mean, listed};

/// Arguments by parameter name, and where each of them came from.
#[derive(Debug)]
pub(super) struct Named {
    values: Map<String, Json>,
    origins: Vec<(String, Origin)>,
}

/// Where an argument stood in the arguments as given.
#[derive(Debug)]
enum Origin {
    /// Not there: fixed by an alias.
    Fixed,
    /// Under its name.
    Name,
    /// The item of that index.
    Item(usize),
    /// All items from that index.
    Items(usize),
}

/// What the schema says of one parameter.
struct Parameter<'s> {
    name: &'s str,
    schema: &'s Json,
    required: bool,
}

/// Brings `args` into the form of an object, beside those that are `fixed`.
pub(super) fn by_name(
    schema: &Json,
    fixed: &Map<String, Json>,
    args: &Json,
) -> Result<Named, ArgsError> {
    let (named, errors) = by_name_and_errors(schema, fixed, args);
    ArgsError::of_all(errors).map_or(Ok(named), Err)
}

/// The same, with what could be brought into that form whatever is wrong with the rest.
pub(super) fn by_name_and_errors(
    schema: &Json,
    fixed: &Map<String, Json>,
    args: &Json,
) -> (Named, Vec<ArgsError>) {
    let parameters = parameters(schema);
    let mut named = Named { values: Map::new(), origins: Vec::new() };
    for (name, value) in fixed {
        named.set(name, value.clone(), Origin::Fixed);
    }
    let free: Vec<&Parameter<'_>> =
        parameters.iter().filter(|parameter| !fixed.contains_key(parameter.name)).collect();
    let mut errors = Vec::new();
    match args {
        Json::Null => {}
        Json::Object(given) => errors = named.take_object(schema, &free, given),
        Json::Array(given) => errors.extend(named.take_list(&free, given)),
        scalar => errors.extend(named.take_list(&free, std::slice::from_ref(scalar))),
    }
    for parameter in &parameters {
        if let Some(value) = named.values.get_mut(parameter.name) {
            convert(schema, parameter.schema, value);
        }
    }
    (named, errors)
}

impl Named {
    fn set(&mut self, name: &str, value: Json, origin: Origin) {
        self.values.insert(name.to_owned(), value);
        self.origins.push((name.to_owned(), origin));
    }

    fn take_object(
        &mut self,
        schema: &Json,
        free: &[&Parameter<'_>],
        given: &Map<String, Json>,
    ) -> Vec<ArgsError> {
        let mut errors = Vec::new();
        let names: Vec<&str> = free.iter().map(|parameter| parameter.name).collect();
        let open = schema
            .get("additionalProperties")
            .is_some_and(|additional| *additional != Json::Bool(false));
        for (name, value) in given {
            if !open && !names.contains(&name.as_str()) {
                let pointer = format!("/{}", escape(name));
                let mut error = ArgsError::new(pointer, text!("unknown parameter `{name}`", name));
                let close = closest(name, names.iter().copied());
                error.hint = did_you_mean(&close)
                    .or_else(|| Some(text!("the parameters are {names}", names = listed(&names))));
                errors.push(error);
                continue;
            }
            self.set(name, value.clone(), Origin::Name);
        }
        errors
    }

    /// Gives what there is one too many of.
    fn take_list(&mut self, free: &[&Parameter<'_>], given: &[Json]) -> Option<ArgsError> {
        let mut lists = free.iter().filter(|parameter| parameter.is_list());
        let rest = match (lists.next(), lists.next()) {
            (Some(only), None) if !given.iter().any(Json::is_array) => Some(only),
            _ => None,
        };
        let Some(rest) = rest else {
            for (index, (parameter, value)) in free.iter().zip(given).enumerate() {
                self.set(parameter.name, value.clone(), Origin::Item(index));
            }
            return given.get(free.len()).map(|extra| too_many(free, extra));
        };
        let first =
            free.iter().filter(|parameter| parameter.required && parameter.name != rest.name);
        let mut taken = 0;
        for (index, (parameter, value)) in first.zip(given).enumerate() {
            self.set(parameter.name, value.clone(), Origin::Item(index));
            taken = index + 1;
        }
        let left = given.get(taken..).unwrap_or_default().to_vec();
        if !left.is_empty() {
            self.set(rest.name, Json::Array(left), Origin::Items(taken));
        }
        None
    }

    /// Reads the arguments as typed parameters.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, ArgsError> {
        serde_path_to_error::deserialize(self.object()).map_err(|error| {
            let message = in_plain_words(&error.inner().to_string());
            self.locate(ArgsError::new(pointer_of(error.path()), message))
        })
    }

    /// The error with its pointer, which leads into the named arguments, made to lead into those given.
    pub(super) fn locate(&self, error: ArgsError) -> ArgsError {
        error.map_each(&|error| error.pointer = self.given_pointer(&error.pointer))
    }

    fn given_pointer(&self, pointer: &str) -> String {
        let inner = pointer.strip_prefix('/').unwrap_or_default();
        let (first, rest) = match inner.split_once('/') {
            Some((first, rest)) => (first, format!("/{rest}")),
            None => (inner, String::new()),
        };
        let origin =
            self.origins.iter().find(|(name, _)| escape(name) == first).map(|(_, origin)| origin);
        match origin {
            // An argument that is not there: the whole is at fault.
            None | Some(Origin::Fixed) => String::new(),
            Some(Origin::Name) => pointer.to_owned(),
            Some(Origin::Item(index)) => format!("/{index}{rest}"),
            Some(Origin::Items(start)) => {
                let inner = rest.strip_prefix('/').unwrap_or_default();
                let (index, below) = inner.split_once('/').unwrap_or((inner, ""));
                match index.parse::<usize>() {
                    Ok(index) if below.is_empty() => format!("/{}", start + index),
                    Ok(index) => format!("/{}/{below}", start + index),
                    Err(_) => String::new(),
                }
            }
        }
    }

    /// The arguments as an object.
    pub(super) fn object(&self) -> Json {
        Json::Object(self.values.clone())
    }

    /// A text that equal arguments share.
    pub(super) fn canonical(&self) -> String {
        let mut entries: Vec<(&String, &Json)> = self.values.iter().collect();
        entries.sort_unstable_by_key(|(name, _)| *name);
        let sorted: Map<String, Json> =
            entries.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Json::Object(sorted).to_string()
    }
}

impl Parameter<'_> {
    fn is_list(&self) -> bool {
        has_type(self.schema, "array")
    }
}

/// The parameters, in the order of their struct.
fn parameters(schema: &Json) -> Vec<Parameter<'_>> {
    let required = schema.get("required").and_then(Json::as_array);
    let properties = schema.get("properties").and_then(Json::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, schema)| Parameter {
            name,
            schema,
            required: required.is_some_and(|names| names.iter().any(|each| each == name)),
        })
        .collect()
}

fn has_type(schema: &Json, wanted: &str) -> bool {
    match schema.get("type") {
        Some(Json::String(name)) => name == wanted,
        Some(Json::Array(names)) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

/// Turns texts into the numbers and booleans that the schema asks for; what does not fit stays, for the reader to
/// complain of.
fn convert(root: &Json, schema: &Json, value: &mut Json) {
    let schema = resolved(root, schema);
    match value {
        Json::Array(items) => {
            if let Some(item_schema) = schema.get("items") {
                let item_schema = resolved(root, item_schema);
                for item in items {
                    convert_scalar(item_schema, item);
                }
            }
        }
        scalar => convert_scalar(schema, scalar),
    }
}

fn convert_scalar(schema: &Json, value: &mut Json) {
    let Json::String(text) = &*value else {
        return;
    };
    if has_type(schema, "string") {
        return;
    }
    let wanted = |read: &Json| {
        (read.is_boolean() && has_type(schema, "boolean"))
            || (read.is_number() && (has_type(schema, "number") || has_type(schema, "integer")))
    };
    if let Ok(read) = serde_json::from_str::<Json>(text.trim())
        && wanted(&read)
    {
        *value = read;
    }
}

/// The schema that a `$ref` into `root` stands for; a reference to a reference is not followed.
pub(super) fn resolved<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    schema
        .get("$ref")
        .and_then(Json::as_str)
        .and_then(|reference| root.pointer(reference.strip_prefix('#')?))
        .unwrap_or(schema)
}

fn too_many(free: &[&Parameter<'_>], extra: &Json) -> ArgsError {
    let names: Vec<&str> = free.iter().map(|parameter| parameter.name).collect();
    let error = ArgsError::new(
        format!("/{}", free.len()),
        text!("the argument `{argument}` is one too many", argument = extra.to_string()),
    );
    if names.is_empty() {
        error.with_hint(text!("the condition takes no arguments"))
    } else {
        error.with_hint(text!("the parameters are {names}", names = listed(&names)))
    }
}

/// The reader's message without the names of Rust's types, and as phrases where they are known.
fn in_plain_words(message: &str) -> Text {
    if let Some(name) =
        message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'))
    {
        return text!("missing field `{name}`", name);
    }
    let Some((found, expected)) = message.rsplit_once(", expected ") else {
        return Text::verbatim(message);
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => text!("an integer from 0"),
        "i8" | "i16" | "i32" | "i64" | "isize" => text!("an integer"),
        "f32" | "f64" => text!("a number"),
        "a string" => text!("a string"),
        "a boolean" => text!("a boolean"),
        "a sequence" => text!("a sequence"),
        other => Text::verbatim(other),
    };
    if let Some(found) = found.strip_prefix("invalid type: ") {
        return text!("invalid type: {found}, expected {expected}", found = value(found), expected);
    }
    if let Some(found) = found.strip_prefix("invalid value: ") {
        return text!(
            "invalid value: {found}, expected {expected}",
            found = value(found),
            expected
        );
    }
    text!("{found}, expected {expected}", found, expected)
}

/// What the reader says that it has found.
fn value(found: &str) -> Text {
    let value = |kind: &str| found.strip_prefix(kind);
    if let Some(value) = value("string ") {
        text!("string {value}", value)
    } else if let Some(value) = value("integer ") {
        text!("integer {value}", value)
    } else if let Some(value) = value("floating point ") {
        text!("floating point {value}", value)
    } else if let Some(value) = value("boolean ") {
        text!("boolean {value}", value)
    } else {
        Text::verbatim(found)
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// A name as a part of a JSON Pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
