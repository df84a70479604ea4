//! `E02`: the graph.

use super::{Entry, Phrase};

pub(crate) const E0201: Entry = Entry {
    title_zh: "图中没有节点",
    messages: &[
        Phrase { en: "the graph `{name}` has no nodes", zh: "图 `{name}` 没有节点" },
        Phrase {
            en: "give it at least one node in `nodes`", zh: "请在 `nodes` 中至少写一个节点"
        },
    ],
};

pub(crate) const E0202: Entry = Entry {
    title_zh: "两个节点同名",
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
    messages: &[Phrase {
        en: "{names} cannot be reached from `{begin}`: their edges form a cycle",
        zh: "从 `{begin}` 无法到达 {names}：它们的边构成了环",
    }],
};

pub(crate) const E0209: Entry = Entry {
    title_zh: "从起始节点无法到达某个节点",
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
