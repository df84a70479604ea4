//! `W02`: the graph.

use super::{Entry, Phrase};

pub(crate) const W0201: Entry = Entry {
    title_zh: "整条规则的量词被忽略",
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
