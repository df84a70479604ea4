//! Writes messages that were read.

use std::borrow::Cow;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage as _, Value};

use crate::coded::decimal::decimal;
use crate::coded::json::Json;
use crate::coded::why::Why;

/// Writes a message as an object, or as what it stands for.
pub(super) fn message(message: &DynamicMessage, json: &mut Json) -> Result<(), Why> {
    let kind = message.descriptor();
    let whole = |number: u32| {
        let found = message.get_field_by_number(number);
        found.and_then(|found| found.as_i64().or_else(|| found.as_i32().map(i64::from)))
    };
    match kind.full_name() {
        "google.protobuf.Timestamp" | "google.protobuf.Duration" => {
            let (seconds, nanos) = (whole(1).unwrap_or(0), whole(2).unwrap_or(0));
            let ms = seconds
                .checked_mul(1000)
                .and_then(|ms| ms.checked_add(nanos.div_euclid(1_000_000)))
                .ok_or_else(|| Why::new(format!("{seconds} seconds are too many")))?;
            json.shown(ms)
        }
        "google.protobuf.DoubleValue"
        | "google.protobuf.FloatValue"
        | "google.protobuf.Int64Value"
        | "google.protobuf.UInt64Value"
        | "google.protobuf.Int32Value"
        | "google.protobuf.UInt32Value"
        | "google.protobuf.BoolValue"
        | "google.protobuf.StringValue"
        | "google.protobuf.BytesValue"
        | "google.protobuf.Struct"
        | "google.protobuf.ListValue" => match kind.get_field(1) {
            Some(only) => field(&message.get_field(&only), &only, json),
            None => json.raw("null"),
        },
        "google.protobuf.Value" => {
            match kind.fields().find(|one| message.has_field(one)) {
                // `null_value`.
                Some(one) if one.number() != 1 => field(&message.get_field(&one), &one, json),
                _ => json.raw("null"),
            }
        }
        "confluent.type.Decimal" => {
            let unscaled = message.get_field_by_number(1);
            let unscaled = unscaled.as_deref().and_then(Value::as_bytes);
            let unscaled = unscaled.map(AsRef::as_ref).unwrap_or_default();
            json.raw(&decimal(unscaled, whole(3).unwrap_or(0))?)
        }
        _ => object(message, json),
    }
}

/// Writes the fields of a message that are there; those that cannot be missing are, with their defaults.
fn object(message: &DynamicMessage, json: &mut Json) -> Result<(), Why> {
    let mut before = "{";
    for one in message.descriptor().fields() {
        if one.supports_presence() && !message.has_field(&one) {
            continue;
        }
        json.raw(before)?;
        json.text(one.name())?;
        json.raw(":")?;
        field(&message.get_field(&one), &one, json).map_err(|why| why.below(one.name()))?;
        before = ",";
    }
    json.raw(if before == "{" { "{}" } else { "}" })
}

fn field(value: &Value, field: &FieldDescriptor, json: &mut Json) -> Result<(), Why> {
    let kind = field.kind();
    match value {
        Value::List(items) => {
            json.raw("[")?;
            let mut before = "";
            for item in items {
                json.raw(before)?;
                one(item, &kind, json)?;
                before = ",";
            }
            json.raw("]")
        }
        Value::Map(entries) => {
            let Some(kind) = kind.as_message().map(|entry| entry.map_entry_value_field().kind())
            else {
                return json.raw("{}");
            };
            // Always in the same order: what is read again must be what it was.
            let mut entries: Vec<(&MapKey, &Value)> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            json.raw("{")?;
            let mut before = "";
            for (key, value) in entries {
                let key = name_of(key);
                json.raw(before)?;
                json.text(&key)?;
                json.raw(":")?;
                one(value, &kind, json).map_err(|why| why.below(&key))?;
                before = ",";
            }
            json.raw("}")
        }
        value => one(value, &kind, json),
    }
}

fn name_of(key: &MapKey) -> Cow<'_, str> {
    match key {
        MapKey::Bool(key) => key.to_string().into(),
        MapKey::I32(key) => key.to_string().into(),
        MapKey::I64(key) => key.to_string().into(),
        MapKey::U32(key) => key.to_string().into(),
        MapKey::U64(key) => key.to_string().into(),
        MapKey::String(key) => key.into(),
    }
}

/// Writes a value that is no list and no map.
fn one(value: &Value, kind: &Kind, json: &mut Json) -> Result<(), Why> {
    match value {
        Value::Bool(value) => json.shown(value),
        Value::I32(value) => json.shown(value),
        Value::I64(value) => json.shown(value),
        Value::U32(value) => json.shown(value),
        Value::U64(value) => json.shown(value),
        Value::F32(value) => json.float(*value),
        Value::F64(value) => json.double(*value),
        Value::String(value) => json.text(value),
        Value::Bytes(value) => json.base64(value),
        Value::EnumNumber(number) => {
            match kind.as_enum().and_then(|kind| kind.get_value(*number)) {
                Some(known) => json.text(known.name()),
                // Of a later version of the schema.
                None => json.shown(number),
            }
        }
        Value::Message(value) => message(value, json),
        // There are none in each other.
        Value::List(_) | Value::Map(_) => json.raw("null"),
    }
}
