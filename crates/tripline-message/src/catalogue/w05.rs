//! `W05`: conditions.

use super::{Entry, Phrase};

pub(crate) const W0501: Entry = Entry {
    title_zh: "无论什么事件，比较的结果都一样",
    messages: &[
        Phrase {
            en: "{left} compared with {right} by `{symbol}` always holds",
            zh: "{left}与{right}用 `{symbol}` 比较总是成立",
        },
        Phrase {
            en: "{left} compared with {right} by `{symbol}` never holds",
            zh: "{left}与{right}用 `{symbol}` 比较永远不成立",
        },
        Phrase { en: "compare values of one kind", zh: "请比较同一类型的值" },
        Phrase {
            en: "booleans compared by `{symbol}` never holds",
            zh: "布尔值用 `{symbol}` 比较永远不成立",
        },
        Phrase { en: "compare them by `==` or `!=`", zh: "请用 `==` 或 `!=` 比较" },
        Phrase { en: "{item} is never in this list", zh: "{item}永远不在该列表中" },
        Phrase { en: "list values of the same kind", zh: "请在列表中写同一类型的值" },
        Phrase {
            en: "no `{path}` meets all that is asked of it here",
            zh: "没有任何 `{path}` 能同时满足这里的所有要求",
        },
        Phrase {
            en: "write `||` if one of the comparisons is enough",
            zh: "如果满足其中一个比较即可，请写 `||`",
        },
    ],
};

pub(crate) const W0502: Entry = Entry {
    title_zh: "运算符对该操作数没有结果",
    messages: &[
        Phrase {
            en: "`{operator}` gives nothing for {what}", zh: "`{operator}` 对{what}没有结果"
        },
        Phrase {
            en: "`{operator}` never asks about {what}", zh: "`{operator}` 不会去判断{what}"
        },
        Phrase {
            en: "`&&` and `||` never ask about {what}", zh: "`&&` 和 `||` 不会去判断{what}"
        },
        Phrase { en: "compare it with something", zh: "请与某个值比较" },
        Phrase {
            en: "calculate with numbers; `double(text)` makes one of a text",
            zh: "请用数字计算；`double(text)` 可以把文本转成数字",
        },
    ],
};

pub(crate) const W0503: Entry = Entry {
    title_zh: "表达式读取了更靠后的节点",
    messages: &[
        Phrase {
            en: "`{name}` comes later in the pattern, so it has no events yet",
            zh: "`{name}` 在模式中更靠后，此时还没有事件",
        },
        Phrase { en: "read a node that comes before", zh: "请读取更靠前的节点" },
    ],
};

pub(crate) const W0504: Entry = Entry {
    title_zh: "这里与 Aviator 的行为不同",
    messages: &[Phrase {
        en: "Aviator joins texts with `+`; here the result is missing",
        zh: "Aviator 用 `+` 拼接文本；在这里结果为缺失",
    }],
};

pub(crate) const W0505: Entry = Entry {
    title_zh: "名字被当作事件中的数组读取",
    messages: &[
        Phrase {
            en: "`{name}` is no node of the pattern, so it is read as an array of the event",
            zh: "模式中没有节点 `{name}`，因此按事件中的数组读取",
        },
        Phrase {
            en: "if the event has such an array, write it in backticks",
            zh: "如果事件中确有该数组，请用反引号括住它",
        },
    ],
};
