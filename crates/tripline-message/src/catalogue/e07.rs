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
    messages: &[],
};
