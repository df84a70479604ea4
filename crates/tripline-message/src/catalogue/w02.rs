//! `W02`: the graph.

use super::{Entry, Phrase, examples};

pub(crate) const W0201: Entry = Entry {
    title_zh: "整条规则的量词被忽略",
    about: Phrase {
        en: "The whole rule is matched again and again anyway, so a quantifier on it means nothing.
Only groups inside it can be repeated.",
        zh: "整条规则本来就会反复匹配，它的量词没有意义。
只有规则内的组可以重复。",
    },
    examples: examples!("W0201"),
    more: None,
    messages: &[
        Phrase {
            en: "the quantifier of the whole rule is ignored", zh: "整条规则的量词被忽略"
        },
        Phrase {
            en: "to repeat the whole pattern, put it into a nested graph with this quantifier",
            zh: "要重复整个模式，请把它放进带有该量词的嵌套图里",
        },
    ],
};

pub(crate) const W0202: Entry = Entry {
    title_zh: "嵌套图的跳过策略被忽略",
    about: Phrase {
        en: "Only the whole rule has a skip strategy; that of a group inside it is ignored.",
        zh: "只有整条规则有跳过策略；规则内的组的跳过策略被忽略。",
    },
    examples: examples!("W0202"),
    more: None,
    messages: &[
        Phrase {
            en: "the skip strategy of `{name}` is ignored", zh: "`{name}` 的跳过策略被忽略"
        },
        Phrase {
            en: "a rule has one skip strategy: put it on the whole rule",
            zh: "一条规则只有一个跳过策略：请写在整条规则上",
        },
    ],
};

pub(crate) const W0203: Entry = Entry {
    title_zh: "规则永远不会匹配",
    about: Phrase { en: "It is proved that no match can ever come.
The commonest reason: a condition reads an event of its own node before there is one.
The event under evaluation is not among the matched ones, so for the first event `last(cart.price)` is missing, and the comparison does not hold.
Other reasons: comparisons that no event meets together, a NOT of what must come next, an until condition that every event of its loop meets, a wait that is longer than the window.", zh: "可以证明永远不会有匹配。
最常见的原因：条件读取了本节点的事件，而此时本节点还没有事件。
正在求值的事件不属于已匹配的事件，因此对第一个事件来说 `last(cart.price)` 是缺失的，比较不成立。
其他原因：没有事件能同时满足的比较、否定了接下来必须出现的事件、循环的每个事件都满足的 until 条件、比窗口更长的等待。" },
    examples: examples!("W0203"),
    more: None,
    messages: &[
        Phrase {
            en: "no event meets the condition of `{name}`, so the rule can never match",
            zh: "没有事件能满足 `{name}` 的条件，规则永远不会匹配",
        },
        Phrase {
            en: "join with `||` what need not hold all at once, or take the node away",
            zh: "不必同时成立的条件请用 `||` 连接，或去掉该节点",
        },
        Phrase {
            en: "`{name}` can never take its first event, since its condition reads events of a node that has none by then; so the rule can never match",
            zh: "`{name}` 取不到第一个事件，因为它的条件要读取某个节点的事件，而那时该节点还没有事件，规则永远不会匹配",
        },
        Phrase {
            en: "an event is not among the matched ones when its own condition is asked: write `size({name}) == 0 || …` before what reads them",
            zh: "判断一个事件的条件时，它自己还不在已匹配的事件中，请在读取它们之前写上 `size({name}) == 0 || …`",
        },
        Phrase {
            en: "every event that `{name}` could take meets its until condition, which is asked first; so the rule can never match",
            zh: "`{name}` 能取的事件都满足它的 until 条件，而 until 条件先判断，规则永远不会匹配",
        },
        Phrase {
            en: "write an until condition that the events of `{name}` do not meet",
            zh: "请写一个 `{name}` 的事件不会满足的 until 条件",
        },
        Phrase {
            en: "`{name}` is to come {least} after an event of `{before}` or later, and the window closes {window} after the first event; so the rule can never match",
            zh: "`{name}` 至少要在 `{before}` 的事件之后 {least} 才到，而窗口在第一个事件之后 {window} 就关闭，规则永远不会匹配",
        },
        Phrase { en: "make the window longer than {least}", zh: "请让窗口长于 {least}" },
        Phrase {
            en: "NOT_NEXT into `{name}` forbids every event, so the rule can never match",
            zh: "通向 `{name}` 的 NOT_NEXT 禁止所有事件，规则永远不会匹配",
        },
        Phrase {
            en: "give `{name}` the condition of the event that must not come",
            zh: "请给 `{name}` 写上不该出现的事件的条件",
        },
        Phrase {
            en: "every event that `{next_name}` could take is one that the NOT of `{name}` forbids, so the rule can never match",
            zh: "`{next_name}` 能取的事件都被 `{name}` 的 NOT 禁止，规则永远不会匹配",
        },
        Phrase {
            en: "ask `{name}` for what `{next_name}` does not take: add `&& !(…)` with the condition of `{next_name}`",
            zh: "请让 `{name}` 只匹配 `{next_name}` 不取的事件：加上 `&& !(…)`，其中写 `{next_name}` 的条件",
        },
    ],
};

pub(crate) const W0204: Entry = Entry {
    title_zh: "NOT 禁止了下一个节点要取的事件",
    about: Phrase { en: "An event that meets a negated condition and also that of the node after it completes the match if that node is the last.
So a NOT of every event only says that the next node must come straight after, and a NOT of just what the next node takes says nothing.", zh: "如果后一个节点是最后一个，同时满足被否定条件和后一个节点条件的事件会完成匹配。
因此，否定所有事件只表示后一个节点必须紧接着出现；只否定后一个节点要接收的事件，则什么也没有表示。" },
    examples: examples!("W0204"),
    more: None,
    messages: &[
        Phrase {
            en: "the NOT of `{name}` forbids every event, so `{next_name}` must be the very next one",
            zh: "`{name}` 的 NOT 禁止所有事件，所以 `{next_name}` 必须紧接着出现",
        },
        Phrase {
            en: "write an edge STRICT into `{next_name}` and no NOT",
            zh: "请用一条通向 `{next_name}` 的 STRICT 边，不要用 NOT",
        },
        Phrase {
            en: "the NOT of `{name}` forbids just what `{next_name}` takes, which completes the rule all the same, so it has no effect",
            zh: "`{name}` 的 NOT 禁止的正是 `{next_name}` 要取的事件，而它们照样会完成规则，所以这个 NOT 没有作用",
        },
    ],
};
