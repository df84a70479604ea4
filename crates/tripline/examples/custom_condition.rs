//! A program with a condition of its own, and every command of `tripline` (`docs/plugins.md`).

use tripline::{ArgsError, Binder, Condition, ConditionPlugin, Context, Example, FieldId};
use tripline::{PluginCondition, Registry, RegistryError, Truth};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Parameters {
    /// The path of a field with a text.
    field: String,
    /// The least number of characters; inclusive.
    least: usize,
}

#[derive(Debug)]
struct LongText(FieldId, usize);

impl Condition for LongText {
    fn evaluate(&self, context: &Context<'_>) -> Truth {
        let text = context.event.value(self.0).as_text();
        text.map_or(Truth::Unknown, |text| Truth::from(text.chars().count() >= self.1))
    }
}

impl ConditionPlugin for LongText {
    type Parameters = Parameters;
    const NAME: &'static str = "LongText";
    const DESCRIPTION: &'static str = "holds if a text has at least so many characters";
    const EXAMPLES: &'static [Example] = &[Example::holds("3", r#"["n", 3]"#, r#"{"n": "Zoë"}"#)];

    fn bind(told: Parameters, binder: &mut Binder<'_>) -> Result<PluginCondition, ArgsError> {
        Ok(PluginCondition::of_event(Self(binder.field(&told.field), told.least)))
    }
}

fn main() -> Result<std::process::ExitCode, RegistryError> {
    let mut registry = Registry::with_builtins();
    registry.register::<LongText>()?;
    Ok(tripline_cli::run(registry))
}
