//! From a written condition to a bound one.

use tripline_condition::{
    AliasMeaning, ArgsError, BindWarning, Binder, BoundCondition, Dialect, ErrorKind, Registry,
    RegistryError, WarningKind, combine_and, combine_not, combine_or, compile_with_warnings,
};
use tripline_message::{Text, text};
use tripline_spec::{Code, ConditionSpec, Diagnostic, Diagnostics, Pointer};

/// How the names of sub-type conditions end, as Flink's does; the plugin of that name knows where events have their class.
const SUBTYPE: &str = "SubtypeCondition";

/// Binds a condition; `None` if something in it is wrong, all of which is reported.
pub(crate) fn bind(
    spec: &ConditionSpec,
    registry: &Registry,
    binder: &mut Binder<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<BoundCondition> {
    match spec {
        ConditionSpec::Expression { expression, pointer } => {
            expression_condition(expression, Dialect::Tripline, pointer, binder, diagnostics)
        }
        ConditionSpec::Aviator { expression, pointer } => {
            expression_condition(expression, Dialect::Aviator, pointer, binder, diagnostics)
        }
        ConditionSpec::And { nested, .. } => {
            all(nested, registry, binder, diagnostics).map(combine_and)
        }
        ConditionSpec::Or { nested, .. } => {
            all(nested, registry, binder, diagnostics).map(combine_or)
        }
        ConditionSpec::Not { nested, .. } => {
            bind(nested, registry, binder, diagnostics).map(combine_not)
        }
        ConditionSpec::Class { class_name, args, sub_class_name: Some(of), pointer, .. }
            if class_name.ends_with(SUBTYPE) =>
        {
            let name = if registry.get(class_name).is_ok() { class_name } else { SUBTYPE };
            match with_sub_class(args.as_ref(), of) {
                Some(args) => {
                    class_condition(name, Some(&args), pointer, registry, binder, diagnostics)
                }
                None => {
                    let reason = text!("they are not an object");
                    let message = text!("`{name}`: {reason}", name, reason);
                    let hint = text!(
                        "write {example} for the field that has the class of an event",
                        example = "{\"field\": \"…\"}"
                    );
                    let at = pointer.key("args");
                    diagnostics
                        .push(Diagnostic::new(Code::WrongArguments, &at, message).with_hint(hint));
                    None
                }
            }
        }
        // Without its class it is still no name that an alias would help.
        ConditionSpec::Class { class_name, args, pointer, .. }
            if class_name.ends_with(SUBTYPE) && registry.get(class_name).is_err() =>
        {
            class_condition(SUBTYPE, args.as_ref(), pointer, registry, binder, diagnostics)
        }
        ConditionSpec::Class { class_name, args, pointer, .. } => {
            let args = args.as_ref();
            class_condition(class_name, args, pointer, registry, binder, diagnostics)
        }
        other => {
            diagnostics.push(
                Diagnostic::new(
                    Code::GroovyRefused,
                    &other.pointer().key("type"),
                    text!("conditions in Groovy are not run: they are arbitrary code"),
                )
                .with_hint(text!(
                    "write it as {example}, or as a condition plugin",
                    example = "{\"type\":\"EXPRESSION\",\"expression\":\"…\"}"
                )),
            );
            None
        }
    }
}

fn all(
    nested: &[ConditionSpec],
    registry: &Registry,
    binder: &mut Binder<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<BoundCondition>> {
    // Each part is bound even if one before it failed, so that everything wrong is reported.
    let parts: Vec<_> =
        nested.iter().map(|part| bind(part, registry, binder, diagnostics)).collect();
    parts.into_iter().collect()
}

fn expression_condition(
    text: &str,
    dialect: Dialect,
    pointer: &Pointer,
    binder: &mut Binder<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<BoundCondition> {
    let at = pointer.key("expression");
    let mut warnings = Vec::new();
    let bound = compile_with_warnings(text, dialect, binder, &mut warnings);
    for warning in warnings {
        diagnostics.push(
            Diagnostic::new(warning_code(warning.kind), &at, warning.message)
                .with_hint(warning.hint)
                .inside(warning.span),
        );
    }
    bound
        .map_err(|errors| {
            for error in errors {
                diagnostics.push(
                    Diagnostic::new(error_code(error.kind), &at, error.message)
                        .with_hint(error.hint)
                        .inside(error.span),
                );
            }
        })
        .ok()
}

const fn error_code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::UnknownNode | ErrorKind::MatchedEvents => Code::UnknownNodeInExpression,
        ErrorKind::UnknownFunction | ErrorKind::WrongArguments => Code::UnknownFunction,
        ErrorKind::UnknownParameter | ErrorKind::ParameterType => Code::UnknownParameter,
        ErrorKind::BadPattern => Code::WrongRegularExpression,
        ErrorKind::BadTime => Code::WrongTime,
        ErrorKind::UnknownZone => Code::UnknownZone,
        ErrorKind::TooCostly => Code::ExpressionTooCostly,
        ErrorKind::TooLong => Code::ExpressionTooLong,
        ErrorKind::TooDeep => Code::ExpressionTooDeep,
        _ => Code::ExpressionSyntax,
    }
}

const fn warning_code(kind: WarningKind) -> Code {
    match kind {
        WarningKind::LaterNode => Code::LaterNode,
        WarningKind::AviatorDiffers => Code::AviatorDiffers,
        WarningKind::ReadAsArray => Code::ReadAsArray,
        WarningKind::ReadAsField => Code::ReadAsField,
        WarningKind::Decided => Code::ComparisonDecided,
        WarningKind::UnknownField => Code::UnknownField,
        WarningKind::AgainstSchema => Code::AgainstSchema,
        // Kinds that are to come say something of the same sort: an operand that gives nothing.
        _ => Code::OperandGivesNothing,
    }
}

fn class_condition(
    class_name: &str,
    args: Option<&serde_json::Value>,
    pointer: &Pointer,
    registry: &Registry,
    binder: &mut Binder<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<BoundCondition> {
    let factory = match registry.get(class_name) {
        Ok(factory) => factory,
        Err(error) => {
            diagnostics.push(no_condition(class_name, args, pointer, &error));
            return None;
        }
    };
    let bound = factory.bind(args.unwrap_or(&serde_json::Value::Null), binder);
    for warning in binder.take_warnings() {
        diagnostics.push(doubtful_arguments(class_name, args, pointer, registry, warning));
    }
    let error = match bound {
        Ok(bound) => return Some(bound),
        Err(error) => error,
    };
    for error in error.all() {
        diagnostics.push(unfit_arguments(class_name, args, pointer, registry, error));
    }
    None
}

/// The finding on what arguments say, or on what the name stands for.
fn doubtful_arguments(
    class_name: &str,
    args: Option<&serde_json::Value>,
    pointer: &Pointer,
    registry: &Registry,
    BindWarning { warning, field }: BindWarning,
) -> Diagnostic {
    let place = field.as_deref().zip(args).and_then(|(field, args)| place_of(field, args));
    let at = match &place {
        Some(place) => place.iter().fold(pointer.key("args"), |at, part| at.key(part)),
        None => pointer.key("className"),
    };
    let message = text!("`{name}`: {reason}", name = class_name, reason = warning.message);
    let hint = with_origin(class_name, registry, warning.hint);
    Diagnostic::new(warning_code(warning.kind), &at, message).with_hint(hint)
}

/// Where a text stands in arguments, as keys; they are an object or a list of texts, and nothing deeper names a field.
fn place_of(field: &str, args: &serde_json::Value) -> Option<Vec<String>> {
    let is_field = |value: &serde_json::Value| value.as_str() == Some(field);
    match args {
        serde_json::Value::Object(members) => {
            let found = members.iter().find(|(_, value)| is_field(value));
            found.map(|(name, _)| vec![name.clone()])
        }
        serde_json::Value::Array(items) => {
            let found = items.iter().position(is_field);
            found.map(|index| vec![index.to_string()])
        }
        other => is_field(other).then(Vec::new),
    }
}

/// A hint with where the alias is defined, if the name is one.
fn with_origin(class_name: &str, registry: &Registry, hint: Option<Text>) -> Option<Text> {
    let Some(alias) = registry.alias_of(class_name) else { return hint };
    let second = text!(
        "`{name}` is an alias, defined in {origin}",
        name = class_name,
        origin = alias.alias().origin.text()
    );
    Some(match hint {
        Some(first) => text!("{first}; {second}", first, second),
        None => second,
    })
}

/// The finding on one argument, or on a plugin that is at fault itself.
fn unfit_arguments(
    class_name: &str,
    args: Option<&serde_json::Value>,
    pointer: &Pointer,
    registry: &Registry,
    error: &ArgsError,
) -> Diagnostic {
    let mut at = pointer.key("args");
    for part in error.pointer.split('/').skip(1) {
        at = at.key(&part.replace("~1", "/").replace("~0", "~"));
    }
    let message = text!("`{name}`: {reason}", name = class_name, reason = &error.message);
    let mut hint = error.hint.clone();
    let mut code = Code::WrongArguments;
    if error.is_fault() {
        code = Code::PluginFault;
        at = pointer.key("className");
    } else if let Some(alias) = registry.alias_of(class_name) {
        if error.pointer.is_empty() {
            at = pointer.key("className");
            let is_expression = matches!(alias.meaning(), Ok(AliasMeaning::Expression(_)));
            if is_expression && args.is_none() {
                code = Code::BrokenAlias;
            }
        }
        hint = with_origin(class_name, registry, hint);
    }
    Diagnostic::new(code, &at, message).with_hint(hint)
}

/// The arguments of a sub-type condition with the class, which rules write beside them; nothing if they are no object.
fn with_sub_class(args: Option<&serde_json::Value>, class: &str) -> Option<serde_json::Value> {
    let mut members = match args {
        None => serde_json::Map::new(),
        Some(args) => args.as_object()?.clone(),
    };
    members.entry("subClassName").or_insert_with(|| class.into());
    Some(members.into())
}

/// The finding on a class name that stands for nothing that can be used.
fn no_condition(
    class_name: &str,
    args: Option<&serde_json::Value>,
    pointer: &Pointer,
    error: &RegistryError,
) -> Diagnostic {
    let at = pointer.key("className");
    let hint = error.hint();
    if matches!(error, RegistryError::BrokenAlias { .. }) {
        return Diagnostic::new(Code::BrokenAlias, &at, error.text()).with_hint(hint);
    }
    let how = how_to_map(class_name, args.is_some());
    let hint = match hint {
        Some(hint) => text!("{hint} otherwise {how}", hint, how),
        None => how,
    };
    Diagnostic::new(Code::UnknownClass, &at, error.text()).with_hint(hint)
}

/// How a class name is given a meaning: a line of the configuration, and a row of the rule store.
fn how_to_map(class_name: &str, has_args: bool) -> Text {
    let key = serde_json::Value::from(class_name);
    let name = class_name.replace('\'', "''");
    let (target, columns, values) = if has_args {
        (
            r#"{ condition = "InList", args = { field = "tag" } }"#,
            "class_name, `condition`, args",
            format!(r#"'{name}', 'InList', '{{"field": "tag"}}'"#),
        )
    } else {
        (r#""action == 1""#, "class_name, `condition`", format!("'{name}', 'action == 1'"))
    };
    text!(
        "say what it stands for, such as {line} under [condition_aliases] of the configuration, or {sql} in the rule store",
        line = format!("{key} = {target}"),
        sql = format!("INSERT INTO tripline_condition_aliases ({columns}) VALUES ({values})")
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tripline_condition::Registry;
    use tripline_engine::{Output, RuleSet, ShardState};
    use tripline_event::json::JsonPayloadDecoder;
    use tripline_event::{Event, EventPosition, RuleId, RuleVersion, Timestamp, Value};

    use crate::{RuleSetBuilder, RuleSource};

    /// `(a b){3} end`, each straight after the one before, where `end` asks `expression`.
    fn rule(expression: &str) -> String {
        let node = |name: &str, asked: &str| {
            format!(
                r#"{{"name":"{name}","type":"ATOMIC","condition":{{"type":"EXPRESSION","expression":"name == '{name}'{asked}"}}}}"#
            )
        };
        let (a, b, end) = (node("a", ""), node("b", ""), node("end", &format!(" && {expression}")));
        format!(
            r#"{{"name":"r","nodes":[{{"name":"g","type":"COMPOSITE","nodes":[{a},{b}],
                "edges":[{{"source":"a","target":"b","type":"STRICT"}}],
                "quantifier":{{"properties":["TIMES"],"times":{{"from":3}},"consumingStrategy":"STRICT"}}}},{end}],
                "edges":[{{"source":"g","target":"end","type":"STRICT"}}]}}"#
        )
    }

    /// Whether `end` is taken after a 0.1, b 5, a 0.2, b 7, a 0.3, b (no price), at 1 to 6.
    fn check(expression: &str, expected: bool) {
        let mut builder = RuleSetBuilder::new(Registry::with_builtins());
        let source = RuleSource {
            id: RuleId::new("r"),
            version: RuleVersion(1),
            text: Arc::from(rule(expression)),
            default_key: Vec::new(),
        };
        let (set, failures) =
            builder.build(&RuleSet::empty(Arc::new(JsonPayloadDecoder)), &[source]);
        assert!(failures.is_empty(), "{expression}: {failures:?}");
        let mut state = ShardState::new();
        state.swap(&set);
        let (a, b) = ([0.1, 0.2, 0.3], [Value::Int(5), Value::Int(7), Value::Missing]);
        let taken = a.into_iter().zip(b).flat_map(|(a, b)| [("a", Value::Float(a)), ("b", b)]);
        let mut matches = 0;
        for (at, (name, price)) in (1..).zip(taken.chain([("end", Value::Missing)])) {
            let mut values = vec![Value::Missing; set.fields().len()];
            for (path, value) in [("name", Value::from(name)), ("price", price)] {
                if let Some(field) = set.fields().id(path) {
                    values[field.index()] = value;
                }
            }
            let time = Timestamp::from_millis(at);
            let position = EventPosition::default();
            let event = Event { time, happened: time, position, values: &values, payload: b"{}" };
            state.process(&set, &event, &mut |_: &Output<'_>| matches += 1);
        }
        assert_eq!(matches, usize::from(expected), "{expression}");
    }

    /// A field that events lack is what silences most rules, so that it is counted where a strategist looks.
    #[test]
    fn what_a_condition_cannot_tell_is_counted() {
        let text = r#"{"name":"r","nodes":[
            {"name":"a","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"prise > 3 || name == 'a'"}},
            {"name":"b","type":"ATOMIC","condition":{"type":"EXPRESSION","expression":"name == 'b' && cost > a[0].price"}}],
            "edges":[{"source":"a","target":"b","type":"SKIP_TILL_NEXT"}]}"#;
        let mut builder = RuleSetBuilder::new(Registry::with_builtins());
        let source = |text: &str| RuleSource {
            id: RuleId::new("r"),
            version: RuleVersion(1),
            text: Arc::from(text),
            default_key: Vec::new(),
        };
        let before = RuleSet::empty(Arc::new(JsonPayloadDecoder));
        let (set, failures) = builder.build(&before, &[source(text)]);
        assert!(failures.is_empty(), "{failures:?}");
        let mut state = ShardState::new();
        state.swap(&set);
        let mut send = |set: &RuleSet, at: i64, name: &str| {
            let mut values = vec![Value::Missing; set.fields().len()];
            values[set.fields().id("name").expect("in use").index()] = Value::from(name);
            let position = EventPosition::default();
            let time = Timestamp::from_millis(at);
            let event = Event { time, happened: time, position, values: &values, payload: b"{}" };
            state.process(set, &event, &mut |_: &Output<'_>| {});
            state.swap(set);
            let counters = &state.counters(set)[0];
            counters.nodes.iter().map(|node| node.unknown).collect::<Vec<_>>()
        };
        assert_eq!(send(&set, 1, "x"), [1, 0]);
        assert_eq!(send(&set, 2, "a"), [1, 0], "one side is enough");
        assert_eq!(send(&set, 3, "b"), [2, 1], "asked of the run that waits");
        // Another condition, which has the number of the one before, begins at nothing.
        let changed = text.replace("prise", "price");
        let (set, failures) = builder.build(&set, &[source(&changed)]);
        assert!(failures.is_empty(), "{failures:?}");
        assert_eq!(send(&set, 4, "x"), [1, 0]);
    }

    #[test]
    fn conditions_read_what_the_nodes_have_taken() {
        check("size(a) == 3 && size(b) == 3", true);
        check("first(b.price) == 5 && b[1].price == 7 && a[2].price == 0.3", true);
        // As decimals, in running sums as in expressions.
        check("sum(a.price) == 0.6 && sum(b.price) == 12", true);
        check("avg(a.price) == 0.2 && avg(b.price) == 6", true);
        check("min(a.price) == 0.1 && max(a.price) == 0.3 && max(b.price) == 7", true);
        check("count(b.price) == 2 && distinct(a.price) == 3", true);
        check("7 in b.price && 0.1 in a.price", true);
        check("0.1 in b.price", false);
        check("sum(a.ts) == 9 && min(b.ts) == 2 && max(b.ts) == 6", true);
        check("sum(b.ts) == 9", false);
    }
}
