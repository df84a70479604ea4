//! `E02`: the graph.

use super::{Entry, Phrase, examples};

pub(crate) const E0201: Entry = Entry {
    title_zh: "图中没有节点",
    about: Phrase {
        en: "A graph needs at least one node, and so does each group.",
        zh: "图至少要有一个节点，每个组也一样。",
    },
    examples: examples!("E0201"),
    more: None,
    messages: &[
        Phrase { en: "the graph `{name}` has no nodes", zh: "图 `{name}` 没有节点" },
        Phrase {
            en: "give it at least one node in `nodes`", zh: "请在 `nodes` 中至少写一个节点"
        },
    ],
};

pub(crate) const E0202: Entry = Entry {
    title_zh: "两个节点同名",
    about: Phrase {
        en: "A name may be used once in the whole rule, groups included.
A match tells its events apart by these names.",
        zh: "一个名字在整条规则（包括组内）中只能用一次。
匹配结果靠这些名字区分事件。",
    },
    examples: examples!("E0202"),
    more: None,
    messages: &[
        Phrase {
            en: "there are two nodes named `{name}`", zh: "有两个名为 `{name}` 的节点"
        },
        Phrase {
            en: "give each node of the rule, nested graphs included, a name of its own",
            zh: "规则中每个节点（包括嵌套图中的）都要有不同的名字",
        },
    ],
};

pub(crate) const E0203: Entry = Entry {
    title_zh: "边引用了不存在的节点",
    about: Phrase {
        en: "`source` and `target` of an edge must be names of nodes of the same graph.
An edge cannot lead into a group or out of one: it leads to the group as a whole.",
        zh: "边的 `source` 和 `target` 必须是同一个图中节点的名字。
边不能进入组内或从组内出来：它连接的是整个组。",
    },
    examples: examples!("E0203"),
    more: None,
    messages: &[
        Phrase {
            en: "the edge names the node `{name}`, which does not exist at this level",
            zh: "边引用的节点 `{name}` 在这一层不存在",
        },
        Phrase { en: "the nodes here are {names}", zh: "这一层的节点有 {names}" },
    ],
};

pub(crate) const E0204: Entry = Entry {
    title_zh: "没有可作起点的节点",
    about: Phrase {
        en: "The first node is the one that no edge leads into, and here an edge leads into every node.",
        zh: "起始节点是没有边指向的那个节点，而这里每个节点都有边指向它。",
    },
    examples: examples!("E0204"),
    more: None,
    messages: &[
        Phrase {
            en: "no node can be the first: each has an edge into it, so the edges form a cycle",
            zh: "没有可作起点的节点：每个节点都有边指向它，因此边构成了环",
        },
        Phrase {
            en: "take away the edge into the node that begins the pattern",
            zh: "请删除指向起始节点的边",
        },
    ],
};

pub(crate) const E0205: Entry = Entry {
    title_zh: "有多个可作起点的节点",
    about: Phrase {
        en: "The first node is the one that no edge leads into, and here there are several.
The nodes of a graph form one chain.",
        zh: "起始节点是没有边指向的那个节点，而这里有多个。
图的节点要构成一条链。",
    },
    examples: examples!("E0205"),
    more: Some(Phrase {
        en: "If either of two events may come first, say it in one condition with `||`, or write two rules.",
        zh: "如果两个事件谁先都可以，请在一个条件里用 `||` 表达，或写成两条规则。",
    }),
    messages: &[
        Phrase {
            en: "{names} have no edge into them; only the first node may have none",
            zh: "没有边指向 {names}；只有起始节点可以没有入边",
        },
        Phrase {
            en: "connect all nodes by `edges` into one chain",
            zh: "请用 `edges` 把所有节点连成一条链",
        },
    ],
};

pub(crate) const E0206: Entry = Entry {
    title_zh: "同一个节点有两条出边",
    about: Phrase {
        en: "The nodes of a graph form one chain, so one edge at most leaves a node.
Other engines take one of the edges and drop the rest silently.",
        zh: "图的节点构成一条链，因此一个节点最多有一条出边。
其他引擎只取其中一条边，悄悄丢掉其余的。",
    },
    examples: examples!("E0206"),
    more: Some(Phrase {
        en: "Say alternatives in one condition, or write one rule for each.",
        zh: "多选一请写在一个条件里，或各写一条规则。",
    }),
    messages: &[
        Phrase {
            en: "a second edge leaves `{source}`: to `{target}`, after the one to `{first}`",
            zh: "`{source}` 有第二条出边：已有一条指向 `{first}`，这一条指向 `{target}`",
        },
        Phrase {
            en: "a pattern is a chain; write alternatives as one node with `||` in its condition",
            zh: "模式是一条链；多选一请写成一个节点，在条件中用 `||`",
        },
    ],
};

pub(crate) const E0207: Entry = Entry {
    title_zh: "同一个节点有两条入边",
    about: Phrase {
        en: "The nodes of a graph form one chain, so one edge at most leads into a node.",
        zh: "图的节点构成一条链，因此一个节点最多有一条入边。",
    },
    examples: examples!("E0207"),
    more: Some(Phrase {
        en: "Say alternatives in one condition, or write one rule for each.",
        zh: "多选一请写在一个条件里，或各写一条规则。",
    }),
    messages: &[
        Phrase {
            en: "a second edge leads into `{target}`: from `{source}`, after the one from `{first}`",
            zh: "`{target}` 有第二条入边：已有一条来自 `{first}`，这一条来自 `{source}`",
        },
        Phrase {
            en: "a pattern is a chain; each node follows exactly one other",
            zh: "模式是一条链；每个节点只能跟在一个节点之后",
        },
    ],
};

pub(crate) const E0208: Entry = Entry {
    title_zh: "边构成了环",
    about: Phrase {
        en: "Edges lead from the first node to the last, and never back.",
        zh: "边从起始节点通向最后一个节点，不能往回。",
    },
    examples: examples!("E0208"),
    more: Some(Phrase {
        en: "For repetitions use `LOOPING` or `TIMES`, on a node or on a group.",
        zh: "重复请在节点或组上用 `LOOPING` 或 `TIMES`。",
    }),
    messages: &[Phrase {
        en: "{names} cannot be reached from `{begin}`: their edges form a cycle",
        zh: "从 `{begin}` 无法到达 {names}：它们的边构成了环",
    }],
};

pub(crate) const E0209: Entry = Entry {
    title_zh: "从起始节点无法到达某个节点",
    about: Phrase {
        en: "No chain of edges leads from the first node to this one, so it would never be asked for.",
        zh: "从起始节点没有边通到该节点，它永远不会被用到。",
    },
    examples: examples!("E0209"),
    more: None,
    messages: &[
        Phrase {
            en: "no edge leads into `{name}` or out of it",
            zh: "`{name}` 既没有入边也没有出边",
        },
        Phrase {
            en: "connect it to the chain by `edges`, or take it away",
            zh: "请用 `edges` 把它接入链中，或删除它",
        },
    ],
};

pub(crate) const E0210: Entry = Entry {
    title_zh: "不允许的节点名",
    about: Phrase {
        en: "A node name has 1 to 256 characters, no `:`, and is not `$endState$`.
Flink cuts a name at `:`, so that `step:1` and `step:2` would become one.",
        zh: "节点名为 1 到 256 个字符，不含 `:`，且不能是 `$endState$`。
Flink 会在 `:` 处截断名字，`step:1` 和 `step:2` 会变成同一个。",
    },
    examples: examples!("E0210"),
    more: None,
    messages: &[
        Phrase { en: "a node name is empty", zh: "节点名为空" },
        Phrase {
            en: "a node name has more than {limit} characters",
            zh: "节点名超过 {limit} 个字符",
        },
        Phrase { en: "the node name `{name}` contains `:`", zh: "节点名 `{name}` 含有 `:`" },
        Phrase { en: "the node name `{name}` is reserved", zh: "节点名 `{name}` 是保留名" },
        Phrase {
            en: "use a short name without `:`, such as `add_to_cart`",
            zh: "请用不含 `:` 的短名字，例如 `add_to_cart`",
        },
    ],
};

pub(crate) const E0211: Entry = Entry {
    title_zh: "NOT 边指向了组",
    about: Phrase {
        en: "`NOT_NEXT` and `NOT_FOLLOW` lead into a single node, never into a group: what is forbidden is one event.",
        zh: "`NOT_NEXT` 和 `NOT_FOLLOW` 只能指向单个节点，不能指向组：被禁止的是一个事件。",
    },
    examples: examples!("E0211"),
    more: None,
    messages: &[
        Phrase {
            en: "a NOT edge leads into the group `{name}`", zh: "NOT 边指向了组 `{name}`"
        },
        Phrase {
            en: "only a single node can be negated; negate one node of the group",
            zh: "只能否定单个节点；请否定组中的某一个节点",
        },
    ],
};

pub(crate) const E0212: Entry = Entry {
    title_zh: "图上写了条件",
    about: Phrase {
        en: "A graph takes no events itself, so it has no condition.
Only nodes of type ATOMIC do.",
        zh: "图本身不接收事件，因此没有条件。
只有 ATOMIC 类型的节点才有条件。",
    },
    examples: examples!("E0212"),
    more: None,
    messages: &[
        Phrase {
            en: "a graph takes no events itself and has no condition",
            zh: "图本身不接收事件，不能有条件",
        },
        Phrase {
            en: "remove it, or move it to the nodes that take events",
            zh: "请删除它，或移到接收事件的节点上",
        },
    ],
};

pub(crate) const E0213: Entry = Entry {
    title_zh: "重复的组可能什么都不匹配",
    about: Phrase {
        en: "A group that is repeated must take at least one event each time.
Here all its nodes may be left out, so it could be repeated for ever without any event.",
        zh: "重复的组每次都必须至少接收一个事件。
这里组内的节点都可以省略，没有事件也会无限重复下去。",
    },
    examples: examples!("E0213"),
    more: None,
    messages: &[
        Phrase {
            en: "the repeated group that begins with `{name}` can match no event at all",
            zh: "以 `{name}` 开头的重复组可能一个事件都不匹配",
        },
        Phrase {
            en: "the repeated group can match no event at all",
            zh: "重复的组可能一个事件都不匹配",
        },
        Phrase {
            en: "make at least one node of the group required",
            zh: "请让组中至少有一个节点不是可选的",
        },
    ],
};

pub(crate) const E0214: Entry = Entry {
    title_zh: "节点过多",
    about: Phrase {
        en: "A rule may have 1,000 nodes, those in groups included.

What to do: Use `TIMES` for repetitions, and write several rules for several matters.",
        zh: "一条规则最多 1,000 个节点，包括组内的节点。

处理办法：重复用 `TIMES` 表示；不同的事情写成不同的规则。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the rule has {count} nodes, which exceeds the limit of {limit}",
            zh: "规则有 {count} 个节点，超过 {limit} 个的上限",
        },
        Phrase {
            en: "use a quantifier for repetitions, or split the rule",
            zh: "重复请用量词表示，或拆分规则",
        },
    ],
};

pub(crate) const E0215: Entry = Entry {
    title_zh: "规则过大，无法运行",
    about: Phrase {
        en: "A rule may have 10,000 states.
Each repetition of `TIMES` is a state of its own, and repetitions of a group multiply with those inside.",
        zh: "一条规则最多 10,000 个状态。
`TIMES` 的每次重复都是一个状态，组的重复会与组内的重复相乘。",
    },
    examples: examples!("E0215"),
    more: Some(Phrase {
        en: r#"Where the number matters only as "many", a smaller one does."#,
        zh: "如果次数只表示“很多”，用小一些的数字即可。",
    }),
    messages: &[
        Phrase {
            en: "the rule needs more than {limit} states to run",
            zh: "规则运行需要的状态超过 {limit} 个",
        },
        Phrase {
            en: "use smaller numbers in `times`, fewer nested repetitions, or LOOPING instead of TIMES",
            zh: "请减小 `times` 中的数字、减少嵌套的重复，或用 LOOPING 代替 TIMES",
        },
    ],
};
