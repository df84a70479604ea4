//! A program with an action of its own, and every command of `tripline` (`docs/actions.md`).

use serde_json::Value;
use tripline::{ActionPlugin, Payload, Registry, RegistryError};

/// Counts what is in a cart, and says nothing of small ones.
#[derive(Debug)]
struct CartSize;

impl ActionPlugin for CartSize {
    fn give(&self, output: &str, payload: &mut String) -> Payload {
        let Ok(output) = serde_json::from_str::<Value>(output) else { return Payload::Whole };
        let items = output.pointer("/events/cart").and_then(Value::as_array);
        let (Some(items), Some(user)) = (items, output.pointer("/key/user")) else {
            return Payload::Whole;
        };
        if items.len() < 2 {
            return Payload::Nothing;
        }
        payload.push_str(&format!("{user} has {} things", items.len()));
        Payload::Text
    }
}

fn main() -> Result<std::process::ExitCode, RegistryError> {
    let mut registry = Registry::with_builtins();
    registry.register_action("cart_size", CartSize)?;
    Ok(tripline_cli::run(registry))
}
