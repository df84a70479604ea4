//! `W04`: windows and skip strategies.

use super::{Entry, Phrase, examples};

pub(crate) const W0401: Entry = Entry {
    title_zh: "该跳过策略不使用 `patternName`",
    about: Phrase {
        en: "Only `SKIP_TO_FIRST` and `SKIP_TO_LAST` skip to a node.",
        zh: "只有 `SKIP_TO_FIRST` 和 `SKIP_TO_LAST` 会跳到某个节点。",
    },
    examples: examples!("W0401"),
    more: None,
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
    about: Phrase { en: "Flink ignores this window, and so does Tripline.
`PREVIOUS_AND_CURRENT` has no effect if the last node is repeated or a group, and `FIRST_AND_LAST` has none inside a group.", zh: "Flink 忽略这个窗口，Tripline 也一样。
最后一个节点会重复或者是组时，`PREVIOUS_AND_CURRENT` 不起作用；组内的 `FIRST_AND_LAST` 不起作用。" },
    examples: examples!("W0402"),
    more: Some(Phrase { en: "To limit the gap between repetitions exactly, compare with the event before, as in `size(cart) == 0 || ts - last(cart.ts) < 5m`.", zh: "要准确限制重复之间的间隔，请与前一个事件比较，例如 `size(cart) == 0 || ts - last(cart.ts) < 5m`。" }),
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
            en: "write how long it is, or take it away",
            zh: "请写出窗口的长度，或删除它",
        },
        Phrase {
            en: "give the nodes of the group this window, or use FIRST_AND_LAST on the whole rule",
            zh: "请给组内的节点写上这个窗口，或在整条规则上用 FIRST_AND_LAST",
        },
        Phrase {
            en: "use FIRST_AND_LAST on the whole rule; the group itself cannot be limited",
            zh: "请在整条规则上用 FIRST_AND_LAST；组本身无法限制",
        },
        Phrase {
            en: "use FIRST_AND_LAST on the whole rule; or add `{test}` to the condition, which limits the time since the `{name}` before",
            zh: "请在整条规则上用 FIRST_AND_LAST；或在条件中加上 `{test}`，它限制与前一个 `{name}` 之间的时间",
        },
    ],
};

pub(crate) const W0403: Entry = Entry {
    title_zh: "`windowTime` 并不限制看上去要限制的间隔",
    about: Phrase { en: "`windowTime` is meant as the largest gap between repetitions, but Flink checks only some gaps, and the one before the first repetition as well.
Of three repetitions the gap before the third is free; of a loop from 1 none between repetitions is checked.", zh: "`windowTime` 的本意是重复之间的最大间隔，但 Flink 只检查其中一部分间隔，而且还检查第一次重复之前的间隔。
重复三次时，第三次之前的间隔不受限制；从 1 开始的循环，重复之间的间隔都不检查。" },
    examples: examples!("W0403"),
    more: None,
    messages: &[Phrase {
        en: "`windowTime` of `{name}` does not limit every gap between repetitions, as in Flink",
        zh: "与 Flink 一样，`{name}` 的 `windowTime` 并不限制每两次重复之间的间隔",
    }],
};

pub(crate) const W0404: Entry = Entry {
    title_zh: "循环之后的 NOT_FOLLOW 对不再有事件的分组键不产生结果",
    about: Phrase {
        en: r#"After a loop, "not followed by" is asked only when a further event of the same key comes.
A key that falls silent ends in a timeout, not in a match."#,
        zh: "循环之后的“之后不出现”，只有同一个分组键再来一个事件时才会判定。
不再有事件的分组键以超时结束，而不是匹配。",
    },
    examples: examples!("W0404"),
    more: Some(Phrase {
        en: r#"With an exact number the match comes when the window closes.
Or set `"finalAbsence": true` on the rule: Tripline then matches for a silent key after a loop as well, which Flink does not."#,
        zh: r#"次数固定时，窗口关闭时输出匹配。
也可以在规则上写 `"finalAbsence": true`：这样循环之后对不再有事件的分组键也会输出匹配，而 Flink 不会。"#,
    }),
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
    about: Phrase { en: "With a skip strategy a match is held back while an attempt that began earlier is still alive.
Without a window such an attempt may live for ever, and the match never comes.", zh: "使用跳过策略时，只要更早开始的部分匹配还在，匹配就不会输出。
没有窗口，这样的部分匹配可能永远存在，匹配永远不输出。" },
    examples: examples!("W0405"),
    more: None,
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
    about: Phrase {
        en: "PREVIOUS_AND_CURRENT of a graph stands on its last node, as in Flink, so the gaps before may be of any length.",
        zh: "与 Flink 一样，图的 PREVIOUS_AND_CURRENT 作用在最后一个节点上，之前的间隔可以任意长。",
    },
    examples: examples!("W0406"),
    more: Some(Phrase {
        en: "A window of a node is Tripline's own; in Flink compare times in the condition, or write FIRST_AND_LAST.",
        zh: "节点上的窗口是 Tripline 自有的；在 Flink 中请在条件里比较时间，或写 FIRST_AND_LAST。",
    }),
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
    about: Phrase { en: "On an optional node the limit counts only until the attempt has passed over an event there.
After that the node may come as late as it likes.", zh: "在可选节点上，时限只在部分匹配在那里跳过一个事件之前有效。
之后该节点可以任意晚出现。" },
    examples: examples!("W0407"),
    more: None,
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
    about: Phrase {
        en: "An attempt that waits for an event is kept until the event comes.
Without a window that may be never, and each such attempt takes memory for ever.",
        zh: "等待事件的部分匹配会一直保留到事件出现。
没有窗口，事件可能永远不出现，这样的部分匹配会永远占用内存。",
    },
    examples: examples!("W0408"),
    more: None,
    messages: &[Phrase {
        en: "without a window an attempt that waits for `{name}` is kept for ever, so memory grows with every one that is never completed",
        zh: "没有窗口，等待 `{name}` 的部分匹配会永远保留，每个没有完成的都会占用内存",
    }],
};

pub(crate) const W0409: Entry = Entry {
    title_zh: "部分匹配结束时没有作为告警的超时",
    about: Phrase { en: "The label `alert` says that the timeout of the rule is what matters.
An attempt that a STRICT edge or a skip strategy ends gives no timeout, so what was never completed is not reported.", zh: "标签 `alert` 表示重要的是规则的超时。
由 STRICT 边或跳过策略结束的部分匹配不产生超时，未完成的情况就不会报告。" },
    examples: examples!("W0409"),
    more: None,
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
    about: Phrase { en: "The label `alert` says that the timeout of the rule is what matters.
Where an attempt can go on in several ways, each of them times out by itself; one that has matched and could take more does too.", zh: "标签 `alert` 表示重要的是规则的超时。
部分匹配可以有几种方式继续时，每一种各自超时；已经匹配但还能继续取的也会超时。" },
    examples: examples!("W0410"),
    more: None,
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
    about: Phrase { en: "A rule that ends in NOT_NEXT matches when a next event of the same key comes and is another one.
For a key that falls silent it gives a timeout and no match, and the forbidden event may come later.", zh: "以 NOT_NEXT 结尾的规则，在同一分组键的下一个事件到来且不是被禁止的事件时匹配。
对不再有事件的分组键，它产生超时而没有匹配；被禁止的事件也可能更晚才出现。" },
    examples: examples!("W0411"),
    more: None,
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
    about: Phrase { en: "A NOT_FOLLOW after a repetition counts from its first event on, so a forbidden event between two repetitions ends the attempt.
If it may come there, let the last repetition be a node of its own.
(At the end of a rule, absence within the whole window is what is usually meant, and there is no warning.)", zh: "重复之后的 NOT_FOLLOW 从重复的第一个事件起就有效，因此两次重复之间出现被禁止的事件会结束部分匹配。
如果允许它在那里出现，请把最后一次重复写成单独的节点。
（在规则的末尾，通常指的就是整个窗口内不出现，因此没有警告。）" },
    examples: examples!("W0412"),
    more: Some(Phrase { en: "If it may not, say so with a label `allow.W0412`.", zh: "如果不允许，请用标签 `allow.W0412` 说明。" }),
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
    about: Phrase { en: "A NOT_FOLLOW before an optional node counts until that node has come; after it the forbidden event does no harm.
A NOT straight after an optional node is not possible (E0314), so it takes two rules: one without the optional node, and this one.", zh: "可选节点之前的 NOT_FOLLOW 只在该节点出现之前有效；之后被禁止的事件没有影响。
可选节点之后不能直接用 NOT（E0314），因此需要两条规则：一条没有该可选节点，另一条就是这条。" },
    examples: examples!("W0413"),
    more: None,
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
    about: Phrase {
        en: "SKIP_TO_FIRST and SKIP_TO_LAST drop what began before an event of the named node.
A match without such an event drops nothing.",
        zh: "SKIP_TO_FIRST 和 SKIP_TO_LAST 会丢弃在指定节点的事件之前开始的部分匹配。
没有该事件的匹配什么也不丢弃。",
    },
    examples: examples!("W0414"),
    more: None,
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
    about: Phrase { en: "A match is complete as soon as it has what is required.
With this skip strategy it then drops its own attempt, so what may still come at the end of the rule is never taken.", zh: "匹配一旦具备必需的部分就完整了。
使用该跳过策略时，它随即丢弃自己的部分匹配，因此规则末尾还可能出现的事件永远不会被接收。" },
    examples: examples!("W0415"),
    more: None,
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
    about: Phrase { en: "With a skip strategy a match waits while an attempt that began earlier is open.
Here such an attempt may wait for another value of a field until its window closes, and the match comes so much later, or is dropped by a match that began earlier.
What tells attempts apart belongs into the key.", zh: "使用跳过策略时，只要更早开始的部分匹配还在，匹配就要等待。
这里更早的部分匹配可能在等待某个字段的另一个值，直到窗口关闭；匹配会因此推迟，或被更早开始的匹配丢弃。
用来区分部分匹配的字段应放进分组键。" },
    examples: examples!("W0416"),
    more: Some(Phrase { en: "SKIP_TO_FIRST of a loop at the beginning of a rule holds back in the same way: the loop stays open after its match.
There write STRICT for its `consumingStrategy`, or SKIP_TO_NEXT.", zh: "规则开头的循环使用 SKIP_TO_FIRST 时也会这样拖住匹配：循环在匹配之后仍然开放。
这时请把它的 `consumingStrategy` 写成 STRICT，或用 SKIP_TO_NEXT。" }),
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
