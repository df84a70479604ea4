//! `E10`: aggregates.

use super::{Entry, Phrase, examples};

pub(crate) const E1001: Entry = Entry {
    title_zh: "窗口的长度不合适",
    about: Phrase {
        en: "A window needs a length above zero.
`slide` is at most `size`: otherwise some events would be in no window.
Sliding windows are put together out of panes, as long as what divides both `size` and `slide`; a window has at most 100,000 of them.",
        zh: "窗口的长度必须大于零。
`slide` 不超过 `size`：否则有些事件不属于任何窗口。
滑动窗口由窗格拼成，窗格的长度同时整除 `size` 和 `slide`；一个窗口最多 100,000 个窗格。",
    },
    examples: examples!("E1001"),
    more: None,
    messages: &[
        Phrase { en: "a length of 0 makes no window", zh: "长度为 0 不成窗口" },
        Phrase {
            en: "`slide` is longer than `size`, so that some events would be in no window",
            zh: "`slide` 比 `size` 长，有些事件会不属于任何窗口",
        },
        Phrase {
            en: "make `slide` the shorter one, or use TUMBLING",
            zh: "让 `slide` 更短，或改用 TUMBLING",
        },
        Phrase {
            en: "the window is made of more than {limit} panes, each as long as what divides both `size` and `slide`",
            zh: "窗口由超过 {limit} 个窗格组成，窗格的长度同时整除 `size` 和 `slide`",
        },
        Phrase { en: "use a longer `slide`", zh: "请使用更长的 `slide`" },
    ],
};

pub(crate) const E1002: Entry = Entry {
    title_zh: "聚合无法计算",
    about: Phrase {
        en: "Every function but COUNT needs the `field` that it works with, and PERCENTILE says which percentile.
The name of an aggregate is one that `having` can read: letters, digits and `_`, and not that of a field of `groupBy`.",
        zh: "除 COUNT 外，每个函数都需要 `field` 说明对哪个字段计算，PERCENTILE 还要说明是哪个百分位。
聚合的名称要能被 `having` 读取：字母、数字和 `_`，并且不与 `groupBy` 的字段同名。",
    },
    examples: examples!("E1002"),
    more: None,
    messages: &[
        Phrase {
            en: "a rule of type `AGGREGATE` needs an aggregate",
            zh: "`AGGREGATE` 类型的规则至少需要一个聚合",
        },
        Phrase {
            en: "`{name}` cannot be the name of an aggregate",
            zh: "`{name}` 不能作为聚合的名称",
        },
        Phrase {
            en: "use letters from a to z, digits and `_`, at most 256, no digit first",
            zh: "请使用 a 到 z 的字母、数字和 `_`，最多 256 个，不以数字开头",
        },
        Phrase {
            en: "`{name}` is also a field of `groupBy`",
            zh: "`{name}` 也是 `groupBy` 的字段",
        },
        Phrase { en: "give the aggregate another name", zh: "请给聚合换一个名称" },
        Phrase { en: "`{function}` needs `field`", zh: "`{function}` 需要 `field`" },
        Phrase { en: "name the field to work it out of", zh: "请写明对哪个字段计算" },
        Phrase {
            en: "`PERCENTILE` needs `percentile`, a number above 0 and at most 100",
            zh: "`PERCENTILE` 需要 `percentile`，即大于 0 且不超过 100 的数",
        },
    ],
};

pub(crate) const E1003: Entry = Entry {
    title_zh: "`having` 读取的既不是聚合也不是分组字段",
    about: Phrase {
        en: "`having` is asked of the values of a group, when no event is at hand: it reads the aggregates of the rule and the fields of `groupBy`, by their names.
What is asked of single events stands in `condition`.",
        zh: "`having` 针对一个分组的值，此时没有单个事件：它按名称读取规则的聚合和 `groupBy` 的字段。
对单个事件的要求写在 `condition` 中。",
    },
    examples: examples!("E1003"),
    more: None,
    messages: &[
        Phrase {
            en: "`having` reads `{name}`, which is neither an aggregate nor a field of `groupBy`",
            zh: "`having` 读取 `{name}`，它既不是聚合，也不是 `groupBy` 的字段",
        },
    ],
};

pub(crate) const E1004: Entry = Entry {
    title_zh: "`top` 无法排名",
    about: Phrase {
        en: "`top` ranks the groups of one window by an aggregate, among those with the same values of the fields in `per`.
So `by` is the name of an aggregate, `per` has fields of `groupBy`, and the window is one that closes for all groups at once.",
        zh: "`top` 在同一个窗口内，按某个聚合给 `per` 字段取值相同的分组排名。
因此 `by` 是聚合的名称，`per` 是 `groupBy` 中的字段，窗口必须对所有分组同时关闭。",
    },
    examples: examples!("E1004"),
    more: None,
    messages: &[
        Phrase { en: "`n` of `top` must be from 1 to {limit}", zh: "`top` 的 `n` 必须在 1 到 {limit} 之间" },
        Phrase {
            en: "`top` ranks by `{name}`, which is no aggregate",
            zh: "`top` 按 `{name}` 排名，但它不是聚合",
        },
        Phrase {
            en: "`per` names `{name}`, which is not in `groupBy`",
            zh: "`per` 中的 `{name}` 不在 `groupBy` 中",
        },
        Phrase { en: "add it to `groupBy`, or remove it", zh: "请加入 `groupBy`，或删除" },
        Phrase {
            en: "`top` ranks the groups of a window that closes for all of them at once",
            zh: "`top` 只能给同时关闭的窗口中的分组排名",
        },
        Phrase {
            en: "use TUMBLING or SLIDING with ON_CLOSE, or remove `top`",
            zh: "请使用 TUMBLING 或 SLIDING 并配合 ON_CLOSE，或删除 `top`",
        },
    ],
};

pub(crate) const E1005: Entry = Entry {
    title_zh: "`emit` 与规则不符",
    about: Phrase {
        en: "ON_CROSSING gives an output when `having` becomes true, so it needs one.
A TRAILING window is the last `size` before each event and never closes, so ON_CLOSE means nothing there.",
        zh: "ON_CROSSING 在 `having` 变为真时输出，因此需要 `having`。
TRAILING 窗口是每个事件之前的最后一段 `size`，永远不会关闭，因此 ON_CLOSE 没有意义。",
    },
    examples: examples!("E1005"),
    more: None,
    messages: &[
        Phrase {
            en: "a TRAILING window never closes: there is one for each event",
            zh: "TRAILING 窗口永远不会关闭：每个事件各有一个",
        },
        Phrase {
            en: "use ON_CROSSING, or ON_UPDATE for an output with each event",
            zh: "请使用 ON_CROSSING，或用 ON_UPDATE 让每个事件都输出",
        },
        Phrase {
            en: "ON_CROSSING needs `having`: it says what is crossed",
            zh: "ON_CROSSING 需要 `having`：它说明越过的是什么",
        },
    ],
};
