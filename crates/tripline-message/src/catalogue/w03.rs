//! `W03`: quantifiers.

use super::{Entry, Phrase, examples};

pub(crate) const W0301: Entry = Entry {
    title_zh: "与 LOOPING 或 TIMES 同写的 SINGLE 被忽略",
    about: Phrase {
        en: "`SINGLE` says once, `LOOPING` and `TIMES` say more; the latter count.",
        zh: "`SINGLE` 表示一次，`LOOPING` 和 `TIMES` 表示多次；以后者为准。",
    },
    examples: examples!("W0301"),
    more: None,
    messages: &[
        Phrase {
            en: "SINGLE on `{name}` is ignored, since it repeats",
            zh: "`{name}` 会重复，它的 SINGLE 被忽略",
        },
        Phrase { en: "take SINGLE away", zh: "请去掉 SINGLE" },
    ],
};

pub(crate) const W0302: Entry = Entry {
    title_zh: "LOOPING 忽略 `times.to`",
    about: Phrase {
        en: "`LOOPING` has no upper limit, so `to` is ignored.",
        zh: "`LOOPING` 没有上限，`to` 被忽略。",
    },
    examples: examples!("W0302"),
    more: None,
    messages: &[
        Phrase {
            en: "`times.to` of `{name}` is ignored: LOOPING has no end",
            zh: "`{name}` 的 `times.to` 被忽略：LOOPING 没有上限",
        },
        Phrase {
            en: "use TIMES for a bounded number of repetitions", zh: "次数有上限请用 TIMES"
        },
    ],
};

pub(crate) const W0303: Entry = Entry {
    title_zh: "没有 TIMES 或 LOOPING 时 `times` 被忽略",
    about: Phrase {
        en: "`times` counts only with `TIMES` or `LOOPING` among the `properties`.",
        zh: "只有 `properties` 中有 `TIMES` 或 `LOOPING` 时，`times` 才起作用。",
    },
    examples: examples!("W0303"),
    more: None,
    messages: &[
        Phrase {
            en: "`times` of `{name}` is ignored: it is neither TIMES nor LOOPING",
            zh: "`{name}` 的 `times` 被忽略：它既不是 TIMES 也不是 LOOPING",
        },
        Phrase {
            en: "add \"TIMES\" to its `properties`, or take `times` away",
            zh: "请在 `properties` 中加上 \"TIMES\"，或去掉 `times`",
        },
    ],
};

pub(crate) const W0304: Entry = Entry {
    title_zh: "GREEDY 在这里没有作用",
    about: Phrase {
        en: "A greedy node keeps events from the node behind it.
At the end of the rule there is none, and with an exact number of repetitions there is nothing to choose: the property changes nothing.",
        zh: "贪婪节点会抢占后面节点的事件。
规则末尾之后没有节点，次数固定时又没有选择的余地：该属性不起作用。",
    },
    examples: examples!("W0304"),
    more: Some(Phrase {
        en: "GREEDY says which of two nodes an event goes to, so it needs a node after it.
For one match at the end of a rule write an exact number.
It changes nothing either where the next node comes straight after (STRICT) and no event meets both conditions.",
        zh: "GREEDY 决定一个事件归两个节点中的哪一个，因此它后面需要有节点。
如果在规则末尾只要一个匹配，请写固定的次数。
如果后一个节点是紧邻的（STRICT），而且没有事件同时满足两个条件，它也不起作用。",
    }),
    messages: &[
        Phrase {
            en: "GREEDY on `{name}` has no effect at an exact number of times",
            zh: "`{name}` 的次数是固定的，GREEDY 没有作用",
        },
        Phrase {
            en: "GREEDY on `{name}` has no effect at the end of the pattern",
            zh: "`{name}` 在模式的末尾，GREEDY 没有作用",
        },
        Phrase {
            en: "take GREEDY away, or add the node that ends the repetition",
            zh: "请去掉 GREEDY，或加上结束重复的节点",
        },
    ],
};

pub(crate) const W0305: Entry = Entry {
    title_zh: "规则的末尾是开放的，会一次又一次地匹配",
    about: Phrase {
        en: "What may repeat or be left out at the end of a rule gives a match as soon as there is enough of it, and another with every further event.",
        zh: "规则末尾可以重复或省略的部分，一旦足够就会产生匹配，之后每来一个事件又产生一个匹配。",
    },
    examples: examples!("W0305"),
    more: Some(Phrase {
        en: "Or add the node that ends the repetition.",
        zh: "也可以加上结束重复的节点。",
    }),
    messages: &[
        Phrase {
            en: "`{name}` may repeat at the end of the rule, so there is a match at every repetition from {least} on",
            zh: "`{name}` 在规则末尾可以重复，所以从第 {least} 次重复起每次都会匹配",
        },
        Phrase {
            en: "write an exact TIMES for `{name}`, or add the node that ends the repetition",
            zh: "请给 `{name}` 写次数固定的 TIMES，或加上结束重复的节点",
        },
        Phrase {
            en: "`{name}` may be left out at the end of the rule, so there is a match without it, and then another with it",
            zh: "`{name}` 在规则末尾可以省略，所以会先有一个不带它的匹配，然后又有一个带着它的",
        },
    ],
};

pub(crate) const W0306: Entry = Entry {
    title_zh: "连续重复可能被它的第一个事件破坏",
    about: Phrase { en: "`consumingStrategy` STRICT begins to count after the first repetition.
How the first one is found says the edge: with SKIP_TILL_NEXT it is the next event that fits, and if the row that begins there is broken, the attempt ends, though a whole row may come later.", zh: "`consumingStrategy` 的 STRICT 从第一次重复之后才起作用。
第一次怎样找到由边决定：用 SKIP_TILL_NEXT 时取下一个符合的事件，如果从它开始的连续序列被打断，部分匹配就结束，即使后面会有完整的序列。" },
    examples: examples!("W0306"),
    more: None,
    messages: &[
        Phrase {
            en: "the first event of `{name}` begins the row of repetitions, and the attempt ends if the row is broken, though a whole one may come later",
            zh: "`{name}` 的第一个事件就开始连续重复，一旦中断，部分匹配就结束，尽管后面可能还有完整的一串",
        },
        Phrase {
            en: "write SKIP_TILL_ANY for the edge into `{name}`",
            zh: "请把通向 `{name}` 的边写成 SKIP_TILL_ANY",
        },
    ],
};

pub(crate) const W0307: Entry = Entry {
    title_zh: "GREEDY 不阻止后来开始的部分匹配",
    about: Phrase {
        en: "GREEDY makes an attempt take as much as it can.
But each event of the first node begins an attempt of its own, and those match as well.",
        zh: "GREEDY 让一个部分匹配尽量多取。
但首节点的每个事件都会开始一个新的部分匹配，它们也会匹配。",
    },
    examples: examples!("W0307"),
    more: None,
    messages: &[
        Phrase {
            en: "GREEDY on `{name}` changes nothing: no event meets both its condition and that of `{next}`, which comes straight after",
            zh: "`{name}` 的 GREEDY 什么也不改变：没有事件同时满足它的条件和紧随其后的 `{next}` 的条件",
        },
        Phrase {
            en: "GREEDY on `{name}` does not keep its later events from starting attempts of their own, which match as well",
            zh: "`{name}` 的 GREEDY 不阻止它后面的事件各自开始新的部分匹配，那些也会匹配",
        },
        Phrase {
            en: "write the skip strategy SKIP_PAST_LAST_EVENT to have the longest match only",
            zh: "如果只要最长的匹配，请用跳过策略 SKIP_PAST_LAST_EVENT",
        },
    ],
};

pub(crate) const W0308: Entry = Entry {
    title_zh: "until 事件会结束还在等待循环的部分匹配",
    about: Phrase { en: "An event that meets the until condition is never taken by the loop, not even as its first.
After an edge SKIP_TILL_NEXT it cannot be passed over either if it meets the condition of the node, so it ends the attempt.", zh: "满足 until 条件的事件不会被循环接收，连第一次也不会。
在 SKIP_TILL_NEXT 的边之后，如果它满足节点的条件，也不能跳过它，因此它会结束部分匹配。" },
    examples: examples!("W0308"),
    more: Some(Phrase { en: "Or write an until condition that the events of the loop do not meet.", zh: "也可以把 until 条件写成循环的事件不会满足的条件。" }),
    messages: &[
        Phrase {
            en: "an event that meets the until condition of `{name}` meets its condition too, and ends an attempt that still waits for the first `{name}`",
            zh: "满足 `{name}` 的 until 条件的事件也满足它自己的条件，会结束还在等待第一个 `{name}` 的部分匹配",
        },
        Phrase {
            en: "write SKIP_TILL_ANY for the edge into `{name}`, which passes over such an event",
            zh: "请把通向 `{name}` 的边写成 SKIP_TILL_ANY，这样的事件会被跳过",
        },
    ],
};

pub(crate) const W0309: Entry = Entry {
    title_zh: "规则带着第一个节点匹配一次，不带它又匹配一次",
    about: Phrase {
        en: "If the first node may be left out, an event of the second one begins an attempt too.
So what begins with the first node matches twice.",
        zh: "如果首节点可以省略，第二个节点的事件也会开始一个部分匹配。
因此以首节点开始的序列会匹配两次。",
    },
    examples: examples!("W0309"),
    more: Some(Phrase { en: "Or write two rules.", zh: "也可以写成两条规则。" }),
    messages: &[
        Phrase {
            en: "the rule may begin with `{name}` or without it, so what begins with it matches twice: once with it and once without",
            zh: "规则可以从 `{name}` 开始，也可以没有它，所以从它开始的会匹配两次：一次带着它，一次不带",
        },
        Phrase {
            en: "write the skip strategy SKIP_PAST_LAST_EVENT, which gives the longer match only",
            zh: "请用跳过策略 SKIP_PAST_LAST_EVENT，只输出较长的匹配",
        },
    ],
};

pub(crate) const W0310: Entry = Entry {
    title_zh: "通向组的 STRICT 对各轮之间不起作用",
    about: Phrase { en: "The edge into a group leads to its first round only.
From the second round on the `consumingStrategy` of the group counts, which is SKIP_TILL_NEXT if it is absent.", zh: "进入组的边只通向它的第一轮。
从第二轮起由组的 `consumingStrategy` 决定，没有写时是 SKIP_TILL_NEXT。" },
    examples: examples!("W0310"),
    more: Some(Phrase { en: r#"If other events may come between rounds, write `"consumingStrategy": "SKIP_TILL_NEXT"`, which says so."#, zh: r#"如果各轮之间允许有其他事件，请写明 `"consumingStrategy": "SKIP_TILL_NEXT"`。"# }),
    messages: &[
        Phrase {
            en: "the edge STRICT into the group `{name}` counts for its first round only; between rounds other events may come",
            zh: "通向组 `{name}` 的 STRICT 边只对第一轮起作用，各轮之间可以有其他事件",
        },
        Phrase {
            en: "write \"consumingStrategy\": \"STRICT\" in the quantifier of `{name}`, or \"SKIP_TILL_NEXT\" if it is meant so",
            zh: "请在 `{name}` 的量词中写 \"consumingStrategy\": \"STRICT\"；如果本意如此，请写 \"SKIP_TILL_NEXT\"",
        },
    ],
};

pub(crate) const W0311: Entry = Entry {
    title_zh: "部分匹配会成倍增加",
    about: Phrase { en: "With `consumingStrategy` SKIP_TILL_ANY each event of the node may be taken or passed over, so every choice of events is a partial match of its own.
Of n events a loop makes up to 2^n, and TIMES k as many as there are choices of k out of n.
A group may give the same match several times besides.
The same happens where something in a looping group branches in every round.", zh: "`consumingStrategy` 为 SKIP_TILL_ANY 时，节点的每个事件都可以取或跳过，因此事件的每种选择都是一个部分匹配。
对 n 个事件，循环最多产生 2^n 个，TIMES k 产生的个数是从 n 个中选 k 个的组合数。
组还可能多次给出相同的匹配。
循环的组中如果每一轮都有分叉，情况也一样。" },
    examples: examples!("W0311"),
    more: None,
    messages: &[
        Phrase {
            en: "partial matches of `{name}` multiply: up to 2^n for n rounds of the group within the window, so that 20 rounds make 1,048,576; and the same match may be given several times",
            zh: "`{name}` 的部分匹配会成倍增加：窗口内该组有 n 轮时最多 2^n 个，20 轮就是 1048576 个；同一个匹配还可能输出多次",
        },
        Phrase {
            en: "partial matches of `{name}` multiply: up to 2^n for n events of it within the window, so that 20 events make 1,048,576",
            zh: "`{name}` 的部分匹配会成倍增加：窗口内有 n 个它的事件时最多 2^n 个，20 个事件就是 1048576 个",
        },
        Phrase {
            en: "partial matches of `{name}` multiply: up to one for each choice of {to} out of n events within the window, so that {events} events make {count}",
            zh: "`{name}` 的部分匹配会成倍增加：窗口内从 n 个事件中每选出 {to} 个就有一个，{events} 个事件就是 {count} 个",
        },
        Phrase {
            en: "partial matches multiply: `{name}` branches in every round of a looping group, up to 2^n for n rounds within the window, so that 20 rounds make 1,048,576",
            zh: "部分匹配会成倍增加：`{name}` 在循环的组的每一轮中都会分支，窗口内 n 轮最多 2^n 个，20 轮就是 1048576 个",
        },
        Phrase {
            en: "partial matches multiply: {edges} edges are SKIP_TILL_ANY, up to one for each choice of {edges} out of n events within the window, so that {events} events make {count}",
            zh: "部分匹配会成倍增加：有 {edges} 条 SKIP_TILL_ANY 边，窗口内从 n 个事件中每选出 {edges} 个就可能有一个，{events} 个事件就是 {count} 个",
        },
        Phrase {
            en: "write SKIP_TILL_NEXT for the edges where the next fitting event is enough",
            zh: "只需要下一个符合的事件的边，请写 SKIP_TILL_NEXT",
        },
        Phrase {
            en: "write SKIP_TILL_NEXT, or STRICT, for \"consumingStrategy\" and for the edges inside; with LOOPING also a short window",
            zh: "\"consumingStrategy\" 和组内的边请写 SKIP_TILL_NEXT 或 STRICT；有 LOOPING 时还请用短的窗口",
        },
    ],
};

pub(crate) const W0312: Entry = Entry {
    title_zh: "所有事件都会进入循环",
    about: Phrase { en: "A loop whose node has no condition, or one that always holds, takes every event of the key until the window closes.
Each event begins or goes on an attempt, so the work grows with the square of the number of events within the window.", zh: "节点没有条件或条件总是成立的循环，会一直接收该分组键的每个事件，直到窗口关闭。
每个事件都会开始或延续部分匹配，因此工作量随窗口内事件数的平方增长。" },
    examples: examples!("W0312"),
    more: Some(Phrase { en: "What lies between need not be taken: SKIP_TILL_NEXT passes over it.
Where the loop must take everything, as for a sum over all events, say so with a label `allow.W0312`.", zh: "中间的事件不必接收：SKIP_TILL_NEXT 会跳过它们。
如果循环必须接收所有事件，例如要对所有事件求和，请用标签 `allow.W0312` 说明。" }),
    messages: &[
        Phrase {
            en: "every event goes on the loop `{name}`, so each attempt takes all that follows, and n events within the window make about n*n/2 takes",
            zh: "所有事件都会进入循环 `{name}`，每个部分匹配都会取走后面的全部事件，窗口内 n 个事件大约要取 n*n/2 次",
        },
        Phrase {
            en: "give `{name}` a condition, or an `untilCondition`; or count with an exact TIMES",
            zh: "请给 `{name}` 加上条件或 `untilCondition`，或用次数固定的 TIMES 计数",
        },
    ],
};
