//! `W06`: the row.

use super::{Entry, Phrase};

pub(crate) const W0601: Entry = Entry { title_zh: "规则没有分组键", messages: &[] };

pub(crate) const W0602: Entry = Entry {
    title_zh: "规则永远不会生效",
    messages: &[
        Phrase {
            en: "`effective_until` is not after `effective_from`",
            zh: "`effective_until` 不晚于 `effective_from`",
        },
        Phrase {
            en: "the rule is in force from the one until before the other",
            zh: "规则从前者开始生效，到后者为止（不含）",
        },
    ],
};
