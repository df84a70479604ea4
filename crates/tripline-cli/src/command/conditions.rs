//! `tripline conditions`: the conditions that rules may name, and what each is told.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tripline::{
    AliasMeaning, COMBINATIONS, Combination, Example, Origin, ParameterDoc, Registry,
    RegistryError, Text, text, truth_word,
};

use super::Format;
use crate::config::ConfigArgs;
use crate::exit::Exit;
use crate::lang::Lang;
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
            Action::List(list) => list.run(registry, config.lang(), &mut out),
            Action::Show(show) => show.run(registry, config.lang(), &mut out),
        };
        out.finish(exit)
    }
}

/// A condition, as it is shown.
struct Shown<'a> {
    name: &'a str,
    origin: Origin,
    description: Text,
    /// Nothing for those that take conditions instead.
    schema: Option<Value>,
    takes: &'static str,
    examples: &'a [Example],
}

fn all(registry: &Registry) -> Vec<Shown<'_>> {
    let named = registry.conditions().map(|(name, factory)| {
        let description = match registry.alias_of(name).map(|alias| alias.meaning()) {
            Some(Ok(AliasMeaning::Condition(of))) => text!("stands for `{of}`", of = of.as_str()),
            Some(Ok(AliasMeaning::Expression(of))) => {
                text!("stands for the expression `{of}`", of = of.as_str())
            }
            _ => Text::of_condition(factory.description()),
        };
        Shown {
            name,
            origin: registry.origin(name).unwrap_or(Origin::Plugin),
            description,
            schema: Some(factory.parameters_schema()),
            takes: "",
            examples: factory.examples(),
        }
    });
    let combining =
        COMBINATIONS.iter().map(|Combination { name, description, takes, examples }| Shown {
            name,
            origin: Origin::Shipped,
            description: Text::of_condition(description),
            schema: None,
            takes,
            examples,
        });
    named.chain(combining).collect()
}

/// Where a condition comes from, in words; in English the word that JSON has too.
fn origin_words(origin: Origin) -> Text {
    match origin {
        Origin::Shipped => text!("shipped"),
        Origin::Alias => text!("alias"),
        _ => text!("plugin"),
    }
}

impl List {
    fn run(&self, registry: &Registry, lang: Lang, out: &mut Stdout) -> Exit {
        let all = all(registry);
        let width = all.iter().map(|shown| shown.name.chars().count()).max().unwrap_or(0);
        for Shown { name, origin, description, .. } in &all {
            let (said, description) = (origin_words(*origin), description.render(lang.into()));
            let line = match self.format {
                Format::Human => {
                    let origin = said.render(lang.into());
                    printable(&format!("{name:width$}  {origin:7}  {description}"))
                }
                Format::Json => {
                    let origin = said.to_string();
                    json!({"name": name, "origin": origin, "description": description}).to_string()
                }
            };
            out.print(|out| writeln!(out, "{line}"));
        }
        Exit::Success
    }
}

impl Show {
    fn run(&self, registry: &Registry, lang: Lang, out: &mut Stdout) -> Exit {
        let name = self.name.as_str();
        let all = all(registry);
        let combining = |shown: &&Shown<'_>| shown.schema.is_none() && name.ends_with(shown.name);
        let found = all.iter().find(|shown| shown.name == name);
        let Some(shown) = found.or_else(|| all.iter().find(combining)) else {
            let error = registry.get(name).err();
            let message = error.as_ref().map_or_else(|| Text::verbatim(name), RegistryError::text);
            let hint = error.and_then(|error| error.hint());
            let hint = hint.unwrap_or_else(|| text!("`tripline conditions list` lists all"));
            let said = text!("{first}; {second}", first = message, second = hint);
            super::complain(&printable(&said.render(lang.into())));
            return Exit::Failure;
        };
        match self.format {
            Format::Human => out.print(|out| out.write_all(shown.text(lang).as_bytes())),
            Format::Json => out.print(|out| writeln!(out, "{}", shown.json(lang))),
        }
        Exit::Success
    }
}

impl Shown<'_> {
    fn parameters(&self) -> Vec<ParameterDoc> {
        self.schema.as_ref().map(ParameterDoc::all).unwrap_or_default()
    }

    fn json(&self, lang: Lang) -> Value {
        let in_lang = |text: &Text| text.render(lang.into());
        let parameters: Vec<Value> = self
            .parameters()
            .iter()
            .map(|parameter| {
                let default = parameter.default.as_deref();
                let default: Option<Value> =
                    default.and_then(|default| serde_json::from_str(default).ok());
                json!({
                    "name": parameter.name, "takes": in_lang(&parameter.takes),
                    "description": sentence(&parameter.description, lang),
                    "required": parameter.required, "default": default,
                })
            })
            .collect();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        let examples: Vec<Value> = self
            .examples
            .iter()
            .map(|Example { about, args, event, truth }| {
                json!({
                    "about": in_lang(&Text::of_condition(about)), "args": read(args),
                    "event": read(event), "says": truth_word(*truth).to_string(),
                })
            })
            .collect();
        json!({
            "name": self.name, "origin": origin_words(self.origin).to_string(),
            "description": in_lang(&self.description), "parameters": parameters,
            "schema": self.schema, "examples": examples,
        })
    }

    fn text(&self, lang: Lang) -> String {
        let in_lang = |text: Text| text.render(lang.into());
        let colon = match lang {
            Lang::En => ": ",
            Lang::Zh => "：",
        };
        let origin = in_lang(origin_words(self.origin));
        let description = self.description.render(lang.into());
        let mut lines = vec![format!("{} ({origin}){colon}{description}", self.name)];
        let parameters = self.parameters();
        lines.push(String::new());
        lines.push(in_lang(if self.schema.is_none() {
            let takes = Text::of_condition(self.takes);
            text!("It takes `nestedConditions`, {takes}, and no `args`", takes)
        } else if parameters.is_empty() {
            text!("It takes no arguments")
        } else {
            text!("Parameters, in the order in which a list gives them:")
        }));
        for parameter in parameters {
            let takes = match parameter.default {
                Some(value) => {
                    let given = text!("{value} unless given", value);
                    text!("{first}; {second}", first = parameter.takes, second = given)
                }
                None if parameter.required => {
                    text!("{first}; {second}", first = parameter.takes, second = text!("required"))
                }
                None => parameter.takes,
            };
            lines.push(format!("  {}{colon}{}", parameter.name, in_lang(takes)));
            if !parameter.description.is_empty() {
                lines.push(format!("      {}", sentence(&parameter.description, lang)));
            }
        }
        if !self.examples.is_empty() {
            lines.push(String::new());
            lines.push(in_lang(text!("Examples:")));
        }
        let key = if self.schema.is_none() { "nestedConditions" } else { "args" };
        for Example { about, args, event, truth } in self.examples {
            lines.push(format!("  {}", in_lang(Text::of_condition(about))));
            lines.push(format!(
                "      {{\"type\": \"CLASS\", \"className\": \"{}\", \"{key}\": {args}}}",
                self.name
            ));
            lines.push(format!("      {event} {}", in_lang(truth_word(*truth))));
        }
        let lines: Vec<String> =
            lines.iter().flat_map(|line| line.split('\n')).map(printable).collect();
        lines.join("\n") + "\n"
    }
}

/// What a parameter means, with the full stop of its language if it has one.
fn sentence(english: &str, lang: Lang) -> String {
    let said = Text::of_condition(english).render(lang.into());
    match lang {
        _ if !english.ends_with('.') => said,
        Lang::En => said + ".",
        Lang::Zh => said + "。",
    }
}
