//! `W06`: the row.

use super::{Entry, Phrase, examples};

pub(crate) const W0601: Entry = Entry {
    title_zh: "规则没有分组键",
    about: Phrase {
        en: "Without a key, all events are one sequence: the cart of one user and the payment of another make a match.",
        zh: "没有分组键，所有事件就是一个序列：一个用户的加购和另一个用户的支付也会构成匹配。",
    },
    examples: examples!("W0601"),
    more: Some(Phrase {
        en: "Or name a default key for all rules, with `--key` or in the configuration.",
        zh: "也可以用 `--key` 或配置，为所有规则指定默认的分组键。",
    }),
    messages: &[
        Phrase {
            en: r#"{rules} run without a key, so events of all users match with one another"#,
            zh: r#"{rules} 没有分组键，因此所有用户的事件会互相匹配"#,
        },
        Phrase {
            en: r#"name key fields in the rule (`key_by`), with `--key` or in the configuration"#,
            zh: r#"请在规则中（`key_by`）、用 `--key` 或在配置中指定分组键字段"#,
        },
    ],
};

pub(crate) const W0602: Entry = Entry {
    title_zh: "规则永远不会生效",
    about: Phrase {
        en: "`effective_until` is not after `effective_from`, so there is no time at which the rule is in force.",
        zh: "`effective_until` 不晚于 `effective_from`，规则没有任何生效的时间。",
    },
    examples: examples!("W0602"),
    more: None,
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
