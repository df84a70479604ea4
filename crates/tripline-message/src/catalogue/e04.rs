//! `E04`: windows and skip strategies.

use super::{Entry, Phrase, examples};

pub(crate) const E0401: Entry = Entry {
    title_zh: "规则以 NOT_FOLLOW 结尾却没有窗口",
    about: Phrase {
        en: r#""Not followed by" at the end is known only when the time is up, so the rule needs a window."#,
        zh: "末尾的“之后不出现”只有时间到了才知道，因此规则需要窗口。",
    },
    examples: examples!("E0401"),
    more: None,
    messages: &[Phrase {
        en: "the rule ends in NOT_FOLLOW into `{name}` and has no window, so it could never be decided",
        zh: "规则以指向 `{name}` 的 NOT_FOLLOW 结尾却没有窗口，永远无法判定",
    }],
};

pub(crate) const E0402: Entry = Entry {
    title_zh: "相邻事件的窗口大于整个窗口",
    about: Phrase {
        en: "A gap between two events cannot be longer than the whole match may last.",
        zh: "相邻两个事件的间隔不可能比整个匹配的时限更长。",
    },
    examples: examples!("E0402"),
    more: None,
    messages: &[
        Phrase {
            en: "the limit of {gap} ms between two events is larger than that of {window} ms from the first event to the last",
            zh: "相邻两个事件的时限 {gap} ms 大于首尾事件的时限 {window} ms",
        },
        Phrase {
            en: "make the limit between two events (PREVIOUS_AND_CURRENT or `windowTime`) the smaller one",
            zh: "请让相邻事件的时限（PREVIOUS_AND_CURRENT 或 `windowTime`）更小",
        },
    ],
};

pub(crate) const E0403: Entry = Entry {
    title_zh: "跳过策略引用了不存在的节点",
    about: Phrase {
        en: "`patternName` of the skip strategy must be the name of a node of the rule.",
        zh: "跳过策略的 `patternName` 必须是规则中节点的名字。",
    },
    examples: examples!("E0403"),
    more: None,
    messages: &[
        Phrase {
            en: "there is no node `{name}` to skip to", zh: "要跳到的节点 `{name}` 不存在"
        },
        Phrase { en: "name one of {names}", zh: "请写 {names} 之一" },
    ],
};

pub(crate) const E0404: Entry = Entry {
    title_zh: "跳过策略引用了组或组内的节点",
    about: Phrase {
        en: "A skip strategy skips to a node at the top level of the rule, not to a group and not to a node inside one.",
        zh: "跳过策略只能跳到规则顶层的节点，不能是组，也不能是组内的节点。",
    },
    examples: examples!("E0404"),
    more: None,
    messages: &[Phrase {
        en: "`{name}` is a group, or lies inside one: it cannot be skipped to",
        zh: "`{name}` 是组，或位于组内：不能跳到它",
    }],
};

pub(crate) const E0405: Entry = Entry {
    title_zh: "跳过策略缺少 `patternName`",
    about: Phrase {
        en: "`SKIP_TO_FIRST` and `SKIP_TO_LAST` skip to a node, which `patternName` names.",
        zh: "`SKIP_TO_FIRST` 和 `SKIP_TO_LAST` 会跳到某个节点，由 `patternName` 指明。",
    },
    examples: examples!("E0405"),
    more: None,
    messages: &[
        Phrase { en: "`{kind}` needs `patternName`", zh: "`{kind}` 需要 `patternName`" },
        Phrase { en: "name the node to skip to", zh: "请写明要跳到的节点" },
    ],
};

pub(crate) const E0406: Entry = Entry {
    title_zh: "时长为负或过大",
    about: Phrase {
        en: "A duration is not negative and fits 64 bits of milliseconds.",
        zh: "时长不能为负，换算成毫秒后不能超过 64 位。",
    },
    examples: examples!("E0406"),
    more: None,
    messages: &[
        Phrase { en: "a duration of {size} {unit} is negative", zh: "时长 {size} {unit} 为负" },
        Phrase {
            en: "a duration of {size} {unit} is too large; the limit is {limit} {unit}",
            zh: "时长 {size} {unit} 过大；上限为 {limit} {unit}",
        },
        Phrase {
            en: "use a size of 0 or more that fits 64 bits of milliseconds",
            zh: "size 应不小于 0，且换算成毫秒后不超过 64 位",
        },
    ],
};
