//! What types cannot say: values that make no sense, alone or together.

use tripline::{Code, Text, text};
use tripline_rule_store::{StoreError, StoreUrl};
use tripline_spec::did_you_mean;

use super::finding::{Finding, pointer_of};
use super::model::{Config, OnUnavailable};
use super::read::Reading;

/// The shortest time between two looks for changes, in ms.
pub(crate) const MIN_POLL_MS: i64 = 10;

/// The shortest time between two checkpoints, in ms.
pub(crate) const MIN_CHECKPOINT_MS: i64 = 10;

/// Sinks are in a set of 64.
const MAX_SINKS: usize = 64;

/// Adds what is wrong with the values.
pub(super) fn check(reading: &mut Reading) {
    let config = reading.config.clone();
    let mut wrong = |pointer: &str, message: Text, hint: Option<Text>| {
        reading.push(Finding::new(Code::ConfigValue, pointer, message).with_hint(hint));
    };
    let sources = config.sources.iter().map(|(name, source)| ("sources", name, source.problems()));
    let sinks = config.sinks.iter().map(|(name, sink)| ("sinks", name, sink.problems()));
    for (section, name, problems) in sources.chain(sinks) {
        for (key, message) in problems {
            // A dot leads to a key below.
            let key = key.replace('.', "/");
            let message = Text::recognise(Code::ConfigValue, &message);
            wrong(&format!("/{section}/{name}/{key}"), message, None);
        }
    }
    check_forward(&config, &mut wrong);
    if config.sinks.len() > MAX_SINKS {
        wrong("/sinks", text!("there are more than 64 sinks"), None);
    }
    for (name, action) in &config.actions {
        for (index, sink) in action.sinks.iter().flatten().enumerate() {
            if !config.sinks.contains_key(sink) {
                let names = || config.sinks.keys().map(String::as_str);
                let hint = did_you_mean(sink, names()).map_or_else(
                    || text!("there are {names}", names = Text::names(names())),
                    |close| text!("did you mean `{close}`?", close),
                );
                let hint = (!config.sinks.is_empty()).then_some(hint);
                let at = ["actions", name, "sinks", &index.to_string()].map(str::to_owned);
                wrong(&pointer_of(&at), text!("no sink has this name"), hint);
            }
        }
        if action.sinks.as_ref().is_some_and(Vec::is_empty) {
            let hint = text!("leave it out for all sinks");
            let at = ["actions", name, "sinks"].map(str::to_owned);
            wrong(&pointer_of(&at), text!("the list is empty"), Some(hint));
        }
    }
    let store = &config.store;
    if let Some(url) = &store.url
        && let Err(error) = url.0.parse::<StoreUrl>()
    {
        // Not the URL, which may have a password in it.
        let reason = match error {
            StoreError::Url { reason, .. } => reason,
            other => other.to_string(),
        };
        wrong(
            "/store/url",
            text!(
                "it names no rule store: {reason}",
                reason = Text::recognise(Code::ConfigValue, &reason)
            ),
            None,
        );
    }
    if store.poll_interval.is_some_and(|interval| interval.0 < MIN_POLL_MS) {
        wrong(
            "/store/poll_interval",
            text!("it is too short"),
            Some(text!("give at least \"10ms\"")),
        );
    }
    match (store.on_unavailable, &store.last_seen_file) {
        (Some(OnUnavailable::LastSeen), None) => wrong(
            "/store/on_unavailable",
            text!("`last_seen` needs a file to keep the rules in"),
            Some(text!("add last_seen_file = \"FILE\"")),
        ),
        (None | Some(OnUnavailable::Wait), Some(_)) => wrong(
            "/store/last_seen_file",
            text!("the file means nothing while a start waits for the store"),
            Some(text!("add on_unavailable = \"last_seen\"")),
        ),
        _ => {}
    }
    let http = &config.http;
    if let Some(listen) = http.listen
        && !listen.ip().is_loopback()
        && http.token_file.is_none()
        && http.without_token != Some(true)
    {
        wrong(
            "/http/listen",
            text!("other machines can reach this address, and there is no token"),
            Some(text!("add token_file = \"FILE\", or without_token = true")),
        );
    }
    if config.checkpoint.interval.is_some_and(|interval| interval.0 < MIN_CHECKPOINT_MS) {
        wrong(
            "/checkpoint/interval",
            text!("it is too short"),
            Some(text!("give at least \"10ms\"")),
        );
    }
    for (name, sink) in &config.sinks {
        // The transaction of a checkpoint is open until the next one.
        if let (Some(interval), Some(most_ms)) =
            (&config.checkpoint.interval, sink.transaction_timeout_ms())
            && interval.0 > most_ms / 2
        {
            wrong(
                "/checkpoint/interval",
                text!("a transaction of the sink `{name}` may not be open for so long", name),
                Some(text!(
                    "give at most half of its \"transaction.timeout.ms\" (15 minutes unless given)"
                )),
            );
        }
    }
    if config.checkpoint.dir.as_ref().is_some_and(|dir| dir.as_os_str().is_empty()) {
        wrong("/checkpoint/dir", text!("the path is empty"), None);
    }
    let empty = |text: &Option<String>| text.as_deref() == Some("");
    if empty(&config.time.field) {
        wrong("/time/field", text!("the name of a field is empty"), None);
    }
    let dedup = &config.dedup;
    if empty(&dedup.id_field) {
        wrong("/dedup/id_field", text!("the name of a field is empty"), None);
    }
    let by_event = dedup.whole_event == Some(true);
    if by_event && dedup.id_field.is_some() {
        wrong(
            "/dedup/whole_event",
            text!("events are told by a field already"),
            Some(text!("leave out `whole_event` or `id_field`")),
        );
    }
    // How they are told may be said by a flag; a file that says only how long is a mistake all the same.
    if !by_event && dedup.id_field.is_none() {
        for (said, pointer) in
            [(dedup.within.is_some(), "/dedup/within"), (dedup.max_ids.is_some(), "/dedup/max_ids")]
        {
            if said {
                wrong(
                    pointer,
                    text!("it means nothing while duplicates are not told"),
                    Some(text!("add id_field = \"FIELD\", or whole_event = true")),
                );
            }
        }
    }
    for (name, action) in &config.actions {
        let mut check = |part: &str, key: &str, message, hint| {
            let path = ["actions", name, part, key].map(str::to_owned);
            wrong(&pointer_of(&path), message, hint);
        };
        if let Some(add_to) = &action.add_to {
            add_to.check(&mut |key, message, hint| check("add_to", key, message, hint));
        }
        if let Some(remove_from) = &action.remove_from {
            remove_from.check(&mut |key, message, hint| check("remove_from", key, message, hint));
        }
    }
    if empty(&store.rule_table) {
        wrong("/store/rule_table", text!("the name of a table is empty"), None);
    }
    if empty(&store.instance) {
        wrong("/store/instance", text!("the name is empty"), None);
    }
    if config.engine.default_key.iter().flatten().any(String::is_empty) {
        wrong("/engine/default_key", text!("the name of a field is empty"), None);
    }
}

/// What is wrong with what goes on without a rule.
fn check_forward(config: &Config, wrong: &mut impl FnMut(&str, Text, Option<Text>)) {
    let sources: Vec<&str> = config.sources.keys().map(String::as_str).collect();
    let sinks: Vec<&str> = config.sinks.keys().map(String::as_str).collect();
    for (source, names) in &config.forward {
        let at = pointer_of(&["forward".to_owned(), source.clone()]);
        if !sources.contains(&source.as_str()) {
            wrong(&at, text!("no source has this name"), names_of(source, &sources));
        }
        if names.is_empty() {
            wrong(&at, text!("it names no sink"), None);
        }
        for sink in names.iter().filter(|sink| !sinks.contains(&sink.as_str())) {
            wrong(&at, text!("no sink has the name `{name}`", name = sink), names_of(sink, &sinks));
        }
        for sink in names {
            let Some(topic) = config.sinks.get(sink).and_then(|sink| sink.topic()) else {
                continue;
            };
            let reads = config.sources.iter().find(|(_, other)| other.topic() == Some(topic));
            if let Some((other, _)) = reads {
                let message = text!(
                    "the source `{other}` reads what the sink `{sink}` is given: rules would see each event twice",
                    other,
                    sink
                );
                wrong(&at, message, Some(text!("forward it in a run of its own")));
            }
        }
    }
}

/// What names there are, or the one that was meant.
fn names_of(name: &str, all: &[&str]) -> Option<Text> {
    let known = all.iter().copied();
    let hint = did_you_mean(name, known.clone()).map_or_else(
        || text!("there are {names}", names = Text::names(known)),
        |close| text!("did you mean `{close}`?", close),
    );
    (!all.is_empty()).then_some(hint)
}
