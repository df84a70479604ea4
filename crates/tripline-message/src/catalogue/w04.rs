//! `W04`: windows and skip strategies.

use super::{Entry, Phrase};

pub(crate) const W0401: Entry = Entry {
    title_zh: "该跳过策略不使用 `patternName`",
    messages: &[
        Phrase {
            en: "`patternName` is not used by `{kind}`", zh: "`{kind}` 不使用 `patternName`"
        },
        Phrase {
            en: "remove it, or use `SKIP_TO_FIRST` or `SKIP_TO_LAST`",
            zh: "请删除它，或改用 `SKIP_TO_FIRST`、`SKIP_TO_LAST`",
        },
    ],
};

pub(crate) const W0402: Entry = Entry {
    title_zh: "窗口被忽略",
    messages: &[
        Phrase {
            en: "a window of 0 is no window (`{name}`)",
            zh: "大小为 0 的窗口等于没有窗口（`{name}`）",
        },
        Phrase {
            en: "PREVIOUS_AND_CURRENT is ignored where the last node is a group (`{name}`)",
            zh: "最后一个节点是组时，PREVIOUS_AND_CURRENT 被忽略（`{name}`）",
        },
        Phrase {
            en: "PREVIOUS_AND_CURRENT is ignored where the last node repeats (`{name}`)",
            zh: "最后一个节点会重复时，PREVIOUS_AND_CURRENT 被忽略（`{name}`）",
        },
        Phrase {
            en: "FIRST_AND_LAST inside a group is ignored (`{name}`)",
            zh: "组内的 FIRST_AND_LAST 被忽略（`{name}`）",
        },
        Phrase {
            en: "use FIRST_AND_LAST on the whole rule, or compare times in the condition",
            zh: "请在整条规则上用 FIRST_AND_LAST，或在条件中比较时间",
        },
    ],
};

pub(crate) const W0403: Entry = Entry {
    title_zh: "`windowTime` 并不限制看上去要限制的间隔",
    messages: &[
        Phrase {
            en: "`windowTime` of `{name}` does not limit every gap between repetitions, as in Flink",
            zh: "与 Flink 一样，`{name}` 的 `windowTime` 并不限制每两次重复之间的间隔",
        },
        Phrase {
            en: "compare times in the condition: `size(n) == 0 || ts - n[size(n)-1].ts < 60000`",
            zh: "请在条件中比较时间：`size(n) == 0 || ts - n[size(n)-1].ts < 60000`",
        },
    ],
};

pub(crate) const W0404: Entry = Entry {
    title_zh: "循环之后的 NOT_FOLLOW 对不再有事件的分组键不产生结果",
    messages: &[
        Phrase {
            en: "`{name}` may repeat before the final NOT_FOLLOW, so the rule stays silent for a key that has no further event before the window closes",
            zh: "`{name}` 在末尾的 NOT_FOLLOW 之前可能重复，如果某个分组键在窗口关闭前再没有事件，规则就不会产生结果",
        },
        Phrase {
            en: "use TIMES with an exact number, or set \"finalAbsence\": true on the rule",
            zh: "请用次数固定的 TIMES，或在规则上写 \"finalAbsence\": true",
        },
    ],
};

pub(crate) const W0405: Entry = Entry {
    title_zh: "没有窗口的跳过策略可能让匹配永远不输出",
    messages: &[
        Phrase {
            en: "with this skip strategy a match waits until no earlier attempt is open, and without a window an attempt may stay open for ever",
            zh: "使用该跳过策略时，匹配要等到没有更早的部分匹配才输出；没有窗口，部分匹配可能永远不结束",
        },
        Phrase {
            en: "give the rule a FIRST_AND_LAST window",
            zh: "请给规则加上 FIRST_AND_LAST 窗口",
        },
    ],
};
