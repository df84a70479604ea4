//! Names that stand for conditions and expressions: what they mean, and what is wrong with them.

use serde_json::{Value as Json, json};
use tripline_event::FieldTable;

use super::{Alias, AliasMeaning, AliasOrigin, AliasTarget, Registry};
use crate::Binder;

fn alias(class_name: &str, condition: &str, args: Json) -> Alias {
    let target = AliasTarget::Condition { condition: condition.to_owned(), args };
    let origin = AliasOrigin::Configuration("tripline.toml".into());
    Alias { class_name: class_name.to_owned(), target, origin }
}

fn registry(aliases: impl IntoIterator<Item = Alias>) -> Registry {
    let mut registry = Registry::with_builtins();
    registry.alias("com.shop.Tag", "InList", &json!({"field": "tag"})).unwrap();
    registry.set_aliases(aliases);
    registry
}

/// The canonical text of `name` with `args`, or what is said.
fn bind(registry: &Registry, name: &str, args: &Json) -> String {
    let factory = match registry.get(name) {
        Ok(factory) => factory,
        Err(error) => return format!("{error}; {}", error.hint().unwrap_or_default()),
    };
    let params = json!({"least": 5, "tags": ["x", "y"]});
    let mut fields = FieldTable::new();
    let mut binder = Binder::new(&mut fields, &["cart"]).with_params(params.as_object().unwrap());
    match factory.bind(args, &mut binder) {
        Ok(bound) => bound.canonical.to_string(),
        Err(error) => {
            format!("{} {error}; {}", error.pointer, error.hint.clone().unwrap_or_default())
        }
    }
}

#[test]
fn stands_for_a_condition_or_an_expression() {
    let check = |condition: &str, fixed: Json, args: Json, expected: &str| {
        let registry = registry([alias("com.x.C", condition, fixed.clone())]);
        assert_eq!(bind(&registry, "com.x.C", &args), expected, "{condition} {fixed} {args}");
    };
    let null = || Json::Null;
    check("action != 1", null(), null(), "(action != 1)");
    check("  action != 1 ", null(), json!([]), "(action != 1)");
    check("eventArgs.detail.price > 10000", null(), json!({}), "(eventArgs.detail.price > 10000)");
    check("InList", null(), json!({"field": "f", "values": ["A"]}), r#"(f == "A")"#);
    check("InList", json!({"field": "f"}), json!(["A", "B"]), r#"(f in ["A", "B"])"#);
    check("InList", json!({"field": "f", "values": [1]}), null(), "(f == 1)");
    // What a program calls so is a condition too.
    check("com.shop.Tag", null(), json!(["A"]), r#"(tag == "A")"#);
    // Nodes and parameters are those of the rule.
    check(
        "price > params.least && size(cart) == 1",
        null(),
        null(),
        "((price > 5) && (size(#0) == 1))",
    );
    check("InList", json!({"field": "f"}), json!("params.tags"), r#"(f in ["x", "y"])"#);
    check("InList", json!({"values": "params.tags"}), null(), r#"(tag in ["x", "y"])"#);
    check(
        "price > params.most",
        null(),
        null(),
        " the expression `price > params.most`, character 9: the rule has no parameter `params.most`; there are `least`, `tags`",
    );
    check(
        "action != 1",
        null(),
        json!(["A"]),
        " it stands for `action != 1`, which takes no arguments; let the alias name a condition that takes them, such as `InList`",
    );
    let strict = json!({"field": "f"});
    check(
        "InList",
        strict.clone(),
        strict,
        "/field unknown parameter `field`; the parameters are `values`",
    );
}

/// What is wrong with an alias of this name, condition and arguments.
fn check_broken(name: &str, condition: &str, args: &Json, expected: &str) {
    let registry =
        registry([alias(name, condition, args.clone()), alias("com.x.Good", "a == 1", Json::Null)]);
    let resolved = registry.aliases().find(|found| found.alias().class_name == name).unwrap();
    let problem = resolved.meaning().unwrap_err();
    let said = format!("{problem}; {}", problem.hint.clone().unwrap_or_default());
    assert!(said.contains(expected), "{name} = {condition} {args}: `{said}`");
    assert_eq!(
        bind(&registry, "com.x.Good", &Json::Null),
        "(a == 1)",
        "the others are not touched"
    );
}

#[test]
fn broken_ones_say_why() {
    let null = Json::Null;
    let check =
        |condition, args: &Json, expected| check_broken("com.x.C", condition, args, expected);
    check("", &null, "stands for nothing");
    check(" ", &null, "stands for nothing");
    check("action ! 1", &null, "the expression `action ! 1`, character 8");
    check("InLst", &null, "`InLst` is neither the name of a condition nor an expression");
    check("InLst", &null, "did you mean `InList`?");
    check("com.x.Good", &null, "never for another alias");
    check("active", &null, "write `active == true`");
    check("InLst", &json!({}), "there is no condition `InLst`; did you mean `InList`?");
    check("action != 1", &json!({}), "leave them out for an expression");
    check("InList", &json!(["A"]), "`args` is not a JSON object");
    check("InList", &json!({"feild": "tag"}), "did you mean `field`?");
    check("nosuch(a) == 1", &null, "character 1");
    check("5", &null, "the expression `5`");
    let name = |name, expected| check_broken(name, "a == 1", &null, expected);
    name("InList", "`InList` is a condition itself, which no alias can replace");
    name("com.shop.Tag", "is a condition itself");
    name("org.apache.flink.cep.pattern.conditions.RichOrCondition", "combines conditions");
    name(" ", "the class name is empty");
    name(&"x".repeat(513), "has 513 characters; at most 512");
}

#[test]
fn a_broken_one_is_told_to_those_who_use_it() {
    let unreadable = Alias {
        target: AliasTarget::Unreadable(tripline_message::Text::verbatim("`args` is not JSON")),
        origin: AliasOrigin::Store("`tripline_condition_aliases` of sqlite:rules.db".into()),
        ..alias("com.x.B", "", Json::Null)
    };
    let registry = registry([unreadable, alias("InList", "a == 1", Json::Null)]);
    assert_eq!(
        bind(&registry, "com.x.B", &Json::Null),
        "the alias `com.x.B` cannot be used: `args` is not JSON; mend it in `tripline_condition_aliases` of sqlite:rules.db"
    );
    assert_eq!(bind(&registry, "InList", &json!(["A"])), r#"(tag == "A")"#, "it is what it was");
    assert!(registry.alias_of("InList").is_none() && registry.alias_of("com.x.B").is_some());
    let names: Vec<&str> = registry.conditions().map(|(name, _)| name).collect();
    let given: Vec<&str> = names
        .into_iter()
        .filter(|name| registry.origin(name) != Some(crate::Origin::Shipped))
        .collect();
    assert_eq!(given, ["com.shop.Tag"], "what can be used");
}

#[test]
fn the_last_of_one_name_counts_and_the_next_set_replaces_all() {
    let mut registry = registry([
        alias("com.x.C", "a == 1", Json::Null),
        alias("com.x.D", "d == 1", Json::Null),
        alias("com.x.C", "a == 2", Json::Null),
    ]);
    assert_eq!(bind(&registry, "com.x.C", &Json::Null), "(a == 2)");
    let meaning = registry.alias_of("com.x.C").unwrap().meaning().unwrap();
    assert_eq!(*meaning, AliasMeaning::Expression("a == 2".to_owned()));
    registry.set_aliases([alias("com.x.E", "InList", json!({"field": "f"}))]);
    assert!(bind(&registry, "com.x.D", &Json::Null).contains("there is no condition"));
    assert_eq!(bind(&registry, "com.x.E", &json!(["A"])), r#"(f == "A")"#);
    assert_eq!(
        bind(&registry, "com.shop.Tag", &json!(["A"])),
        r#"(tag == "A")"#,
        "a program's stays"
    );
}

#[test]
fn what_is_close_may_lie_in_another_package() {
    let registry = registry([alias("com.alibaba.demo.EndCondition", "a == 1", Json::Null)]);
    let hint = |name| registry.get(name).unwrap_err().hint().map(|hint| hint.to_string());
    let end = Some("did you mean `com.alibaba.demo.EndCondition`?".to_owned());
    assert_eq!(hint("com.alibaba.demo.EndConditon"), end);
    assert_eq!(hint("org.shop.EndCondition"), end);
    assert_eq!(hint("EndCondition"), end);
    assert_eq!(hint("com.acme.inlist"), Some("did you mean `InList`?".to_owned()));
    assert_eq!(hint("org.shop.Other"), None);
}
