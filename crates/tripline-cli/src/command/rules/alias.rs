//! `tripline rules alias`: what condition classes stand for in a store.

use std::io::Write as _;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tripline::{AliasOrigin, AliasTarget, Registry, ResolvedAlias};
use tripline_rule_store::AliasText;

use super::session::Access;
use super::{Common, RulesError};
use crate::command::Format;
use crate::exit::Exit;
use crate::report::printable;
use crate::stdout::Stdout;

/// The arguments of `tripline rules alias`.
#[derive(Debug, Args)]
pub(super) struct Alias {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List what classes stand for, by the store and the configuration
    List(List),
    /// Say what a class stands for; engines that follow the store take it up while they run
    Set(Set),
    /// Take away what a class stands for; rules that run go on with it
    Remove(Remove),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Set {
    /// The class, as rules name it
    class_name: String,
    /// The name of a condition, or an expression
    condition: String,
    /// Arguments that are given: a JSON object; the rule's own go to the others
    #[arg(long, value_name = "JSON")]
    args: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Remove {
    /// The class, as rules name it
    class_name: String,
    #[command(flatten)]
    common: Common,
}

impl Alias {
    pub(super) fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        match &self.action {
            Action::List(list) => list.run(registry, out),
            Action::Set(set) => set.run(registry, out),
            Action::Remove(remove) => remove.run(out),
        }
    }
}

impl List {
    fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let registry = self.common.registry(registry)?;
        for alias in registry.aliases() {
            let line = match self.common.format {
                Format::Json => json(alias).to_string(),
                Format::Human => printable(&text(alias)),
            };
            out.print(|out| writeln!(out, "{line}"));
        }
        Ok(Exit::Success)
    }
}

fn json(alias: &ResolvedAlias) -> Value {
    let (condition, args) = match &alias.alias().target {
        AliasTarget::Condition { condition, args } => {
            (Value::from(condition.as_str()), args.clone())
        }
        AliasTarget::Unreadable(_) => (Value::Null, Value::Null),
    };
    json!({
        "class_name": alias.alias().class_name,
        "condition": condition,
        "args": args,
        "origin": alias.alias().origin.to_string(),
        "problem": alias.meaning().err().map(ToString::to_string),
    })
}

fn text(alias: &ResolvedAlias) -> String {
    let target = match &alias.alias().target {
        AliasTarget::Condition { condition, args: Value::Null } => format!("`{condition}`"),
        AliasTarget::Condition { condition, args } => format!("`{condition}` with {args}"),
        AliasTarget::Unreadable(_) => "what cannot be read".to_owned(),
    };
    let problem = alias.meaning().err().map(|problem| format!("; it cannot be used: {problem}"));
    let (name, origin) = (&alias.alias().class_name, &alias.alias().origin);
    format!("{name} stands for {target} ({origin}){}", problem.unwrap_or_default())
}

impl Set {
    fn run(&self, registry: &Registry, out: &mut Stdout) -> Result<Exit, RulesError> {
        let args = self.args.as_deref().map_or(Ok(Value::Null), serde_json::from_str);
        let args = args.map_err(|_| RulesError::Usage("--args is not JSON"))?;
        // What is broken would only be told later, to others.
        let mut registry = registry.clone();
        registry.set_aliases([tripline::Alias {
            class_name: self.class_name.clone(),
            target: AliasTarget::Condition { condition: self.condition.clone(), args },
            origin: AliasOrigin::Store(self.class_name.as_str().into()),
        }]);
        if let Some(Err(problem)) = registry.aliases().next().map(ResolvedAlias::meaning) {
            let hint = problem.hint.as_ref().map(|hint| format!("; {hint}"));
            let problem = format!("{problem}{}", hint.unwrap_or_default());
            return Err(RulesError::BrokenAlias { name: self.class_name.clone(), problem });
        }
        let mut session = self.common.open(Access::OrNew)?;
        let text = AliasText { condition: self.condition.clone(), args: self.args.clone() };
        session.set_alias(&self.class_name, &text)?;
        let store = session.name();
        match self.common.format {
            Format::Json => {
                let line = json!({"class_name": self.class_name, "result": "set"});
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human => {
                let line =
                    format!("{} stands for `{}` in {store}", self.class_name, self.condition);
                out.print(|out| writeln!(out, "{}", printable(&line)));
            }
        }
        Ok(Exit::Success)
    }
}

impl Remove {
    fn run(&self, out: &mut Stdout) -> Result<Exit, RulesError> {
        let mut session = self.common.open(Access::Existing)?;
        let store = session.name();
        if !session.remove_alias(&self.class_name)? {
            let name = self.class_name.clone();
            return Err(RulesError::NoAlias { name, store });
        }
        match self.common.format {
            Format::Json => {
                let line = json!({"class_name": self.class_name, "result": "removed"});
                out.print(|out| writeln!(out, "{line}"));
            }
            Format::Human => {
                let line = format!("{} is gone from {store}", self.class_name);
                out.print(|out| writeln!(out, "{}", printable(&line)));
            }
        }
        Ok(Exit::Success)
    }
}
