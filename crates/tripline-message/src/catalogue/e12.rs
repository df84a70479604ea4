//! `E12`: what rules ask of one another.

use super::{Entry, Phrase};

pub(crate) const E1201: Entry = Entry {
    title_zh: "不能使用的统计值",
    about: Phrase {
        en: "A condition asks for `stat('rule').name`, the running value of the aggregate `name` of the rule `rule`, and that cannot be given.
The rule that is asked is one of type AGGREGATE without `top`, is enabled, and has the fields of `groupBy` that the asking rule has as its key, in the same order: so both see the same events in the same place.
It is looked for when the asking rule is put, among the rules in force and those that come with it.",
        zh: "条件使用 `stat('rule').name`，即规则 `rule` 的聚合 `name` 的当前值，但无法给出。
被引用的规则必须是没有 `top` 的 AGGREGATE 规则，处于启用状态，并且它的 `groupBy` 字段与引用它的规则的键字段相同、顺序也相同：这样二者在同一处看到同样的事件。
在放入引用它的规则时，会在已生效的规则和同时放入的规则中查找。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "`{asked}` asks for the rule `{rule}`, which there is not",
            zh: "`{asked}` 引用规则 `{rule}`，但没有这条规则",
        },
        Phrase {
            en: "put the rule of type AGGREGATE first, or together with this one",
            zh: "请先放入这条 AGGREGATE 规则，或与本规则一起放入",
        },
        Phrase {
            en: "`{asked}` asks for the rule `{rule}`, which is disabled",
            zh: "`{asked}` 引用规则 `{rule}`，但它已停用",
        },
        Phrase { en: "enable it, or ask another one", zh: "请启用它，或引用另一条规则" },
        Phrase {
            en: "`{asked}` asks for the rule `{rule}`, which is no aggregate",
            zh: "`{asked}` 引用规则 `{rule}`，但它不是聚合规则",
        },
        Phrase {
            en: "ask a rule of type AGGREGATE; the events of this rule's own match are read by `count(node)`, `sum(node.field)` and the like",
            zh: "请引用 AGGREGATE 类型的规则；本规则自身匹配的事件用 `count(node)`、`sum(node.field)` 等读取",
        },
        Phrase {
            en: "`{asked}` asks for an aggregate that the rule `{rule}` does not have",
            zh: "`{asked}` 引用的聚合在规则 `{rule}` 中不存在",
        },
        Phrase { en: "its aggregates are {names}", zh: "它的聚合有 {names}" },
        Phrase {
            en: "`{asked}` asks for a rule with `top`, whose groups are ranked in another place",
            zh: "`{asked}` 引用了带 `top` 的规则，它的分组在别处排名",
        },
        Phrase {
            en: "ask a rule with the same windows and without `top`",
            zh: "请引用窗口相同且没有 `top` 的规则",
        },
        Phrase {
            en: "`{asked}` asks for groups by {groups}, and the key of this rule is {key}",
            zh: "`{asked}` 的分组字段是 {groups}，而本规则的键字段是 {key}",
        },
        Phrase {
            en: "let `key_by` name the fields of `groupBy`, in the same order",
            zh: "请让 `key_by` 与 `groupBy` 的字段相同，顺序也相同",
        },
        Phrase {
            en: "only one of this rule and the rule `{rule}`, which `{asked}` asks for, has to do with a set that actions change, so that they see events in different places",
            zh: "本规则与 `{asked}` 引用的规则 `{rule}` 中只有一条涉及由动作修改的集合，二者在不同的地方看到事件",
        },
        Phrase {
            en: "let both ask for the set, or neither",
            zh: "请让两条规则都使用这个集合，或都不使用",
        },
        Phrase { en: "no field", zh: "无字段" },
    ],
};
