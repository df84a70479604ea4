//! What a schema says of the bytes of a message.

use std::collections::BTreeMap;

use apache_avro::schema::{InnerDecimalSchema, Name, Schema as Parsed, UuidSchema};

use crate::coded::why::Why;

/// A schema, with what its names mean.
#[derive(Debug)]
pub(in crate::coded) struct Schema {
    pub(super) root: Node,
    pub(super) named: Vec<Node>,
}

/// How a value is written.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Enum(Vec<String>),
    Array(Box<Self>),
    Map(Box<Self>),
    Union(Vec<Self>),
    Record(Vec<Field>),
    /// What has a name, by its place among those.
    Named(usize),
    Logical(Logical),
}

/// How a value is written that means more than what it is written as.
#[derive(Debug)]
pub(super) enum Logical {
    /// A number in bytes, of which there are so many or as many as is told, with so many places behind the point.
    Decimal { size: Option<usize>, scale: i64 },
    /// The same with the places told in each value.
    BigDecimal,
    /// Days since 1970.
    Date,
    /// An `int`: milliseconds since midnight.
    TimeMillis,
    /// A `long`: microseconds since midnight.
    TimeMicros,
    /// A `long`: so many of these make a millisecond since 1970.
    Timestamp { per_ms: i64 },
    /// 16 bytes, the number of which is told unless it is fixed.
    UuidBytes { is_fixed: bool },
    /// Months, days and milliseconds.
    Duration,
}

/// A field of a record.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// Its name as JSON, and the colon.
    pub(super) key: String,
    pub(super) node: Node,
}

impl Schema {
    /// Reads a schema, with those that it refers to by name.
    pub(in crate::coded) fn new(text: &str, references: &[&str]) -> Result<Self, Why> {
        let parsed = Parsed::parse_str_with_list(text, references);
        let (parsed, others) = parsed.map_err(|error| Why::new(error.to_string()))?;
        let mut names = Names::default();
        for other in &others {
            names.node(other, None)?;
        }
        let root = names.node(&parsed, None)?;
        let named = names.nodes.into_iter().map(|(name, node)| {
            node.ok_or_else(|| Why::new(format!("nothing says what `{name}` is")))
        });
        Ok(Self { root, named: named.collect::<Result<_, _>>()? })
    }
}

/// What has a name, in the order in which the names came up.
#[derive(Default)]
struct Names {
    places: BTreeMap<String, usize>,
    nodes: Vec<(String, Option<Node>)>,
}

impl Names {
    /// The place of a name, which may come up before it is said what it means.
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.nodes.len();
        self.places.insert(name.to_owned(), place);
        self.nodes.push((name.to_owned(), None));
        place
    }

    /// Says what a name means.
    fn define(&mut self, name: &Name, namespace: Option<&str>, node: Node) -> Node {
        let place = self.place(&name.fullname(namespace));
        if let Some((_, meaning)) = self.nodes.get_mut(place) {
            *meaning = Some(node);
        }
        Node::Named(place)
    }

    fn node(&mut self, schema: &Parsed, namespace: Option<&str>) -> Result<Node, Why> {
        Ok(match schema {
            Parsed::Null => Node::Null,
            Parsed::Boolean => Node::Boolean,
            Parsed::Int => Node::Int,
            Parsed::Long => Node::Long,
            Parsed::Float => Node::Float,
            Parsed::Double => Node::Double,
            Parsed::Bytes => Node::Bytes,
            Parsed::String | Parsed::Uuid(UuidSchema::String) => Node::Text,
            Parsed::Array(array) => Node::Array(Box::new(self.node(&array.items, namespace)?)),
            Parsed::Map(map) => Node::Map(Box::new(self.node(&map.types, namespace)?)),
            Parsed::Union(union) => {
                let variants = union.variants().iter().map(|one| self.node(one, namespace));
                Node::Union(variants.collect::<Result<_, _>>()?)
            }
            Parsed::Record(record) => {
                let full = record.name.fully_qualified_name(namespace);
                let fields = record.fields.iter().map(|field| {
                    let node = self.node(&field.schema, full.namespace())?;
                    // A text can always be written as JSON.
                    let key = serde_json::to_string(&field.name).unwrap_or_default() + ":";
                    Ok(Field { name: field.name.clone(), key, node })
                });
                let fields = fields.collect::<Result<_, _>>()?;
                self.define(&full, None, Node::Record(fields))
            }
            Parsed::Enum(symbols) => {
                self.define(&symbols.name, namespace, Node::Enum(symbols.symbols.clone()))
            }
            Parsed::Fixed(fixed) => self.define(&fixed.name, namespace, Node::Fixed(fixed.size)),
            Parsed::Decimal(decimal) => {
                let scale = i64::try_from(decimal.scale).unwrap_or(i64::MAX);
                match &decimal.inner {
                    InnerDecimalSchema::Bytes => {
                        Node::Logical(Logical::Decimal { size: None, scale })
                    }
                    InnerDecimalSchema::Fixed(fixed) => {
                        let size = Some(fixed.size);
                        let node = Node::Logical(Logical::Decimal { size, scale });
                        self.define(&fixed.name, namespace, node)
                    }
                }
            }
            Parsed::BigDecimal => Node::Logical(Logical::BigDecimal),
            Parsed::Uuid(UuidSchema::Bytes) => {
                Node::Logical(Logical::UuidBytes { is_fixed: false })
            }
            Parsed::Uuid(UuidSchema::Fixed(fixed)) => {
                let node = Node::Logical(Logical::UuidBytes { is_fixed: true });
                self.define(&fixed.name, namespace, node)
            }
            Parsed::Date => Node::Logical(Logical::Date),
            Parsed::TimeMillis => Node::Logical(Logical::TimeMillis),
            Parsed::TimeMicros => Node::Logical(Logical::TimeMicros),
            Parsed::TimestampMillis | Parsed::LocalTimestampMillis => {
                Node::Logical(Logical::Timestamp { per_ms: 1 })
            }
            Parsed::TimestampMicros | Parsed::LocalTimestampMicros => {
                Node::Logical(Logical::Timestamp { per_ms: 1000 })
            }
            Parsed::TimestampNanos | Parsed::LocalTimestampNanos => {
                Node::Logical(Logical::Timestamp { per_ms: 1_000_000 })
            }
            Parsed::Duration(fixed) => {
                self.define(&fixed.name, namespace, Node::Logical(Logical::Duration))
            }
            Parsed::Ref { name } => Node::Named(self.place(&name.fullname(namespace))),
        })
    }
}
