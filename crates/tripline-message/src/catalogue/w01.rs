//! `W01`: keys.

use super::{Entry, Phrase, examples};

pub(crate) const W0101: Entry = Entry {
    title_zh: "未知的键被忽略",
    about: Phrase {
        en: "The key means nothing to Tripline.
It is kept in the text and ignored; often it is a slip of the pen, and the hint says what was meant.",
        zh: "Tripline 不认识该键。
它保留在文本中，但被忽略；往往是拼写错误，建议中给出可能想写的键。",
    },
    examples: examples!("W0101"),
    more: None,
    messages: &[
        Phrase {
            en: "the unknown key `{key}` is ignored",
            zh: "未知的键 `{key}` 被忽略",
        },
    ],
};

pub(crate) const W0102: Entry = Entry {
    title_zh: "同一个键写了两种拼写",
    about: Phrase {
        en: "Some keys have an older spelling, which is accepted; here both are given and differ.
The message says which one counts.",
        zh: "有些键有旧的拼写，也被接受；这里两种拼写都写了，而且内容不同。
消息说明了以哪个为准。",
    },
    examples: examples!("W0102"),
    more: None,
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
    about: Phrase {
        en: "`version` of a graph is the version of the format, which is always 1.
The version of a rule is a column of its row, and counts up with each change.",
        zh: "图的 `version` 是格式的版本，固定为 1。
规则的版本是规则行中的一列，每次修改递增。",
    },
    examples: examples!("W0103"),
    more: None,
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
    about: Phrase {
        en: "The key belongs to another type of condition and is ignored.",
        zh: "该键属于另一种类型的条件，被忽略。",
    },
    examples: examples!("W0104"),
    more: None,
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
    about: Phrase { en: "A label `allow.CODE` of a row says that a warning is meant, and its value says why; the warning is then not given.
The code must be that of a warning, and the reason must not be empty.", zh: "行中的标签 `allow.CODE` 表示某个警告是有意为之，它的值说明原因；此后不再给出该警告。
代码必须是警告的代码，原因不能为空。" },
    examples: examples!("W0105"),
    more: None,
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
