//! `W03`: quantifiers.

use super::{Entry, Phrase};

pub(crate) const W0301: Entry = Entry {
    title_zh: "与 LOOPING 或 TIMES 同写的 SINGLE 被忽略",
    messages: &[
        Phrase {
            en: "SINGLE on `{name}` is ignored, since it repeats",
            zh: "`{name}` 会重复，它的 SINGLE 被忽略",
        },
        Phrase { en: "take SINGLE away", zh: "请去掉 SINGLE" },
    ],
};

pub(crate) const W0302: Entry = Entry {
    title_zh: "LOOPING 忽略 `times.to`",
    messages: &[
        Phrase {
            en: "`times.to` of `{name}` is ignored: LOOPING has no end",
            zh: "`{name}` 的 `times.to` 被忽略：LOOPING 没有上限",
        },
        Phrase {
            en: "use TIMES for a bounded number of repetitions", zh: "次数有上限请用 TIMES"
        },
    ],
};

pub(crate) const W0303: Entry = Entry {
    title_zh: "没有 TIMES 或 LOOPING 时 `times` 被忽略",
    messages: &[
        Phrase {
            en: "`times` of `{name}` is ignored: it is neither TIMES nor LOOPING",
            zh: "`{name}` 的 `times` 被忽略：它既不是 TIMES 也不是 LOOPING",
        },
        Phrase {
            en: "add \"TIMES\" to its `properties`, or take `times` away",
            zh: "请在 `properties` 中加上 \"TIMES\"，或去掉 `times`",
        },
    ],
};

pub(crate) const W0304: Entry = Entry {
    title_zh: "GREEDY 在这里没有作用",
    messages: &[
        Phrase {
            en: "GREEDY on `{name}` has no effect at an exact number of times",
            zh: "`{name}` 的次数是固定的，GREEDY 没有作用",
        },
        Phrase {
            en: "GREEDY on `{name}` has no effect at the end of the pattern",
            zh: "`{name}` 在模式的末尾，GREEDY 没有作用",
        },
        Phrase {
            en: "take GREEDY away, or add the node that ends the repetition",
            zh: "请去掉 GREEDY，或加上结束重复的节点",
        },
    ],
};
