//! The constants of an `in` list, sorted so that a long list is searched quickly.

use smol_str::SmolStr;

use super::ast::{Literal, Relation};
use super::scalar::Scalar;

/// Up to so many texts are compared one by one, mostly by their lengths.
const SHORT: usize = 8;

/// A set of constants; equality is that of `==`.
#[derive(Debug, Default)]
pub(super) struct Members {
    texts: Vec<SmolStr>,
    ints: Vec<i64>,
    floats: Vec<f64>,
    bools: Vec<bool>,
}

impl Members {
    pub(super) fn new(list: Vec<&Literal>) -> Self {
        let mut members = Self::default();
        for literal in list {
            match literal {
                Literal::Text(text) => members.texts.push(SmolStr::new(text)),
                Literal::Int(value) => members.ints.push(*value),
                Literal::Float(value) => members.floats.push(*value),
                Literal::Bool(value) => members.bools.push(*value),
            }
        }
        members.texts.sort_unstable();
        members.texts.dedup();
        members.ints.sort_unstable();
        members.ints.dedup();
        members.floats.sort_unstable_by(f64::total_cmp);
        members.floats.dedup();
        members.bools.sort_unstable();
        members.bools.dedup();
        members
    }

    /// Whether a value that is not missing equals a member.
    pub(super) fn contains(&self, value: &Scalar<'_>) -> bool {
        match value {
            Scalar::Missing => false,
            Scalar::Bool(value) => self.bools.contains(value),
            Scalar::Int(value) => {
                let is = |float: &f64| Relation::Equal.holds_mixed(*value, *float);
                self.ints.binary_search(value).is_ok() || self.floats.iter().any(is)
            }
            Scalar::Float(value) => {
                let is = |int: &i64| Relation::Equal.holds_mixed(*int, *value);
                self.floats.contains(value) || self.ints.iter().any(is)
            }
            Scalar::Text(text) => self.has_text(text),
            Scalar::Shared(text) => self.has_text(text),
        }
    }

    pub(super) fn has_text(&self, text: &str) -> bool {
        if self.texts.len() <= SHORT {
            return self.texts.iter().any(|member| member.as_str() == text);
        }
        self.texts.binary_search_by(|member| member.as_str().cmp(text)).is_ok()
    }

    /// The members, sorted by kind and value.
    pub(super) fn literals(&self) -> impl Iterator<Item = Literal> {
        let texts = self.texts.iter().map(|text| Literal::Text(text.to_string()));
        let ints = self.ints.iter().map(|value| Literal::Int(*value));
        let floats = self.floats.iter().map(|value| Literal::Float(*value));
        let bools = self.bools.iter().map(|value| Literal::Bool(*value));
        texts.chain(ints).chain(floats).chain(bools)
    }
}
