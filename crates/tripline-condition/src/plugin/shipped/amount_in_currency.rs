//! `AmountInCurrency`: an amount of any currency against one of a fixed currency.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use tripline_event::FieldId;
use tripline_message::text;

use super::value::Comparison;
use super::{check_path, number};
use crate::expression::ast::Relation;
use crate::expression::multiply;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};
use crate::{Binder, Condition, Context, Truth};

pub(super) struct AmountInCurrency;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The path of the field with the amount.
    field: String,
    /// The path of the field with the currency, such as `EUR`.
    currency_field: String,
    /// How the amount is compared.
    operator: Comparison,
    /// What it is compared with, in `currency`.
    value: f64,
    /// The currency of `value`.
    currency: String,
    /// What one unit of each other currency is worth in `currency`; all above 0.
    #[serde(default)]
    rates: BTreeMap<String, f64>,
}

#[derive(Debug)]
struct Amount {
    amount: FieldId,
    currency: FieldId,
    relation: Relation,
    value: f64,
    /// By currency, its own included; in order.
    rates: Vec<(String, f64)>,
}

impl Condition for Amount {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let currency = context.event.value(self.currency).as_text();
        let (Some(amount), Some(currency)) = (number(context, self.amount), currency) else {
            return Truth::Unknown;
        };
        let found = self.rates.binary_search_by(|(name, _)| name.as_str().cmp(currency));
        let Some((_, rate)) = found.ok().and_then(|index| self.rates.get(index)) else {
            return Truth::Unknown;
        };
        // In decimals, as expressions calculate: 3 times 19.99 is 59.97.
        Truth::from(self.relation.holds(&multiply(amount, *rate), &self.value))
    }
}

impl ConditionPlugin for AmountInCurrency {
    type Parameters = Parameters;
    const NAME: &'static str = "AmountInCurrency";
    const DESCRIPTION: &'static str =
        "compares an amount of any currency with one of a fixed currency, by a table of rates";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "19.99 at a rate of 3 is exactly 59.97",
            r#"{"field": "total", "currency_field": "currency", "operator": "==", "value": 59.97, "currency": "EUR", "rates": {"XTS": 3}}"#,
            r#"{"ts": 1, "total": 19.99, "currency": "XTS"}"#,
        ),
        Example::fails(
            "an amount in the currency itself",
            r#"{"field": "total", "currency_field": "currency", "operator": ">", "value": 100, "currency": "EUR", "rates": {"CNY": 0.125}}"#,
            r#"{"ts": 1, "total": 100, "currency": "EUR"}"#,
        ),
        Example::unknown(
            "a currency without a rate",
            r#"["total", "currency", ">", "100", "EUR"]"#,
            r#"{"ts": 1, "total": 500, "currency": "USD"}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        check_path("/currency_field", &told.currency_field)?;
        let wrong = told.rates.iter().filter(|(_, rate)| !(rate.is_finite() && **rate > 0.0));
        let wrong = wrong.map(|(name, rate)| {
            let pointer = format!("/rates/{}", super::super::arguments::escape(name));
            ArgsError::new(
                pointer,
                text!("the rate {rate} of `{name}` is not above 0", rate = rate.to_string(), name),
            )
            .with_hint(text!(
                "write what one `{name}` is worth in `{currency}`",
                name,
                currency = &told.currency
            ))
        });
        if let Some(error) = ArgsError::of_all(wrong) {
            return Err(error);
        }
        let mut rates = told.rates;
        if rates.insert(told.currency.clone(), 1.0).is_some_and(|rate| rate != 1.0) {
            let name = &told.currency;
            return Err(ArgsError::new(
                format!("/rates/{}", super::super::arguments::escape(name)),
                text!("the rate of `{name}` in itself is 1", name),
            )
            .with_hint(text!("leave it out")));
        }
        Ok(PluginCondition::of_event(Amount {
            amount: binder.field(&told.field),
            currency: binder.field(&told.currency_field),
            relation: told.operator.into(),
            value: told.value,
            rates: rates.into_iter().collect(),
        }))
    }
}
