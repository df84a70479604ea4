//! `tripline validate-rule --explain CODE`: what a code means.

use std::io::Write as _;

use serde_json::{Value, json};
use tripline::Code;
use tripline_spec::did_you_mean;

use crate::command::{Format, complain};
use crate::exit::Exit;
use crate::lang::Lang;
use crate::report::printable;
use crate::stdout::Stdout;

/// Writes what there is to say of each code; all the others too if one is unknown.
pub(super) fn run(ids: &[String], format: Format, lang: Lang, out: &mut Stdout) -> Exit {
    let mut exit = Exit::Success;
    let mut first = true;
    for id in ids {
        let Some(code) = Code::from_id(id) else {
            complain(&unknown(id));
            exit = Exit::Usage;
            continue;
        };
        if !first && format == Format::Human {
            out.print(|out| writeln!(out));
        }
        first = false;
        match format {
            Format::Human => {
                out.print(|out| out.write_all(code.explain(lang.into()).as_bytes()));
            }
            Format::Json => out.print(|out| writeln!(out, "{}", line(code, lang))),
        }
    }
    exit
}

fn unknown(id: &str) -> String {
    let upper = id.to_ascii_uppercase();
    let hint = match did_you_mean(&upper, Code::ALL.iter().map(|code| code.id())) {
        Some(close) => format!("did you mean {close}?"),
        None => "codes are E or W and four digits, as E0203".to_owned(),
    };
    printable(&format!("there is no code `{id}`; {hint}"))
}

fn line(code: Code, lang: Lang) -> Value {
    let (lang, entry) = (lang.into(), code.entry());
    json!({
        "code": code,
        "severity": code.severity(),
        "title": code.title_in(lang),
        "about": entry.about.get(lang),
        "event_schema": entry.examples.and_then(|examples| examples.event_schema),
        "wrong": entry.examples.map(|examples| examples.wrong),
        "right": entry.examples.map(|examples| examples.right),
        "more": entry.more.map(|more| more.get(lang)),
    })
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn names_what_is_close() {
        assert_eq!(unknown("e203"), "there is no code `e203`; did you mean E0203?");
        let advice = "codes are E or W and four digits, as E0203";
        assert_eq!(unknown("syntax"), format!("there is no code `syntax`; {advice}"));
    }
}
