//! What there is of decoding without the features `avro` and `protobuf`: nothing, since no format needs it.

use std::sync::Arc;

use super::{Language, RegistryConfig, Undecoded};
use crate::{ConnectorError, Health};

/// There is none.
#[derive(Clone, Debug)]
pub(crate) enum Decoder {}

impl Decoder {
    pub(crate) fn new(
        language: Language,
        _: &RegistryConfig,
        _: &Arc<Health>,
    ) -> Result<Self, ConnectorError> {
        match language {}
    }

    pub(crate) fn check(&self) -> Result<(), ConnectorError> {
        match *self {}
    }

    pub(crate) fn refused(&self) -> Option<String> {
        match *self {}
    }

    pub(crate) fn decode(&mut self, _: &[u8]) -> Result<&[u8], Undecoded> {
        match *self {}
    }
}
