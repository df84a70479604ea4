//! `tripline conditions`: the conditions that rules may name, and what each is told.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tripline::{
    AliasMeaning, COMBINATIONS, Combination, Example, Origin, ParameterDoc, Registry, truth_word,
};

use super::Format;
use crate::config::ConfigArgs;
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline conditions`.
#[derive(Debug, Args)]
pub(crate) struct Conditions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the conditions that rules may name
    List(List),
    /// Show what a condition is told, with examples
    Show(Show),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    config: ConfigArgs,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Args)]
struct Show {
    /// The name of the condition
    name: String,
    #[command(flatten)]
    config: ConfigArgs,
    /// How results are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Conditions {
    pub(crate) fn run(&self, registry: &Registry) -> Exit {
        let config = match &self.action {
            Action::List(list) => &list.config,
            Action::Show(show) => &show.config,
        };
        let registry = &match config.registry(registry) {
            Ok(registry) => registry,
            Err(exit) => return exit,
        };
        let mut out = Stdout::lock();
        let exit = match &self.action {
            Action::List(list) => list.run(registry, &mut out),
            Action::Show(show) => show.run(registry, &mut out),
        };
        out.finish(exit)
    }
}

/// A condition, as it is shown.
struct Shown<'a> {
    name: &'a str,
    origin: &'static str,
    description: String,
    /// Nothing for those that take conditions instead.
    schema: Option<Value>,
    takes: &'static str,
    examples: &'a [Example],
}

fn all(registry: &Registry) -> Vec<Shown<'_>> {
    let named = registry.conditions().map(|(name, factory)| {
        let description = match registry.alias_of(name).map(|alias| alias.meaning()) {
            Some(Ok(AliasMeaning::Condition(of))) => format!("stands for `{of}`"),
            Some(Ok(AliasMeaning::Expression(of))) => format!("stands for the expression `{of}`"),
            _ => factory.description().to_owned(),
        };
        Shown {
            name,
            origin: match registry.origin(name) {
                Some(Origin::Shipped) => "shipped",
                Some(Origin::Alias) => "alias",
                _ => "plugin",
            },
            description,
            schema: Some(factory.parameters_schema()),
            takes: "",
            examples: factory.examples(),
        }
    });
    let combining =
        COMBINATIONS.iter().map(|Combination { name, description, takes, examples }| Shown {
            name,
            origin: "shipped",
            description: (*description).to_owned(),
            schema: None,
            takes,
            examples,
        });
    named.chain(combining).collect()
}

impl List {
    fn run(&self, registry: &Registry, out: &mut Stdout) -> Exit {
        let all = all(registry);
        let width = all.iter().map(|shown| shown.name.chars().count()).max().unwrap_or(0);
        for Shown { name, origin, description, .. } in &all {
            let line = match self.format {
                Format::Human => printable(&format!("{name:width$}  {origin:7}  {description}")),
                Format::Json => {
                    json!({"name": name, "origin": origin, "description": description}).to_string()
                }
            };
            out.print(|out| writeln!(out, "{line}"));
        }
        Exit::Success
    }
}

impl Show {
    fn run(&self, registry: &Registry, out: &mut Stdout) -> Exit {
        let name = self.name.as_str();
        let all = all(registry);
        let combining = |shown: &&Shown<'_>| shown.schema.is_none() && name.ends_with(shown.name);
        let found = all.iter().find(|shown| shown.name == name);
        let Some(shown) = found.or_else(|| all.iter().find(combining)) else {
            let error = registry.get(name).err();
            let message = error.as_ref().map_or_else(String::new, ToString::to_string);
            let hint = error.and_then(|error| error.hint());
            let hint = hint.map(|hint| hint.to_string());
            let hint = hint.unwrap_or_else(|| "`tripline conditions list` lists all".to_owned());
            super::complain(&printable(&format!("{message}; {hint}")));
            return Exit::Failure;
        };
        match self.format {
            Format::Human => out.print(|out| out.write_all(shown.text().as_bytes())),
            Format::Json => out.print(|out| writeln!(out, "{}", shown.json())),
        }
        Exit::Success
    }
}

impl Shown<'_> {
    fn parameters(&self) -> Vec<ParameterDoc> {
        self.schema.as_ref().map(ParameterDoc::all).unwrap_or_default()
    }

    fn json(&self) -> Value {
        let parameters: Vec<Value> = self
            .parameters()
            .iter()
            .map(|parameter| {
                let default = parameter.default.as_deref();
                let default: Option<Value> =
                    default.and_then(|default| serde_json::from_str(default).ok());
                json!({
                    "name": parameter.name, "takes": parameter.takes,
                    "description": parameter.description, "required": parameter.required,
                    "default": default,
                })
            })
            .collect();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        let examples: Vec<Value> = self
            .examples
            .iter()
            .map(|Example { about, args, event, truth }| {
                json!({
                    "about": about, "args": read(args), "event": read(event),
                    "says": truth_word(*truth),
                })
            })
            .collect();
        json!({
            "name": self.name, "origin": self.origin, "description": self.description,
            "parameters": parameters, "schema": self.schema, "examples": examples,
        })
    }

    fn text(&self) -> String {
        let mut lines = vec![format!("{} ({}): {}", self.name, self.origin, self.description)];
        let parameters = self.parameters();
        if self.schema.is_none() {
            lines.push(format!("\nIt takes `nestedConditions`, {}, and no `args`.", self.takes));
        } else if parameters.is_empty() {
            lines.push("\nIt takes no arguments.".to_owned());
        } else {
            lines.push("\nParameters, in the order in which a list gives them:".to_owned());
        }
        for parameter in parameters {
            let mut line = format!("  {}: {}", parameter.name, parameter.takes);
            // Writing to a string cannot fail.
            let _written = match parameter.default {
                Some(default) => write!(line, "; {default} unless given"),
                None if parameter.required => write!(line, "; required"),
                None => Ok(()),
            };
            lines.push(line);
            if !parameter.description.is_empty() {
                lines.push(format!("      {}", parameter.description));
            }
        }
        if !self.examples.is_empty() {
            lines.push("\nExamples:".to_owned());
        }
        let key = if self.schema.is_none() { "nestedConditions" } else { "args" };
        for Example { about, args, event, truth } in self.examples {
            lines.push(format!("  {about}"));
            lines.push(format!(
                "      {{\"type\": \"CLASS\", \"className\": \"{}\", \"{key}\": {args}}}",
                self.name
            ));
            lines.push(format!("      {event} {}", truth_word(*truth)));
        }
        let lines: Vec<String> =
            lines.iter().flat_map(|line| line.split('\n')).map(printable).collect();
        lines.join("\n") + "\n"
    }
}
