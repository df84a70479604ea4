//! `W10`: aggregates.

use super::{Entry, Phrase, examples};

pub(crate) const W1001: Entry = Entry {
    title_zh: "聚合中的某个键在此没有意义",
    about: Phrase {
        en: "Each type of window, each function and each `emit` has keys of its own; the others are ignored.",
        zh: "每种窗口、每个函数、每种 `emit` 各有自己的键，其他的被忽略。",
    },
    examples: examples!("W1001"),
    more: None,
    messages: &[Phrase { en: "remove it", zh: "请删除" }],
};

pub(crate) const W1002: Entry = Entry {
    title_zh: "AGGREGATE 类型的规则写了 `key_by`",
    about: Phrase {
        en: "The keys of an aggregate are its groups: `groupBy` says what belongs together, and `key_by` is ignored.",
        zh: "聚合的分组键就是它的分组：`groupBy` 说明哪些事件属于一组，`key_by` 被忽略。",
    },
    examples: examples!("W1002"),
    more: None,
    messages: &[
        Phrase {
            en: "`key_by` means nothing to a rule of type `AGGREGATE` and is ignored",
            zh: "`key_by` 对 `AGGREGATE` 类型的规则没有意义，被忽略",
        },
        Phrase {
            en: "its keys are its groups: use `groupBy`",
            zh: "它的分组键就是它的分组：请使用 `groupBy`",
        },
    ],
};
