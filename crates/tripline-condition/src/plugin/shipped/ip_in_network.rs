//! `IpInNetwork`: an address in one of some networks.

use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;
use tripline_event::FieldId;
use tripline_message::text;

use super::check_path;
use crate::plugin::{ArgsError, ConditionPlugin, Example, PluginCondition};
use crate::{Binder, Condition, Context, Truth};

pub(super) struct IpInNetwork;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The path of the field with the address, IPv4 or IPv6.
    field: String,
    /// The networks, such as `10.0.0.0/8` or `2001:db8::/32`, or single addresses; at least one.
    #[schemars(length(min = 1))]
    networks: Vec<String>,
}

#[derive(Debug)]
struct Networks {
    field: FieldId,
    /// First and last address of each, in order and apart from one another.
    ranges: Vec<(IpAddr, IpAddr)>,
}

impl Condition for Networks {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let text = context.event.value(self.field).as_text();
        let Some(address) = text.and_then(|text| text.parse::<IpAddr>().ok()) else {
            return Truth::Unknown;
        };
        let address = address.to_canonical();
        let after = self.ranges.partition_point(|(first, _)| *first <= address);
        let before = after.checked_sub(1).and_then(|index| self.ranges.get(index));
        Truth::from(before.is_some_and(|(_, last)| address <= *last))
    }
}

impl ConditionPlugin for IpInNetwork {
    type Parameters = Parameters;
    const NAME: &'static str = "IpInNetwork";
    const DESCRIPTION: &'static str = "holds if an IP address is in one of some networks";
    const EXAMPLES: &'static [Example] = &[
        Example::holds(
            "one of two networks",
            r#"{"field": "ip", "networks": ["10.0.0.0/8", "2001:db8::/32"]}"#,
            r#"{"ts": 1, "ip": "2001:db8::7"}"#,
        ),
        Example::fails(
            "as existing rules have it; a single address is a network of one",
            r#"["ip", "10.0.0.0/8", "192.168.0.1"]"#,
            r#"{"ts": 1, "ip": "192.168.0.2"}"#,
        ),
        Example::holds(
            "an IPv4 address written as IPv6",
            r#"["ip", "10.0.0.0/8"]"#,
            r#"{"ts": 1, "ip": "::ffff:10.1.2.3"}"#,
        ),
        Example::unknown(
            "no address",
            r#"["ip", "10.0.0.0/8"]"#,
            r#"{"ts": 1, "ip": "localhost"}"#,
        ),
    ];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        check_path("/field", &told.field)?;
        let read = told.networks.iter().enumerate().map(|(index, text)| network(index, text));
        let (networks, errors): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        if let Some(error) = ArgsError::of_all(errors.into_iter().filter_map(Result::err)) {
            return Err(error);
        }
        let networks: Vec<IpNet> = networks.into_iter().flatten().collect();
        // Without those that are in others; all IPv4 before all IPv6, as addresses are ordered.
        let mut ranges: Vec<_> = IpNet::aggregate(&networks)
            .iter()
            .map(|network| (network.network(), network.broadcast()))
            .collect();
        ranges.sort_unstable();
        let field = binder.field(&told.field);
        Ok(PluginCondition::of_event(Networks { field, ranges }))
    }
}

fn network(index: usize, text: &str) -> Result<IpNet, ArgsError> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(|_| address()).map_err(|_| {
        ArgsError::new(
            format!("/networks/{index}"),
            text!("`{network}` is no network", network = text),
        )
        .with_hint(text!(
            "write it as `10.0.0.0/8` or `2001:db8::/32`; `/8` is how many bits are fixed"
        ))
    })
}
