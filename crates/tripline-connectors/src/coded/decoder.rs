//! Takes messages apart: the id of the schema before them, the schema of the registry, and what it says of the rest.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::json::Json;
use super::registry::{Failure, Registered, Registry};
use super::why::Why;
use super::{Held, Language, RegistryConfig, Undecoded};
use crate::{Backoff, ConnectorError, Health};

/// How many schemas are kept.
const MAX_KNOWN: usize = 1000;

/// How long it is believed that a registry does not know an id.
const BELIEVED: Duration = Duration::from_secs(30);

/// Decodes the messages of a partition; what it knows of schemas it shares with its clones.
#[derive(Debug)]
pub(crate) struct Decoder {
    shared: Arc<Shared>,
    /// The schema of the last message, which is mostly that of the next.
    last: Option<(u32, Arc<Schema>)>,
    json: Json,
}

impl Clone for Decoder {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), last: None, json: Json::default() }
    }
}

/// A schema of either language.
#[derive(Debug)]
enum Schema {
    #[cfg(feature = "avro")]
    Avro(super::avro::Schema),
    #[cfg(feature = "protobuf")]
    Protobuf(super::protobuf::Schema),
}

#[derive(Debug)]
struct Shared {
    language: Language,
    registry: Registry,
    health: Arc<Health>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    known: BTreeMap<u32, Known>,
    /// In the order in which they came.
    order: VecDeque<u32>,
    backoff: Backoff,
    /// While the registry is away: when it is asked again.
    again: Option<Instant>,
}

/// What is known of an id.
#[derive(Clone, Debug)]
enum Known {
    Schema(Arc<Schema>),
    /// There is no schema, or none that can be used; perhaps it is asked again.
    Not {
        why: Arc<str>,
        until: Option<Instant>,
    },
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "avro")]
            Self::Avro => "AVRO",
            #[cfg(feature = "protobuf")]
            Self::Protobuf => "PROTOBUF",
        })
    }
}

impl Schema {
    fn new(language: Language, registered: &Registered) -> Result<Self, Why> {
        let Registered { language: named, text, references } = registered;
        let named = named.as_deref().unwrap_or("AVRO");
        if named != language.to_string() {
            return Err(Why::new(format!("its language is {named}, and `format` says another")));
        }
        match language {
            #[cfg(feature = "avro")]
            Language::Avro => {
                let texts: Vec<&str> = references.iter().map(|(_, text)| text.as_str()).collect();
                super::avro::Schema::new(text, &texts).map(Self::Avro)
            }
            #[cfg(feature = "protobuf")]
            Language::Protobuf => {
                let files: Vec<(&str, &str)> =
                    references.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
                super::protobuf::Schema::new(text, &files).map(Self::Protobuf)
            }
        }
    }

    fn write(&self, message: &[u8], json: &mut Json) -> Result<(), Why> {
        match self {
            #[cfg(feature = "avro")]
            Self::Avro(schema) => schema.write(message, json),
            #[cfg(feature = "protobuf")]
            Self::Protobuf(schema) => schema.write(message, json),
        }
    }
}

/// Takes the id of the schema from before a message.
fn id_of(message: &[u8]) -> Result<(u32, &[u8]), String> {
    match message.split_first_chunk::<5>() {
        Some(([0, a, b, c, d], rest)) => Ok((u32::from_be_bytes([*a, *b, *c, *d]), rest)),
        Some(([other, ..], _)) => Err(format!(
            "it begins with the byte {other}, and not with 0 and the id of a schema: it was not written with the registry"
        )),
        None => Err(format!(
            "it has {} bytes, which are too few for 0 and the id of a schema",
            message.len()
        )),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "when to ask again: what is found does not depend on it"
)]
fn now() -> Instant {
    Instant::now()
}

impl Decoder {
    /// One that has not asked yet.
    ///
    /// # Errors
    /// If a secret or a certificate is not there.
    pub(crate) fn new(
        language: Language,
        config: &RegistryConfig,
        health: &Arc<Health>,
    ) -> Result<Self, ConnectorError> {
        let registry = Registry::new(config)
            .map_err(|reason| ConnectorError::Refused { name: health.name().to_owned(), reason })?;
        let state = State {
            known: BTreeMap::new(),
            order: VecDeque::new(),
            backoff: Backoff::new(Duration::from_millis(500)),
            again: None,
        };
        let health = Arc::clone(health);
        let shared = Shared { language, registry, health, state: Mutex::new(state) };
        Ok(Self { shared: Arc::new(shared), last: None, json: Json::default() })
    }

    /// Whether the registry answers; asks once.
    ///
    /// # Errors
    /// What it says, or that it does not.
    pub(crate) fn check(&self) -> Result<(), ConnectorError> {
        self.shared.registry.check().map_err(|failure| ConnectorError::Refused {
            name: self.shared.health.name().to_owned(),
            reason: match failure {
                Failure::Away(reason) | Failure::Refused(reason) | Failure::Unknown(reason) => {
                    reason
                }
            },
        })
    }

    /// Asks the registry once whether it lets us in; why not. One that is away is waited for once there is a message.
    pub(crate) fn refused(&self) -> Option<String> {
        match self.shared.registry.check() {
            Err(Failure::Refused(reason)) => Some(reason),
            _ => None,
        }
    }

    /// The JSON of a message.
    pub(crate) fn decode(&mut self, message: &[u8]) -> Result<&[u8], Undecoded> {
        let (id, rest) = id_of(message).map_err(Undecoded::Bad)?;
        let schema = match self.last.take() {
            Some((last, schema)) if last == id => schema,
            _ => self.shared.schema(id)?,
        };
        let (_, schema) = self.last.insert((id, schema));
        self.json.clear();
        let written = schema.write(rest, &mut self.json);
        written.map_err(|why| Undecoded::Bad(format!("by its schema {id}, {why}")))?;
        Ok(self.json.bytes())
    }
}

impl Shared {
    /// The schema of an id; asks the registry if need be, and nobody else does meanwhile.
    fn schema(&self, id: u32) -> Result<Arc<Schema>, Undecoded> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = now();
        match state.known.get(&id) {
            Some(Known::Schema(schema)) => return Ok(Arc::clone(schema)),
            Some(Known::Not { why, until }) if until.is_none_or(|until| before < until) => {
                return Err(Undecoded::Bad(why.to_string()));
            }
            _ => {}
        }
        if state.again.is_some_and(|again| before < again) {
            return Err(Undecoded::Held(Held::Later));
        }
        let asked = self.registry.schema(id);
        let known = match asked {
            Ok(registered) => match Schema::new(self.language, &registered) {
                Ok(schema) => Known::Schema(Arc::new(schema)),
                Err(why) => {
                    let why = format!("its schema {id} cannot be used: {why}");
                    Known::Not { why: why.into(), until: None }
                }
            },
            Err(Failure::Unknown(what)) => {
                let why = format!("the registry does not have its schema {id} ({what})");
                Known::Not { why: why.into(), until: Some(now() + BELIEVED) }
            }
            Err(Failure::Refused(reason)) => {
                return Err(Undecoded::Held(Held::Refused(reason)));
            }
            Err(Failure::Away(reason)) => {
                self.health.held(reason);
                state.again = Some(now() + state.backoff.wait());
                return Err(Undecoded::Held(Held::Later));
            }
        };
        self.health.released();
        state.backoff.reset();
        state.again = None;
        state.keep(id, known.clone());
        drop(state);
        match known {
            Known::Schema(schema) => Ok(schema),
            Known::Not { why, .. } => Err(Undecoded::Bad(why.to_string())),
        }
    }
}

impl State {
    fn keep(&mut self, id: u32, known: Known) {
        if self.known.insert(id, known).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > MAX_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
