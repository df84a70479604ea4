//! `W12`: what rules ask of one another.

use super::{Entry, Phrase};

pub(crate) const W1201: Entry = Entry {
    title_zh: "所引用的统计值已不存在",
    about: Phrase {
        en: "The rule asks for `stat('rule').name`, and the rule that is asked was removed, disabled, suspended or changed since, so that there is no such value any more.
The asking rule stays in force; the value is missing, so a comparison with it does not hold.
As soon as there is a rule again that fits, its value is what counts; nothing has to be done with the asking rule.",
        zh: "规则使用 `stat('rule').name`，而被引用的规则后来被删除、停用、暂停或更改，因此不再有这个值。
引用它的规则继续生效；该值缺失，与它的比较不成立。
一旦又有合适的规则，就使用它的值；引用它的规则无需任何操作。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "`{asked}` is missing, as no rule in force has it any more",
            zh: "`{asked}` 缺失，因为没有生效的规则提供它",
        },
        Phrase {
            en: "put the rule `{rule}` again with these groups, or change this rule",
            zh: "请重新放入分组相同的规则 `{rule}`，或更改本规则",
        },
    ],
};
