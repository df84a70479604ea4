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
            en: "PREVIOUS_AND_CURRENT is ignored on the node `{name}`, which repeats",
            zh: "节点 `{name}` 会重复，它的 PREVIOUS_AND_CURRENT 被忽略",
        },
        Phrase {
            en: "use FIRST_AND_LAST on the whole rule, or compare times in the condition",
            zh: "请在整条规则上用 FIRST_AND_LAST，或在条件中比较时间",
        },
    ],
};

pub(crate) const W0403: Entry = Entry {
    title_zh: "`windowTime` 并不限制看上去要限制的间隔",
    messages: &[Phrase {
        en: "`windowTime` of `{name}` does not limit every gap between repetitions, as in Flink",
        zh: "与 Flink 一样，`{name}` 的 `windowTime` 并不限制每两次重复之间的间隔",
    }],
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

pub(crate) const W0406: Entry = Entry {
    title_zh: "PREVIOUS_AND_CURRENT 只限制最后一个间隔",
    messages: &[
        Phrase {
            en: "PREVIOUS_AND_CURRENT of a graph limits the gap before its last node `{name}` only; that before `{free_name}` may be of any length",
            zh: "图的 PREVIOUS_AND_CURRENT 只限制最后一个节点 `{name}` 之前的间隔，`{free_name}` 处的间隔可以任意长",
        },
        Phrase {
            en: "give `{free_name}` this window as its own \"window\"; or write FIRST_AND_LAST, which limits the whole",
            zh: "请把这个窗口也写成 `{free_name}` 自己的 \"window\"，或写限制整体的 FIRST_AND_LAST",
        },
        Phrase {
            en: "write FIRST_AND_LAST, which limits the whole; or compare times in the conditions",
            zh: "请写限制整体的 FIRST_AND_LAST，或在条件中比较时间",
        },
    ],
};

pub(crate) const W0407: Entry = Entry {
    title_zh: "可选节点上的 PREVIOUS_AND_CURRENT 结束得太早",
    messages: &[
        Phrase {
            en: "PREVIOUS_AND_CURRENT on the optional node `{name}` counts only until an event has been passed over",
            zh: "可选节点 `{name}` 的 PREVIOUS_AND_CURRENT 只在还没有跳过事件时起作用",
        },
        Phrase {
            en: "write it into the condition of `{name}`: {code}",
            zh: "请把它写进 `{name}` 的条件：{code}",
        },
    ],
};

pub(crate) const W0408: Entry = Entry {
    title_zh: "没有完成的部分匹配永远不会结束",
    messages: &[Phrase {
        en: "without a window an attempt that waits for `{name}` is kept for ever, so memory grows with every one that is never completed",
        zh: "没有窗口，等待 `{name}` 的部分匹配会永远保留，每个没有完成的都会占用内存",
    }],
};

pub(crate) const W0409: Entry = Entry {
    title_zh: "部分匹配结束时没有作为告警的超时",
    messages: &[
        Phrase {
            en: "any other event before `{name}` ends the attempt without a timeout, and the timeout of this rule is an alert",
            zh: "`{name}` 之前出现任何其他事件，部分匹配就会结束而没有超时，而这条规则的超时就是告警",
        },
        Phrase {
            en: "write SKIP_TILL_NEXT for the edge into `{name}`",
            zh: "请把通向 `{name}` 的边写成 SKIP_TILL_NEXT",
        },
        Phrase {
            en: "any other event between the repetitions of `{name}` ends the attempt without a timeout, and the timeout of this rule is an alert",
            zh: "`{name}` 的各次重复之间出现任何其他事件，部分匹配就会结束而没有超时，而这条规则的超时就是告警",
        },
        Phrase {
            en: "write SKIP_TILL_NEXT for the \"consumingStrategy\" of `{name}`",
            zh: "请把 `{name}` 的 \"consumingStrategy\" 写成 SKIP_TILL_NEXT",
        },
        Phrase {
            en: "what {strategy} drops gives no timeout, and the timeout of this rule is an alert",
            zh: "被 {strategy} 丢弃的部分匹配没有超时，而这条规则的超时就是告警",
        },
        Phrase {
            en: "write NO_SKIP, or a rule of its own for the timeout",
            zh: "请写 NO_SKIP，或为超时另写一条规则",
        },
    ],
};

pub(crate) const W0410: Entry = Entry {
    title_zh: "一个部分匹配产生多个超时",
    messages: &[
        Phrase {
            en: "with SKIP_TILL_ANY each way on from `{name}` gives a timeout of its own",
            zh: "使用 SKIP_TILL_ANY 时，`{name}` 的每个分支都会产生自己的超时",
        },
        Phrase {
            en: "write SKIP_TILL_NEXT in a rule whose timeout is an alert",
            zh: "超时就是告警的规则请用 SKIP_TILL_NEXT",
        },
        Phrase {
            en: "an attempt that has matched and could take one more `{name}` gives a timeout as well",
            zh: "已经匹配、但还可以再取一个 `{name}` 的部分匹配也会产生超时",
        },
        Phrase {
            en: "write an exact TIMES for `{name}`", zh: "请给 `{name}` 写次数固定的 TIMES"
        },
        Phrase {
            en: "`{name}` may come more or less often, and each way on from it gives a timeout of its own",
            zh: "`{name}` 出现的次数不固定，它的每个分支都会产生自己的超时",
        },
        Phrase {
            en: "make `{name}` required with an exact number in a rule whose timeout is an alert",
            zh: "超时就是告警的规则请让 `{name}` 必须出现，并且次数固定",
        },
    ],
};

pub(crate) const W0411: Entry = Entry {
    title_zh: "末尾的 NOT_NEXT 只看下一个事件",
    messages: &[
        Phrase {
            en: "a final NOT_NEXT asks only about the next event of the key: the rule stays silent for a key that has none, and a `{name}` after that does not count",
            zh: "末尾的 NOT_NEXT 只看该分组键的下一个事件：没有下一个事件的分组键不会有结果，更晚的 `{name}` 也不算",
        },
        Phrase {
            en: "write NOT_FOLLOW, with a FIRST_AND_LAST window, for \"no `{name}` comes\"",
            zh: "如果意思是“没有出现 `{name}`”，请写 NOT_FOLLOW，并加上 FIRST_AND_LAST 窗口",
        },
    ],
};

pub(crate) const W0412: Entry = Entry {
    title_zh: "NOT 在各次重复之间也起作用",
    messages: &[
        Phrase {
            en: "the NOT of `{name}` also counts between the repetitions of `{before_name}`",
            zh: "`{name}` 的 NOT 在 `{before_name}` 的各次重复之间也起作用",
        },
        Phrase {
            en: "if `{name}` may come between them, let `{before_name}` repeat once less and add a node with its condition, once, before the NOT",
            zh: "如果 `{name}` 可以出现在它们之间，请让 `{before_name}` 少重复一次，并在 NOT 之前加上一个条件相同、只出现一次的节点",
        },
    ],
};

pub(crate) const W0413: Entry = Entry {
    title_zh: "可选节点之前的 NOT 到该节点为止",
    messages: &[
        Phrase {
            en: "`{next_name}` may be left out, so the rule matches before the NOT of `{name}` is asked",
            zh: "`{next_name}` 可以省略，所以规则在判断 `{name}` 的 NOT 之前就已匹配",
        },
        Phrase {
            en: "the NOT of `{name}` no longer counts once the optional `{next_name}` has come",
            zh: "可选节点 `{next_name}` 出现之后，`{name}` 的 NOT 就不再起作用",
        },
        Phrase {
            en: "write two rules: one without `{next_name}`, and one in which it is required and has a NOT before and after it",
            zh: "请写两条规则：一条没有 `{next_name}`，另一条中它必须出现，并且前后各有一个 NOT",
        },
    ],
};

pub(crate) const W0414: Entry = Entry {
    title_zh: "跳过策略指定的节点可能不存在",
    messages: &[
        Phrase {
            en: "a match without `{name}` drops nothing, and the rule can match without it",
            zh: "没有 `{name}` 的匹配什么也不丢弃，而规则没有它也能匹配",
        },
        Phrase {
            en: "skip to a node that is always there, or use SKIP_PAST_LAST_EVENT",
            zh: "请跳到一个总是存在的节点，或用 SKIP_PAST_LAST_EVENT",
        },
    ],
};

pub(crate) const W0415: Entry = Entry {
    title_zh: "跳过策略在最后一个节点之前就结束部分匹配",
    messages: &[
        Phrase {
            en: "a match is complete without `{name}`, and with {strategy} it drops the attempt that could still take it",
            zh: "没有 `{name}` 匹配就已完整，{strategy} 会丢弃还能取到它的部分匹配",
        },
        Phrase {
            en: "a match is complete with {least} of `{name}`, and with {strategy} it drops the attempt that could still take more",
            zh: "有 {least} 个 `{name}` 匹配就已完整，{strategy} 会丢弃还能取到更多的部分匹配",
        },
        Phrase {
            en: "take `{name}` away, or make it required",
            zh: "请去掉 `{name}`，或让它必须出现",
        },
        Phrase {
            en: "write TIMES {least} for `{name}`, or add the node that ends the repetition",
            zh: "请给 `{name}` 写 TIMES {least}，或加上结束重复的节点",
        },
    ],
};

pub(crate) const W0416: Entry = Entry {
    title_zh: "完整的匹配被更早的部分匹配拖住",
    messages: &[
        Phrase {
            en: "the loop of `{name}` stays open after its match and holds back the matches that begin later until the window closes",
            zh: "`{name}` 的循环在匹配之后仍然开放，会把后来开始的匹配一直拖到窗口关闭",
        },
        Phrase {
            en: "write \"consumingStrategy\": \"STRICT\" for `{name}`, or SKIP_TO_NEXT",
            zh: "请给 `{name}` 写 \"consumingStrategy\": \"STRICT\"，或用 SKIP_TO_NEXT",
        },
        Phrase {
            en: "a match waits while an earlier attempt is open, and one with another `{path}` in `{before}` stays open until its window closes",
            zh: "只要有更早的部分匹配，匹配就要等待，而 `{before}` 中 `{path}` 不同的部分匹配要到窗口关闭才结束",
        },
        Phrase {
            en: "put `{path}` into \"key_by\" and take its comparison out of the condition of `{name}`; or write NO_SKIP",
            zh: "请把 `{path}` 放进 \"key_by\"，并从 `{name}` 的条件中去掉它的比较，或写 NO_SKIP",
        },
    ],
};
