//! `E07`: rows of a rule table.

use super::{Entry, Phrase};

pub(crate) const E0701: Entry = Entry {
    title_zh: "规则表中的行无法读取",
    about: Phrase {
        en: "The row has no id, no version or no pattern, its version is not a whole number, a column is not UTF-8 or too long, or several rows are the same version of the same rule.
It is found where rules are read from a table, not by `validate-rule`, and stands in `tripline_rule_status`.
Rows without an id stand there under the rule id `(no id)`.

Mend the row, or delete it.
Until then the last valid version of the rule stays in force, and all other rules run.",
        zh: "该行没有 id、版本或模式，或者版本不是整数，或者某一列不是 UTF-8 或过长，或者多行是同一条规则的同一个版本。
它在从表中读取规则时发现，不由 `validate-rule` 发现，记录在 `tripline_rule_status` 中。
没有 id 的行记录在规则 id `(no id)` 之下。

请修正该行，或删除它。
在此之前，该规则最后一个有效的版本继续生效，其他规则照常运行。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: r#"a row of rule `{id}`: {problem}"#,
            zh: r#"规则 `{id}` 的一行：{problem}"#,
        },
        Phrase {
            en: r#"a row of version `{version}`: {problem}"#,
            zh: r#"版本 `{version}` 的一行：{problem}"#,
        },
        Phrase {
            en: r#"a row: {problem}"#,
            zh: r#"有一行：{problem}"#,
        },
        Phrase {
            en: r#"{count} more rows cannot be read"#,
            zh: r#"另有 {count} 行无法读取"#,
        },
        Phrase {
            en: r#"mend the row; the last valid version of the rule stays in force"#,
            zh: r#"请修正该行；该规则最后一个有效的版本继续生效"#,
        },
        Phrase {
            en: r#"the row has no id (`id` is NULL or empty)"#,
            zh: r#"该行没有 id（`id` 为 NULL 或空）"#,
        },
        Phrase {
            en: r#"the id has {chars} characters; at most 256 are allowed"#,
            zh: r#"id 有 {chars} 个字符，最多允许 256 个"#,
        },
        Phrase {
            en: r#"the id `{id}` cannot be used: spaces around it, control characters and, in MySQL, letters other than ASCII are not allowed"#,
            zh: r#"id `{id}` 无法使用：不允许首尾空格、控制字符，在 MySQL 中也不允许 ASCII 以外的字母"#,
        },
        Phrase {
            en: r#"the row has no version (`version` is NULL)"#,
            zh: r#"该行没有版本（`version` 为 NULL）"#,
        },
        Phrase {
            en: r#"the version `{version}` is not a whole number from 0 to 9007199254740991"#,
            zh: r#"版本 `{version}` 不是 0 到 9007199254740991 之间的整数"#,
        },
        Phrase {
            en: r#"{rows} rows have this id and version, so it cannot be told which of them is meant"#,
            zh: r#"有 {rows} 行的 id 和版本都相同，无法确定是哪一行"#,
        },
        Phrase {
            en: r#"the row has no pattern (`pattern` is NULL)"#,
            zh: r#"该行没有模式（`pattern` 为 NULL）"#,
        },
        Phrase {
            en: r#"`{column}` has {bytes} bytes; at most {limit} are allowed"#,
            zh: r#"`{column}` 有 {bytes} 字节，最多允许 {limit} 字节"#,
        },
        Phrase {
            en: r#"`{column}` is not UTF-8: the byte at offset {offset} is wrong"#,
            zh: r#"`{column}` 不是 UTF-8：偏移 {offset} 处的字节不对"#,
        },
        Phrase {
            en: r#"the rule id `{id}` stands twice: in `{first}` and in `{second}`"#,
            zh: r#"规则 id `{id}` 出现了两次：在 `{first}` 和 `{second}` 中"#,
        },
        Phrase {
            en: r#"the file cannot be used: {reason}"#,
            zh: r#"文件无法使用：{reason}"#,
        },
    ],
};
