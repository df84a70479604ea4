//! Quantifiers.

use super::decoder::{Decoder, Fields};
use crate::json::JsonNode;
use crate::pointer::Pointer;
use crate::spec::{QuantifierSpec, TimesSpec};

const QUANTIFIER_KEYS: [&str; 6] = [
    "consumingStrategy",
    "innerConsumingStrategy",
    "properties",
    "details",
    "times",
    "untilCondition",
];

impl Decoder {
    /// Reads the quantifier of a node, parts of which may stand on the node itself.
    pub(super) fn quantifier(&mut self, node: &Fields<'_>) -> QuantifierSpec {
        let own = self.optional(node, "quantifier", |decoder, node, pointer| {
            decoder.fields(node, pointer, &QUANTIFIER_KEYS)
        });
        let find = |key| own.as_ref().and_then(|own| own.find(key));
        let strategy = self.first_of([find("innerConsumingStrategy"), find("consumingStrategy")]);
        let consuming_strategy = strategy.and_then(|it| self.keyword(it.node, &it.pointer));
        let properties = self.first_of([find("properties"), find("details")]);
        let properties = properties.and_then(|it| self.array(it.node, &it.pointer, Self::keyword));
        let times = self.first_of([find("times"), node.find("times")]);
        let times = times.and_then(|it| self.times(it.node, &it.pointer));
        let until = self.first_of([find("untilCondition"), node.find("untilCondition")]);
        let until_condition = until.and_then(|it| self.condition(it.node, &it.pointer));
        QuantifierSpec {
            consuming_strategy,
            properties: properties.unwrap_or_default().into_iter().collect(),
            times,
            until_condition,
            pointer: node.pointer.key("quantifier"),
        }
    }

    fn times(&mut self, node: &JsonNode, pointer: &Pointer) -> Option<TimesSpec> {
        let fields = self.fields(node, pointer, &["from", "to", "windowTime"])?;
        let from = self.required(&fields, "from", Self::integer);
        let to = self.optional(&fields, "to", Self::integer);
        let window_time = self.optional(&fields, "windowTime", Self::time);
        Some(TimesSpec { from: from?, to, window_time, pointer: fields.pointer })
    }
}
