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

pub(crate) const W0105: Entry = Entry {
    title_zh: "标签没有允许任何警告",
    messages: &[
        Phrase {
            en: "`{label}` allows an error, which cannot be allowed",
            zh: "`{label}` 要允许的是错误，错误不能被允许",
        },
        Phrase {
            en: "mend what {code} says, and take the label away",
            zh: "请按 {code} 的说明修正规则，并去掉该标签",
        },
        Phrase { en: "`{label}` does not say why", zh: "`{label}` 没有说明原因" },
        Phrase {
            en: "write the reason as the value of the label", zh: "请把原因写成该标签的值"
        },
        Phrase {
            en: "`{label}` allows a warning that does not exist",
            zh: "`{label}` 要允许的警告不存在",
        },
        Phrase {
            en: "write the code of a warning, as in `allow.W0416`",
            zh: "请写警告的代码，例如 `allow.W0416`",
        },
    ],
};
