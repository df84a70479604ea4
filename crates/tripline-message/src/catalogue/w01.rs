//! `W01`: keys.

use super::{Entry, Phrase};

pub(crate) const W0101: Entry = Entry {
    title_zh: "未知的键被忽略",
    messages: &[Phrase {
        en: "the unknown key `{key}` is ignored", zh: "未知的键 `{key}` 被忽略"
    }],
};

pub(crate) const W0102: Entry = Entry {
    title_zh: "同一个键写了两种拼写",
    messages: &[
        Phrase {
            en: "`{key}` is ignored, since `{other}` is given as well",
            zh: "`{key}` 被忽略，因为同时写了 `{other}`",
        },
        Phrase { en: "keep `{key}` only", zh: "请只保留 `{key}`" },
    ],
};

pub(crate) const W0103: Entry = Entry {
    title_zh: "图的 `version` 不是规则的版本",
    messages: &[
        Phrase {
            en: "`version` {version} of a graph has no meaning",
            zh: "图的 `version` {version} 没有意义",
        },
        Phrase {
            en: "this is the version of the format, always 1; that of the rule is in its row",
            zh: "这是格式的版本，固定为 1；规则的版本写在它的行里",
        },
    ],
};

pub(crate) const W0104: Entry = Entry {
    title_zh: "该键对这种类型的条件没有意义",
    messages: &[
        Phrase {
            en: "`{key}` means nothing with `{kind}` and is ignored",
            zh: "`{key}` 对 `{kind}` 没有意义，被忽略",
        },
        Phrase { en: "remove it, or change the `type`", zh: "请删除它，或修改 `type`" },
    ],
};
