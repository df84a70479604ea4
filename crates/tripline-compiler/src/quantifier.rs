//! From the written quantifier to one that has a meaning.
//!
//! The order of the checks is the order of Flink's calls: repetition, optional, greedy, inner strategy, until
//! (SEMANTICS "How the JSON is read").

use tripline_message::{Text, text};
use tripline_spec::{
    Code, ContiguitySpec, Diagnostic, Pointer, QuantifierPropertySpec as Property, QuantifierSpec,
};

use crate::lower::{Content, Lowering, Step, contiguity, repeats};
use crate::pattern::{Contiguity, Link, Quantifier, Repetition};

/// Lowers the quantifier of a node; `None` if it has no meaning, with all reasons reported.
pub(crate) fn lower(
    lowering: &mut Lowering<'_>,
    step: &Step<'_>,
    link: Link,
    before: Option<&Quantifier>,
) -> Option<Quantifier> {
    let spec = step.node.quantifier();
    let negated = !matches!(link, Link::Follows(_));
    let group = matches!(step.content, Content::Nested(_));
    let name = step.node.name();
    let at = pointer(step);
    let mut checks = Checks { lowering, at, good: true };
    let (repetition, optional_by_times) = checks.repetition(spec, name, negated);
    let optional = checks.optional(spec, name, negated, optional_by_times, before);
    let greedy = spec.has(Property::Greedy);
    if greedy {
        checks.greedy(spec, name, negated, group, repetition);
    }
    let inner = spec.consuming_strategy.map_or(Contiguity::SkipTillNext, contiguity);
    if let Some(strategy @ (ContiguitySpec::Strict | ContiguitySpec::SkipTillAny)) =
        spec.consuming_strategy
        && !repeats(repetition)
        && checks.good
    {
        let strategy = if strategy == ContiguitySpec::Strict { "STRICT" } else { "SKIP_TILL_ANY" };
        checks.error(
            Code::InnerStrategyOnSingle,
            "consumingStrategy",
            text!(
                "`{name}` comes once, so `{strategy}` between its repetitions means nothing",
                name,
                strategy
            ),
            text!(
                "write SKIP_TILL_NEXT, or repeat the node with TIMES or LOOPING; how the node follows the one before it is the type of the edge"
            ),
        );
    }
    let until = spec.until_condition.as_ref().and_then(|until| checks.lowering.bind(until));
    if spec.until_condition.is_some() && !matches!(repetition, Repetition::Looping { .. }) {
        checks.error(
            Code::UntilWithoutLoop,
            "untilCondition",
            text!("`{name}` does not loop, so nothing can end its loop", name),
            text!("use LOOPING, or take the untilCondition away"),
        );
    }
    let window = spec.times.as_ref().and_then(|times| times.window_time.as_ref());
    let step_window_ms = match window {
        Some(time) if repeats(repetition) => checks.lowering.millis(time),
        _ => None,
    };
    checks.good.then_some(Quantifier { repetition, optional, greedy, inner, until, step_window_ms })
}

/// Where the quantifier stands, or the node if it has none.
fn pointer(step: &Step<'_>) -> Pointer {
    let own = &step.node.quantifier().pointer;
    if own.as_str().is_empty() { step.node.pointer().clone() } else { own.clone() }
}

struct Checks<'a, 'b> {
    lowering: &'a mut Lowering<'b>,
    at: Pointer,
    good: bool,
}

impl Checks<'_, '_> {
    fn error(&mut self, code: Code, key: &str, message: Text, hint: Text) {
        let at = self.at.key(key);
        self.error_at(code, &at, message, hint);
    }

    fn error_at(&mut self, code: Code, at: &Pointer, message: Text, hint: Text) {
        self.good = false;
        self.lowering.diagnostics.push(Diagnostic::new(code, at, message).with_hint(hint));
    }

    /// How often, and whether `times` from 0 makes it optional.
    fn repetition(
        &mut self,
        spec: &QuantifierSpec,
        name: &str,
        negated: bool,
    ) -> (Repetition, bool) {
        let looping = spec.has(Property::Looping);
        let times = spec.has(Property::Times);
        if looping && times {
            self.error(
                Code::LoopingAndTimes,
                "properties",
                text!("`{name}` is LOOPING and TIMES at once", name),
                text!("use TIMES for a bounded number of repetitions, LOOPING for `times.from` or more"),
            );
        }
        if negated && (looping || times) {
            self.error(
                Code::QuantifierOnNegated,
                "properties",
                text!("`{name}` is negated, so it cannot be repeated", name),
                text!("use SINGLE: a negated node says that its event does not come at all"),
            );
        }
        let Some(bounds) = spec.times.as_ref().filter(|_| looping || times) else {
            if times && !looping {
                self.error(
                    Code::TimesMissing,
                    "properties",
                    text!("`{name}` is TIMES, but `times` does not say how often", name),
                    text!("add {example}", example = "\"times\": {\"from\": 3, \"to\": 3}"),
                );
            }
            let once = Repetition::Looping { from: 1 };
            return (if looping { once } else { Repetition::Single }, false);
        };
        let from_zero = times && !looping && bounds.from == 0;
        let from = if from_zero { 1 } else { bounds.from };
        if from < 1 {
            let least = if looping { 1 } else { 0 };
            self.error_at(
                Code::FromTooSmall,
                &bounds.pointer.key("from"),
                text!(
                    "`{name}` begins at {from} repetitions; the least is {least}",
                    name,
                    from = bounds.from,
                    least
                ),
                text!("for none or more, use LOOPING from 1 with OPTIONAL"),
            );
        }
        let to = if looping { from } else { bounds.to.unwrap_or(from) };
        if to < from {
            self.error_at(
                Code::ToBelowFrom,
                &bounds.pointer.key("to"),
                text!(
                    "`{name}` ends at {to} repetitions, below the {from} it begins at",
                    name,
                    to,
                    from
                ),
                text!("give `times.to` at least the value of `times.from`, and at least 1"),
            );
        }
        // A number past 32 bits is past the limit of states in any case, which the compiler reports.
        let clamp = |count: i64| u32::try_from(count.max(1)).unwrap_or(u32::MAX);
        let repetition = if looping {
            Repetition::Looping { from: clamp(from) }
        } else {
            Repetition::Times { from: clamp(from), to: clamp(to.max(from)) }
        };
        (repetition, from_zero)
    }

    fn optional(
        &mut self,
        spec: &QuantifierSpec,
        name: &str,
        negated: bool,
        by_times: bool,
        before: Option<&Quantifier>,
    ) -> bool {
        if !spec.has(Property::Optional) {
            return by_times;
        }
        if by_times {
            self.error(
                Code::OptionalTwice,
                "properties",
                text!("`{name}` is optional already, since `times.from` is 0", name),
                text!("take OPTIONAL away"),
            );
        }
        if negated {
            self.error(
                Code::OptionalOnNegated,
                "properties",
                text!("`{name}` is negated, so it cannot be OPTIONAL", name),
                text!("use SINGLE"),
            );
        }
        if before.is_some_and(|before| before.greedy) {
            self.error(
                Code::OptionalAfterGreedy,
                "properties",
                text!("`{name}` is OPTIONAL and comes straight after a GREEDY node", name),
                text!("take GREEDY away from the node before, or put a node between"),
            );
        }
        true
    }

    fn greedy(
        &mut self,
        spec: &QuantifierSpec,
        name: &str,
        negated: bool,
        group: bool,
        repetition: Repetition,
    ) {
        let (code, message) = if negated {
            (Code::GreedyOnNegated, text!("`{name}` is GREEDY, but it is negated", name))
        } else if group {
            (Code::GreedyOnGroup, text!("`{name}` is GREEDY, but it is a group", name))
        } else if !repeats(repetition) && !spec.has(Property::Times) {
            (Code::GreedyOnSingle, text!("`{name}` is GREEDY, but it is not repeated", name))
        } else {
            return;
        };
        self.error(
            code,
            "properties",
            message,
            text!("GREEDY belongs to a node with LOOPING or TIMES; take it away here"),
        );
    }
}
