//! `W05`: conditions.

use super::{Entry, Phrase, examples};

pub(crate) const W0501: Entry = Entry {
    title_zh: "无论什么事件，比较的结果都一样",
    about: Phrase {
        en: "A comparison cannot hold for any event, or holds for every event in which nothing is missing.
Its sides are of different kinds, such as a number and a string, or `&&` asks for values that no field has at once.
With `!=` values of different kinds always differ.",
        zh: "比较对任何事件都不成立，或者只要没有缺失的值就总是成立。
两边的类型不同（例如数字和字符串），或者 `&&` 要求的值任何字段都不可能同时具有。
用 `!=` 比较不同类型的值，结果总是不等。",
    },
    examples: examples!("W0501"),
    more: None,
    messages: &[
        Phrase {
            en: "{left} compared with {right} by `{symbol}` always holds",
            zh: "{left}与{right}用 `{symbol}` 比较总是成立",
        },
        Phrase {
            en: "{left} compared with {right} by `{symbol}` never holds",
            zh: "{left}与{right}用 `{symbol}` 比较永远不成立",
        },
        Phrase {
            en: "compare values of one kind",
            zh: "请比较同一类型的值",
        },
        Phrase {
            en: "booleans compared by `{symbol}` never holds",
            zh: "布尔值用 `{symbol}` 比较永远不成立",
        },
        Phrase {
            en: "compare them by `==` or `!=`",
            zh: "请用 `==` 或 `!=` 比较",
        },
        Phrase {
            en: "{item} is never in this list",
            zh: "{item}永远不在该列表中",
        },
        Phrase {
            en: "list values of the same kind",
            zh: "请在列表中写同一类型的值",
        },
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
    about: Phrase {
        en: "An operator stands beside a constant or a result of a kind that it gives nothing for: arithmetic on a string or a boolean, or `&&`, `||`, `!` and `? :` on a number or a string.
The result is missing, or what stands there counts for nothing, as L-EXPR-10 and L-EXPR-12 of [the language](../language.md) say.",
        zh: "运算符旁边的常量或结果，是它没有结果的类型：对字符串或布尔值做算术，或对数字、字符串用 `&&`、`||`、`!` 和 `? :`。
其结果为缺失，或者该操作数不起作用，见[语言说明](../language.md)的 L-EXPR-10 和 L-EXPR-12。",
    },
    examples: examples!("W0502"),
    more: None,
    messages: &[
        Phrase {
            en: "`{operator}` gives nothing for {what}",
            zh: "`{operator}` 对{what}没有结果",
        },
        Phrase {
            en: "`{operator}` never asks about {what}",
            zh: "`{operator}` 不会去判断{what}",
        },
        Phrase {
            en: "`&&` and `||` never ask about {what}",
            zh: "`&&` 和 `||` 不会去判断{what}",
        },
        Phrase {
            en: "compare it with something",
            zh: "请与某个值比较",
        },
        Phrase {
            en: "calculate with numbers; `double(text)` makes one of a text",
            zh: "请用数字计算；`double(text)` 可以把文本转成数字",
        },
    ],
};

pub(crate) const W0503: Entry = Entry {
    title_zh: "表达式读取了更靠后的节点",
    about: Phrase {
        en: "A condition can read the events of its own node and of the nodes before it.
A node that comes later has taken no event yet, so its values are missing and its count is 0.
In a repeated group the nodes of the whole group can be read, since an earlier round may have taken events for them.",
        zh: "条件可以读取本节点和更靠前的节点的事件。
更靠后的节点还没有接收事件，它的值缺失，个数为 0。
在重复的组里可以读取整个组的节点，因为前一轮可能已经接收了事件。",
    },
    examples: examples!("W0503"),
    more: None,
    messages: &[
        Phrase {
            en: "`{name}` comes later in the pattern, so it has no events yet",
            zh: "`{name}` 在模式中更靠后，此时还没有事件",
        },
        Phrase {
            en: "read a node that comes before",
            zh: "请读取更靠前的节点",
        },
    ],
};

pub(crate) const W0504: Entry = Entry {
    title_zh: "这里与 Aviator 的行为不同",
    about: Phrase {
        en: "Aviator joins texts with `+`; in Tripline arithmetic is for numbers, and the result here is missing.
All such differences stand in [flink-differences.md](../flink-differences.md).",
        zh: "Aviator 用 `+` 拼接文本；在 Tripline 中算术只用于数字，这里的结果为缺失。
所有这类差异见 [flink-differences.md](../flink-differences.md)。",
    },
    examples: examples!("W0504"),
    more: None,
    messages: &[
        Phrase {
            en: "Aviator joins texts with `+`; here the result is missing",
            zh: "Aviator 用 `+` 拼接文本；在这里结果为缺失",
        },
    ],
};

pub(crate) const W0505: Entry = Entry {
    title_zh: "名字被当作事件中的数组读取",
    about: Phrase { en: "`x[0].f` reads the first event of the node `x`, or, without such a node, the first item of the array `x` of the event.
If a node was meant, mend its name.
If the array was meant, write its name in backticks, and the rule says so.
A path with a dot before the bracket (`order.items[0].price`), one without a field behind it (`tags[0]`) and a condition of type AVIATOR can only mean an array, and are never warned of.", zh: "`x[0].f` 读取节点 `x` 的第一个事件；没有这个节点时，读取事件中数组 `x` 的第一个元素。
如果指节点，请修正它的名字。
如果指数组，请用反引号括住它的名字，让规则写得明确。
方括号前有点的路径（`order.items[0].price`）、后面没有字段的路径（`tags[0]`），以及 AVIATOR 类型的条件，只可能指数组，从不警告。" },
    examples: examples!("W0505"),
    more: None,
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

pub(crate) const W0506: Entry = Entry {
    title_zh: "路径被当作事件的字段读取，而不是节点的字段",
    about: Phrase { en: "`a.price` where a single value stands is the field `price` inside the field `a` of the event under evaluation, also where the pattern has a node `a`.
The events of a node are several: `a[0].price` is that of the first, `last(a.price)` that of the last, and `sum(a.price)` that of all.
If the field of the event was meant, write its first name in backticks, and the rule says so.
With an event schema that has the field there is no warning.", zh: "在需要单个值的位置，`a.price` 是当前事件中字段 `a` 内的字段 `price`，即使模式中有节点 `a`。
一个节点可以有多个事件：`a[0].price` 取第一个，`last(a.price)` 取最后一个，`sum(a.price)` 是全部之和。
如果指事件的字段，请用反引号括住第一个名字，让规则写得明确。
事件结构中有该字段时不会警告。" },
    examples: examples!("W0506"),
    more: None,
    messages: &[
        Phrase {
            en: "`{path}` is read as a field of the event under evaluation, though `{node}` is a node of the pattern",
            zh: "`{path}` 按当前事件的字段读取，但 `{node}` 是模式中的节点",
        },
        Phrase {
            en: "for the events of the node write `{node}[0].{field}` or `last({path})`; if events have such a field, write `{node}` in backticks",
            zh: "要读取节点的事件，请写 `{node}[0].{field}` 或 `last({path})`；如果事件中确有该字段，请用反引号括住 `{node}`",
        },
    ],
};
