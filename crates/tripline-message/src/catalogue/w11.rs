//! `W11`: actions.

use super::{Entry, Phrase};

pub(crate) const W1101: Entry = Entry {
    title_zh: "没有规则所指定的动作",
    about: Phrase {
        en: "The `function` of the rule names no action of the configuration, so what the rule finds is given out as it is, to all sinks.
Class names of other engines are taken as names: give the action that name, in quotes, or leave `function` away.",
        zh: "规则的 `function` 在配置中没有对应的动作，因此规则的结果原样输出到所有输出端。
其他引擎的类名也按名字处理：请用引号为动作取这个名字，或去掉 `function`。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the configuration has no action `{name}`, so its outputs go to all sinks as they are",
            zh: "配置中没有动作 `{name}`，因此其结果原样输出到所有输出端",
        },
        Phrase {
            en: "add `[actions.{key}]` to the configuration, or take `function` away",
            zh: "请在配置中加上 `[actions.{key}]`，或去掉 `function`",
        },
    ],
};
