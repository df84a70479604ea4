//! How often a node is to occur.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{ConditionSpec, MAX_SAFE_INTEGER, TimeSpec, keywords};
use crate::pointer::Pointer;

keywords! {
    /// How far apart two events may be.
    pub ContiguitySpec {
        /// Nothing may come between (next).
        Strict = "STRICT",
        /// Events that do not fit are passed over (followedBy).
        SkipTillNext = "SKIP_TILL_NEXT",
        /// Events that fit may be passed over as well (followedByAny).
        SkipTillAny = "SKIP_TILL_ANY",
    }
}

keywords! {
    /// A property of a quantifier. Properties are applied in this order, whatever their order in the text.
    pub QuantifierPropertySpec {
        /// Exactly once.
        Single = "SINGLE",
        /// `times.from` times or more.
        Looping = "LOOPING",
        /// `times.from` to `times.to` times.
        Times = "TIMES",
        /// May be left out.
        Optional = "OPTIONAL",
        /// Takes every event it can before the next node may.
        Greedy = "GREEDY",
    }
}

/// How often a node, or a group, is to occur; the default says nothing and means once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(deny_unknown_fields)]
pub struct QuantifierSpec {
    /// Contiguity between the repetitions of this node; `SKIP_TILL_NEXT` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consuming_strategy: Option<ContiguitySpec>,
    /// What the quantifier is; `SINGLE` if empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub properties: BTreeSet<QuantifierPropertySpec>,
    /// The numbers of LOOPING and TIMES.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<TimesSpec>,
    /// An event that meets it ends a loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_condition: Option<ConditionSpec>,
    /// Where it stands, or would stand.
    #[serde(skip)]
    pub pointer: Pointer,
}

/// How many repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub struct TimesSpec {
    /// At least so many; 0 with TIMES means that the node may be left out.
    #[schemars(range(min = 0, max = MAX_SAFE_INTEGER))]
    pub from: i64,
    /// At most so many; ignored with LOOPING, `from` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = MAX_SAFE_INTEGER))]
    pub to: Option<i64>,
    /// The largest gap between two consecutive repetitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_time: Option<TimeSpec>,
    /// Where it stands.
    #[serde(skip)]
    pub pointer: Pointer,
}

impl QuantifierSpec {
    /// Whether it has a property.
    #[must_use]
    pub fn has(&self, property: QuantifierPropertySpec) -> bool {
        self.properties.contains(&property)
    }

    /// Whether it asks for nothing but one occurrence.
    ///
    /// Numbers without LOOPING or TIMES ask for nothing.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.properties.iter().all(|property| *property == QuantifierPropertySpec::Single)
            && self.until_condition.is_none()
            && matches!(self.consuming_strategy, None | Some(ContiguitySpec::SkipTillNext))
    }
}
