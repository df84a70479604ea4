//! `E11`: actions.

use super::{Entry, Phrase};

pub(crate) const E1101: Entry = Entry {
    title_zh: "规则的动作不适合这条规则",
    about: Phrase {
        en: "The `function` of a rule names an action of the configuration, and the `when` or the `template` of that action reads the match.
Both are checked with the rule, since it is the rule that has the nodes: one that cannot be used keeps the rule from running.
What no rule could mend, such as an expression that ends too early, `tripline config check` tells without a rule.
A plain name is a field of the last event of the match; `node[0].field`, `sum(node.field)` and the like read the events of a node, and `params.x` a parameter of the rule.",
        zh: "规则的 `function` 指定配置中的一个动作，该动作的 `when` 或 `template` 会读取匹配结果。
节点属于规则，因此二者随规则一起检查：不能使用时规则无法运行。
任何规则都无法补救的问题（例如不完整的表达式），`tripline config check` 不需要规则就会指出。
单独的名字是匹配中最后一个事件的字段；`node[0].field`、`sum(node.field)` 等读取节点的事件，`params.x` 读取规则的参数。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "`{part}` of the action `{action}`: {reason}",
            zh: "动作 `{action}` 的 `{part}`：{reason}",
        },
        Phrase { en: "character {column}: {reason}", zh: "第 {column} 个字符：{reason}" },
        Phrase {
            en: "the action `{action}` reads `{unknown}`, which this aggregate does not have",
            zh: "动作 `{action}` 读取 `{unknown}`，但这个聚合没有它",
        },
        Phrase {
            en: "the action `{action}` has a `template`, and the program makes its text",
            zh: "动作 `{action}` 有 `template`，但它的内容由程序生成",
        },
        Phrase {
            en: "take `template` away from the configuration, or give the action another name",
            zh: "请从配置中去掉 `template`，或给动作换一个名字",
        },
        Phrase {
            en: "{hint}; it stands in the configuration: {text}",
            zh: "{hint}；它写在配置中：{text}",
        },
        Phrase { en: "it stands in the configuration: {text}", zh: "它写在配置中：{text}" },
        Phrase {
            en: "this `{open}` has no `{close}` behind it",
            zh: "这个 `{open}` 后面没有 `{close}`",
        },
        Phrase {
            en: "write an expression between them: `{example}`",
            zh: "请在它们之间写表达式：`{example}`",
        },
        Phrase {
            en: "the template has {count} bytes, which exceeds the limit of {limit}",
            zh: "模板有 {count} 字节，超过上限 {limit}",
        },
        Phrase {
            en: "the template exceeds the limit of {limit} expressions",
            zh: "模板中的表达式超过上限 {limit} 个",
        },
    ],
};
