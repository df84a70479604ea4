//! Which condition classes a rule names.

use std::collections::BTreeSet;

use tripline_spec::{ConditionSpec, GraphSpec, NodeSpec, QuantifierSpec, RuleDocument};

/// The class names of a rule that are looked up, whether there are such conditions or not.
pub(crate) fn class_names(document: &RuleDocument) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    of_graph(document.pattern(), &mut names);
    if let Some(having) = document.aggregate().and_then(|aggregate| aggregate.having.as_ref()) {
        of_condition(having, &mut names);
    }
    names
}

/// The depth of the text bounds how deep graphs and conditions nest, and so how deep this goes.
fn of_graph(graph: &GraphSpec, names: &mut BTreeSet<String>) {
    of_quantifier(&graph.quantifier, names);
    for node in &graph.nodes {
        match node {
            NodeSpec::Atomic(node) => {
                of_quantifier(&node.quantifier, names);
                if let Some(condition) = &node.condition {
                    of_condition(condition, names);
                }
            }
            NodeSpec::Composite(graph) => of_graph(graph, names),
        }
    }
}

fn of_quantifier(quantifier: &QuantifierSpec, names: &mut BTreeSet<String>) {
    if let Some(until) = &quantifier.until_condition {
        of_condition(until, names);
    }
}

fn of_condition(condition: &ConditionSpec, names: &mut BTreeSet<String>) {
    match condition {
        ConditionSpec::Class { class_name, nested, .. } => {
            names.insert(class_name.clone());
            nested.iter().for_each(|part| of_condition(part, names));
        }
        ConditionSpec::And { nested, .. } | ConditionSpec::Or { nested, .. } => {
            nested.iter().for_each(|part| of_condition(part, names));
        }
        ConditionSpec::Not { nested, .. } => of_condition(nested, names),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value as Json, json};
    use tripline_condition::{Alias, AliasOrigin, AliasTarget, Registry};
    use tripline_engine::{OnUpdate, RuleSet};
    use tripline_event::json::JsonPayloadDecoder;
    use tripline_event::{RuleId, RuleVersion};
    use tripline_spec::parse_rule;

    use super::class_names;
    use crate::{RuleEdit, RuleEffect, RuleOutcome, RuleSetBuilder, RuleSource};

    fn class(name: &str) -> Json {
        json!({"type": "CLASS", "className": name})
    }

    /// A rule whose nodes ask `first` and `second`.
    fn rule(first: &Json, second: &Json) -> Json {
        json!({"name": "r", "nodes": [
            {"name": "a", "type": "ATOMIC", "condition": first},
            {"name": "b", "type": "ATOMIC", "condition": second},
        ], "edges": [{"source": "a", "target": "b", "type": "SKIP_TILL_NEXT"}],
            "window": {"type": "FIRST_AND_LAST", "time": {"unit": "MINUTES", "size": 10}}})
    }

    #[test]
    fn classes_are_found_wherever_conditions_stand() {
        let combined = |name: &str, parts: &[Json]| json!({"type": "CLASS", "className": name, "nestedConditions": parts});
        let not = combined("RichNotCondition", &[class("not")]);
        let all = combined("RichAndCondition", &[class("and"), not]);
        let mut rule = rule(&all, &json!({"type": "EXPRESSION", "expression": "x == 1"}));
        rule["nodes"][1]["quantifier"] =
            json!({"properties": ["LOOPING"], "untilCondition": class("until")});
        let group = json!({"name": "g", "type": "COMPOSITE", "edges": [],
            "nodes": [{"name": "c", "type": "ATOMIC", "condition": class("inner")}]});
        rule["nodes"].as_array_mut().unwrap().push(group);
        let document = parse_rule(&rule.to_string()).document.unwrap();
        let names: Vec<String> = class_names(&document).into_iter().collect();
        assert_eq!(names, ["and", "inner", "not", "until"]);
    }

    /// A builder with its set, which is told what `com.x.End` and `com.x.Other` mean.
    struct Place {
        builder: RuleSetBuilder,
        set: RuleSet,
    }

    impl Place {
        fn new() -> Self {
            let builder = RuleSetBuilder::new(Registry::with_builtins());
            Self { builder, set: RuleSet::empty(Arc::new(JsonPayloadDecoder)) }
        }

        fn mean(&mut self, aliases: &[(&str, &str)]) {
            self.mean_in("x.toml", aliases);
        }

        fn mean_in(&mut self, file: &str, aliases: &[(&str, &str)]) {
            self.builder.set_aliases(aliases.iter().map(|(name, condition)| Alias {
                class_name: (*name).to_owned(),
                target: AliasTarget::Condition {
                    condition: (*condition).to_owned(),
                    args: Json::Null,
                },
                origin: AliasOrigin::Configuration(file.into()),
            }));
        }

        fn put(&mut self, rule: &Json, on_update: &str) -> RuleOutcome {
            let row = json!({"id": "r", "version": 1, "on_update": on_update, "pattern": rule});
            let source = RuleSource {
                id: RuleId::new("r"),
                version: RuleVersion(1),
                text: Arc::from(row.to_string()),
                default_key: Vec::new(),
            };
            let mut built = self.builder.update(&self.set, vec![RuleEdit::Put(source)]);
            self.set = built.set;
            built.outcomes.remove(0)
        }

        /// What becomes of the rule, and the codes of what is found.
        fn check(&mut self, on_update: &str, expected: &str) {
            let plain = json!({"type": "EXPRESSION", "expression": "x == 1"});
            let outcome = self.put(&rule(&plain, &class("com.x.End")), on_update);
            assert_eq!(outcome.classes.iter().collect::<Vec<_>>(), ["com.x.End"]);
            let codes: Vec<String> =
                outcome.diagnostics.iter().map(|item| format!(" {}", item.code)).collect();
            assert_eq!(format!("{:?}{}", outcome.effect, codes.concat()), expected);
        }
    }

    #[test]
    fn a_rule_changes_with_the_meaning_of_its_classes() {
        let mut place = Place::new();
        place.check("migrate", "Rejected E0504");
        place.mean(&[("com.x.Other", "a == 1")]);
        place.check("migrate", "Rejected E0504");
        place.mean(&[("com.x.End", "a == 1")]);
        place.check("migrate", "Started");
        place.mean(&[("com.x.End", "a == 1"), ("com.x.Other", "a == 2")]);
        place.check("migrate", "Unchanged");
        let replaced =
            |on_update| format!("{:?}", RuleEffect::Replaced { on_update, obstacle: None });
        place.mean(&[("com.x.End", "a == 2")]);
        place.check("migrate", &replaced(OnUpdate::Migrate));
        place.mean_in("y.toml", &[("com.x.End", "a == 2")]);
        place.check("migrate", "Relabelled");

        // What is wrong takes nothing out of force, and what is mended was never away.
        place.mean(&[("com.x.End", "a = 2")]);
        place.check("migrate", "Rejected E0517");
        place.check("migrate", "Rejected E0517");
        place.mean(&[]);
        place.check("migrate", "Rejected E0504");
        assert_eq!(place.set.rules().count(), 1);
        let kept = place.builder.aliases(&RuleId::new("r"));
        assert_eq!(kept.len(), 1, "it runs with what it was compiled with");
        place.mean_in("y.toml", &[("com.x.End", "a == 2")]);
        place.check("migrate", "Unchanged");
    }

    #[test]
    fn what_is_wrong_says_where_it_is_defined() {
        let mut place = Place::new();
        let check = |place: &mut Place, condition: &Json, expected: [&str; 4]| {
            let plain = json!({"type": "EXPRESSION", "expression": "x == 1"});
            let outcome = place.put(&rule(&plain, condition), "restart");
            let [found] = &outcome.diagnostics.iter().collect::<Vec<_>>()[..] else {
                panic!("{:?}", outcome.diagnostics)
            };
            let message = found.message.to_string();
            let hint = found.hint.as_ref().map(ToString::to_string).unwrap_or_default();
            let said = [found.code.id(), &found.pointer, &message, &hint];
            assert_eq!(said, expected);
        };
        let end = class("com.x.End");
        let at = "/pattern/nodes/1/condition/className";
        check(
            &mut place,
            &end,
            [
                "E0504",
                at,
                "there is no condition `com.x.End`",
                concat!(
                    "say what it stands for, such as \"com.x.End\" = \"action == 1\" under [condition_aliases] of the ",
                    "configuration, or INSERT INTO tripline_condition_aliases (class_name, `condition`) VALUES ('com.x.End', ",
                    "'action == 1') in the rule store"
                ),
            ],
        );
        let with_args = json!({"type": "CLASS", "className": "inlist", "args": ["A"]});
        check(
            &mut place,
            &with_args,
            [
                "E0504",
                at,
                "there is no condition `inlist`",
                concat!(
                    "did you mean `InList`? otherwise say what it stands for, such as \"inlist\" = { condition = \"InList\", ",
                    "args = { field = \"tag\" } } under [condition_aliases] of the configuration, or INSERT INTO ",
                    "tripline_condition_aliases (class_name, `condition`, args) VALUES ('inlist', 'InList', ",
                    "'{\"field\": \"tag\"}') in the rule store"
                ),
            ],
        );
        place.mean(&[("com.x.End", "InLst")]);
        check(
            &mut place,
            &end,
            [
                "E0517",
                at,
                "the alias `com.x.End` cannot be used: `InLst` is neither the name of a condition nor an expression that compares anything",
                "did you mean `InList`?; mend it in [condition_aliases] of x.toml",
            ],
        );
        place.mean(&[("com.x.End", "a > params.most")]);
        check(
            &mut place,
            &end,
            [
                "E0517",
                at,
                "`com.x.End`: the expression `a > params.most`, character 5: the rule has no parameter `params.most`",
                "add it to `params` of the rule; `com.x.End` is an alias, defined in [condition_aliases] of x.toml",
            ],
        );
        let args = json!({"type": "CLASS", "className": "com.x.End", "args": ["A", null]});
        check(
            &mut place,
            &args,
            [
                "E0505",
                at,
                "`com.x.End`: it stands for `a > params.most`, which takes no arguments",
                "let the alias name a condition that takes them, such as `InList`; `com.x.End` is an alias, defined in [condition_aliases] of x.toml",
            ],
        );
        place.mean(&[("com.x.End", "InList")]);
        check(
            &mut place,
            &args,
            [
                "E0505",
                "/pattern/nodes/1/condition/args/1",
                "`com.x.End`: expected a boolean, an integer, a number or a text, found `null`",
                concat!(
                    "`values` is a list, each a boolean, an integer, a number or a text: The values it may have; at least ",
                    "one; `com.x.End` is an alias, defined in [condition_aliases] of x.toml"
                ),
            ],
        );
    }
}
