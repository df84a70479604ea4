//! `E03`: quantifiers.

use super::{Entry, Phrase, examples};

pub(crate) const E0301: Entry = Entry {
    title_zh: "同一个节点既是 LOOPING 又是 TIMES",
    about: Phrase {
        en: "A node is repeated either without upper limit (`LOOPING`) or up to one (`TIMES`).",
        zh: "节点的重复要么没有上限（`LOOPING`），要么有上限（`TIMES`）。",
    },
    examples: examples!("E0301"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` is LOOPING and TIMES at once",
            zh: "`{name}` 同时写了 LOOPING 和 TIMES",
        },
        Phrase {
            en: "use TIMES for a bounded number of repetitions, LOOPING for `times.from` or more",
            zh: "次数有上限用 TIMES；至少 `times.from` 次用 LOOPING",
        },
    ],
};

pub(crate) const E0302: Entry = Entry {
    title_zh: "写了 TIMES 但没有 `times`",
    about: Phrase {
        en: "`TIMES` needs `times` with `from` and `to`.",
        zh: "`TIMES` 需要带 `from` 和 `to` 的 `times`。",
    },
    examples: examples!("E0302"),
    more: None,
    messages: &[Phrase {
        en: "`{name}` is TIMES, but `times` does not say how often",
        zh: "`{name}` 写了 TIMES，但没有用 `times` 说明次数",
    }],
};

pub(crate) const E0303: Entry = Entry {
    title_zh: "`times.from` 过小",
    about: Phrase {
        en: "`times.from` is at least 1; with `TIMES` also 0, which means that the node may be left out.",
        zh: "`times.from` 至少为 1；用 `TIMES` 时也可以为 0，表示该节点可以省略。",
    },
    examples: examples!("E0303"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` begins at {from} repetitions; the least is {least}",
            zh: "`{name}` 的重复次数从 {from} 开始；最小为 {least}",
        },
        Phrase {
            en: "for none or more, use LOOPING from 1 with OPTIONAL",
            zh: "零次或多次请写 from 为 1 的 LOOPING，并加上 OPTIONAL",
        },
    ],
};

pub(crate) const E0304: Entry = Entry {
    title_zh: "`times.to` 小于 `times.from`",
    about: Phrase {
        en: "`times.to` is at least `times.from`, and at least 1.",
        zh: "`times.to` 不小于 `times.from`，且至少为 1。",
    },
    examples: examples!("E0304"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` ends at {to} repetitions, below the {from} it begins at",
            zh: "`{name}` 的重复次数上限 {to} 小于下限 {from}",
        },
        Phrase {
            en: "give `times.to` at least the value of `times.from`, and at least 1",
            zh: "`times.to` 不能小于 `times.from`，且至少为 1",
        },
    ],
};

pub(crate) const E0305: Entry = Entry {
    title_zh: "不重复的节点写了重复之间的邻近策略",
    about: Phrase {
        en: "`consumingStrategy` of a quantifier says how repetitions of the node follow each other, and this node occurs once.
How a node follows the one before is said by the edge.",
        zh: "量词的 `consumingStrategy` 说明节点的各次重复之间怎样邻近，而该节点只出现一次。
节点怎样跟在前一个节点之后，由边来说明。",
    },
    examples: examples!("E0305"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` comes once, so `{strategy}` between its repetitions means nothing",
            zh: "`{name}` 只出现一次，重复之间的 `{strategy}` 没有意义",
        },
        Phrase {
            en: "write SKIP_TILL_NEXT, or repeat the node with TIMES or LOOPING; how the node follows the one before it is the type of the edge",
            zh: "请写 SKIP_TILL_NEXT，或用 TIMES、LOOPING 让节点重复；节点怎样跟在前一个节点之后，由边的类型决定",
        },
    ],
};

pub(crate) const E0306: Entry = Entry {
    title_zh: "不重复的节点写了 GREEDY",
    about: Phrase {
        en: "`GREEDY` takes as many repetitions as it can, and this node occurs once.",
        zh: "`GREEDY` 表示尽量多地重复，而该节点只出现一次。",
    },
    examples: examples!("E0306"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` is GREEDY, but it is not repeated",
            zh: "`{name}` 写了 GREEDY，但它不重复",
        },
        Phrase {
            en: "GREEDY belongs to a node with LOOPING or TIMES; take it away here",
            zh: "GREEDY 只用于 LOOPING 或 TIMES 的节点；请在这里去掉它",
        },
    ],
};

pub(crate) const E0307: Entry = Entry {
    title_zh: "被否定的节点写了 GREEDY",
    about: Phrase {
        en: "A node that `NOT_NEXT` or `NOT_FOLLOW` leads into takes no events, so it cannot be greedy.",
        zh: "`NOT_NEXT` 或 `NOT_FOLLOW` 指向的节点不接收事件，不能是贪婪的。",
    },
    examples: examples!("E0307"),
    more: None,
    messages: &[Phrase {
        en: "`{name}` is GREEDY, but it is negated",
        zh: "`{name}` 写了 GREEDY，但它是被否定的节点",
    }],
};

pub(crate) const E0308: Entry = Entry {
    title_zh: "组写了 GREEDY",
    about: Phrase {
        en: "`GREEDY` is for nodes, not for groups.",
        zh: "`GREEDY` 用于节点，不能用于组。",
    },
    examples: examples!("E0308"),
    more: None,
    messages: &[Phrase {
        en: "`{name}` is GREEDY, but it is a group",
        zh: "`{name}` 写了 GREEDY，但它是组",
    }],
};

pub(crate) const E0309: Entry = Entry {
    title_zh: "被否定的节点写了 OPTIONAL",
    about: Phrase {
        en: "A node that `NOT_NEXT` or `NOT_FOLLOW` leads into takes no events, so it cannot be optional.",
        zh: "`NOT_NEXT` 或 `NOT_FOLLOW` 指向的节点不接收事件，不能是可选的。",
    },
    examples: examples!("E0309"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` is negated, so it cannot be OPTIONAL",
            zh: "`{name}` 是被否定的节点，不能是 OPTIONAL",
        },
        Phrase { en: "use SINGLE", zh: "请用 SINGLE" },
    ],
};

pub(crate) const E0310: Entry = Entry {
    title_zh: "重复声明可选",
    about: Phrase {
        en: "`times.from` 0 says already that the node may be left out.",
        zh: "`times.from` 为 0 已经表示该节点可以省略。",
    },
    examples: examples!("E0310"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` is optional already, since `times.from` is 0",
            zh: "`times.from` 为 0，`{name}` 已经是可选的",
        },
        Phrase { en: "take OPTIONAL away", zh: "请去掉 OPTIONAL" },
    ],
};

pub(crate) const E0311: Entry = Entry {
    title_zh: "可选节点紧跟在贪婪节点之后",
    about: Phrase {
        en: "A greedy node leaves no event to an optional one behind it, so Flink does not allow the two in a row.",
        zh: "贪婪节点不会给后面的可选节点留下事件，因此 Flink 不允许二者相邻。",
    },
    examples: examples!("E0311"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` is OPTIONAL and comes straight after a GREEDY node",
            zh: "`{name}` 是 OPTIONAL，又紧跟在 GREEDY 节点之后",
        },
        Phrase {
            en: "take GREEDY away from the node before, or put a node between",
            zh: "请去掉前一个节点的 GREEDY，或在中间放一个节点",
        },
    ],
};

pub(crate) const E0312: Entry = Entry {
    title_zh: "被否定的节点写了重复",
    about: Phrase {
        en: "`NOT_NEXT` and `NOT_FOLLOW` forbid a single event, so the node they lead into cannot be repeated.",
        zh: "`NOT_NEXT` 和 `NOT_FOLLOW` 禁止的是单个事件，它们指向的节点不能重复。",
    },
    examples: examples!("E0312"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` is negated, so it cannot be repeated",
            zh: "`{name}` 是被否定的节点，不能重复",
        },
        Phrase {
            en: "use SINGLE: a negated node says that its event does not come at all",
            zh: "请用 SINGLE：被否定的节点表示该事件一次都不出现",
        },
    ],
};

pub(crate) const E0313: Entry = Entry {
    title_zh: "不循环的节点写了 `untilCondition`",
    about: Phrase {
        en: "`untilCondition` ends a loop, so it needs `LOOPING`.",
        zh: "`untilCondition` 用于结束循环，因此需要 `LOOPING`。",
    },
    examples: examples!("E0313"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` does not loop, so nothing can end its loop",
            zh: "`{name}` 不循环，没有循环可以结束",
        },
        Phrase {
            en: "use LOOPING, or take the untilCondition away",
            zh: "请用 LOOPING，或去掉 untilCondition",
        },
    ],
};

pub(crate) const E0314: Entry = Entry {
    title_zh: "NOT 边紧跟在可选节点之后",
    about: Phrase {
        en: "A NOT edge after a node that may be left out is not supported, in Flink neither.",
        zh: "不支持在可以省略的节点之后使用 NOT 边，Flink 也不支持。",
    },
    examples: examples!("E0314"),
    more: Some(Phrase {
        en: "Write two rules: one with the node, as here, and one without it.",
        zh: "请写成两条规则：一条有该节点（如上例），一条没有。",
    }),
    messages: &[
        Phrase {
            en: "the edge into the negated node `{target}` comes straight after the optional node `{source}`",
            zh: "指向被否定节点 `{target}` 的边紧跟在可选节点 `{source}` 之后",
        },
        Phrase {
            en: "write two rules, one with the optional node and one without, or put a node between",
            zh: "请写成两条规则（一条有可选节点，一条没有），或在中间放一个节点",
        },
    ],
};
