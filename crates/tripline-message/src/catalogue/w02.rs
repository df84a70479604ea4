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
