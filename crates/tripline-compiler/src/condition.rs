//! From a written condition to a bound one.

use tripline_condition::{
    Binder, BoundCondition, Dialect, ErrorKind, Registry, WarningKind, combine_and, combine_not,
    combine_or, compile_with_warnings,
};
use tripline_spec::{Code, ConditionSpec, Diagnostic, Diagnostics, Pointer};

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
        ConditionSpec::Class { class_name, args, pointer, .. } => {
            class_condition(class_name, args.as_ref(), pointer, registry, binder, diagnostics)
        }
        other => {
            diagnostics.push(
                Diagnostic::new(
                    Code::GroovyRefused,
                    &other.pointer().key("type"),
                    "conditions in Groovy are not run: they are arbitrary code",
                )
                .with_hint(
                    "write it as {\"type\":\"EXPRESSION\",\"expression\":\"…\"}, or as a condition plugin",
                ),
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
                .with_hint(warning.hint.unwrap_or_default())
                .inside(warning.span),
        );
    }
    bound
        .map_err(|errors| {
            for error in errors {
                diagnostics.push(
                    Diagnostic::new(error_code(error.kind), &at, error.message)
                        .with_hint(error.hint.unwrap_or_default())
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
        WarningKind::Decided => Code::ComparisonDecided,
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
            let hint = error.hint().unwrap_or_else(|| {
                "write the condition as an EXPRESSION, or register a condition plugin of this name"
                    .to_owned()
            });
            diagnostics.push(
                Diagnostic::new(Code::UnknownClass, &pointer.key("className"), error.to_string())
                    .with_hint(hint),
            );
            return None;
        }
    };
    match factory.bind(args.unwrap_or(&serde_json::Value::Null), binder) {
        Ok(bound) => Some(bound),
        Err(error) => {
            let mut at = pointer.key("args");
            for part in error.pointer.split('/').skip(1) {
                at = at.key(&part.replace("~1", "/").replace("~0", "~"));
            }
            let message = format!("`{class_name}`: {}", error.message);
            diagnostics.push(
                Diagnostic::new(Code::WrongArguments, &at, message)
                    .with_hint(error.hint.unwrap_or_default()),
            );
            None
        }
    }
}
