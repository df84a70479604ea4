//! `E01`: JSON and shape.

use super::{Entry, Phrase, examples};

pub(crate) const E0101: Entry = Entry {
    title_zh: "规则文本过大",
    about: Phrase {
        en: "The text of a rule may have 1 MiB.
Large lists of values do not belong into a rule.

What to do: Make several rules, each with a part of the values, or write a [condition plugin](../plugins.md) that has them.",
        zh: "一条规则的文本最多 1 MiB。
很长的值列表不应写在规则里。

处理办法：拆成多条规则，各用一部分值，或编写一个持有这些值的[条件插件](../plugins.md)。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the text is larger than the limit of {limit} bytes",
            zh: "文本超过 {limit} 字节的上限",
        },
        Phrase { en: "split the rule into several", zh: "请拆分成多条规则" },
    ],
};

pub(crate) const E0102: Entry = Entry {
    title_zh: "文本不是合法的 JSON",
    about: Phrase {
        en: "A rule is JSON, and this text is not.
The message says what stands where something else was expected; often a comma too many, a quote that is missing, or typographic quotes.",
        zh: "规则是 JSON，而这段文本不是。
消息说明了什么位置应为何物、实际是何物；常见的原因是多了逗号、缺了引号，或用了中文引号。",
    },
    examples: examples!("E0102"),
    more: None,
    messages: &[
        Phrase {
            en: "there is more text after the end of the JSON value",
            zh: "JSON 值结束之后还有多余的文本",
        },
        Phrase {
            en: "a value",
            zh: "一个值",
        },
        Phrase {
            en: "a key in double quotes",
            zh: "双引号括起的键",
        },
        Phrase {
            en: "`:` after a key",
            zh: "键后面的 `:`",
        },
        Phrase {
            en: "`,` or `{close}`",
            zh: "`,` 或 `{close}`",
        },
        Phrase {
            en: "a digit",
            zh: "一位数字",
        },
        Phrase {
            en: "there must be no comma before `{close}`",
            zh: "`{close}` 前面不能有逗号",
        },
        Phrase {
            en: "a number must not begin with `0`",
            zh: "数字不能以 `0` 开头",
        },
        Phrase {
            en: "expected {expected}, but the text ends",
            zh: "应为{expected}，但文本已结束",
        },
        Phrase {
            en: "expected {expected}, found `{found}`; JSON knows only the plain double quote `\"`",
            zh: "应为{expected}，实际为 `{found}`；JSON 只接受半角双引号 `\"`",
        },
        Phrase {
            en: "expected {expected}, found `/`; JSON has no comments",
            zh: "应为{expected}，实际为 `/`；JSON 不支持注释",
        },
        Phrase {
            en: "expected {expected}, found the wide `{found}`; write it in plain width",
            zh: "应为{expected}，实际为全角的 `{found}`；请改用半角字符",
        },
        Phrase {
            en: "the text ends inside a string: a closing `\"` is missing",
            zh: "文本在字符串中间结束：缺少结尾的 `\"`",
        },
        Phrase {
            en: "a string cannot go over the end of a line; close it or write `\\n`",
            zh: "字符串不能跨行；请补上结尾的引号，或写成 `\\n`",
        },
        Phrase {
            en: "the control character `{escape}` must be written as an escape",
            zh: "控制字符 `{escape}` 必须写成转义形式",
        },
        Phrase {
            en: "unknown escape `\\{other}`; a backslash itself is written `\\\\`",
            zh: "未知的转义 `\\{other}`；反斜杠本身写作 `\\\\`",
        },
        Phrase {
            en: "the text ends inside a string",
            zh: "文本在字符串中间结束",
        },
        Phrase {
            en: "half of a surrogate pair stands alone; such a character takes two `\\u` escapes",
            zh: "代理对只有一半；这类字符需要写两个 `\\u` 转义",
        },
        Phrase {
            en: "`\\u` must be followed by four hexadecimal digits",
            zh: "`\\u` 后面必须是四位十六进制数字",
        },
        Phrase {
            en: "write the pattern graph as JSON",
            zh: "请把模式图写成 JSON",
        },
        Phrase {
            en: "leave `{name}` NULL, or write it as JSON",
            zh: "请让 `{name}` 保持 NULL，或写成 JSON",
        },
        Phrase {
            en: "the text is not UTF-8, which JSON has to be",
            zh: "文本不是 UTF-8 编码，而 JSON 必须是 UTF-8",
        },
        Phrase {
            en: "save the file as UTF-8",
            zh: "请把文件保存为 UTF-8 编码",
        },
    ],
};

pub(crate) const E0103: Entry = Entry {
    title_zh: "JSON 嵌套过深",
    about: Phrase {
        en: "Objects and lists may be nested 64 deep, counted over the whole text.

What to do: Use fewer groups inside groups, and simpler conditions.
An expression with `&&` and `||` needs no nesting in JSON.",
        zh: "对象与列表最多嵌套 64 层，按整段文本计算。

处理办法：减少组的嵌套，简化条件。
表达式中的 `&&` 和 `||` 不需要 JSON 嵌套。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "arrays and objects are nested more than {limit} deep",
            zh: "数组与对象的嵌套超过 {limit} 层",
        },
        Phrase {
            en: "use fewer groups inside groups, or simpler conditions",
            zh: "请减少组的嵌套，或简化条件",
        },
    ],
};

pub(crate) const E0104: Entry = Entry {
    title_zh: "同一个对象中键重复",
    about: Phrase {
        en: "The same key stands twice in one object.
Different readers would take different ones, so none is taken.",
        zh: "同一个对象里同一个键出现了两次。
不同的读取程序会取不同的那一个，因此两个都不取。",
    },
    examples: examples!("E0104"),
    more: None,
    messages: &[
        Phrase {
            en: "the key `{key}` stands twice in this object",
            zh: "键 `{key}` 在该对象中出现了两次",
        },
        Phrase { en: "remove one of the two", zh: "请删除其中一个" },
    ],
};

pub(crate) const E0105: Entry = Entry {
    title_zh: "缺少必需的键",
    about: Phrase {
        en: "A key that must be there is missing, or is null.
A graph needs `name`, `nodes` and `edges`, and a graph inside a graph `type`; a node `name` and `type`; an edge `source`, `target` and `type`; a row `id`, `version` and `pattern`.",
        zh: "缺少必需的键，或它的值为 null。
图需要 `name`、`nodes` 和 `edges`，图中的图还需要 `type`；节点需要 `name` 和 `type`；边需要 `source`、`target` 和 `type`；行需要 `id`、`version` 和 `pattern`。",
    },
    examples: examples!("E0105"),
    more: None,
    messages: &[
        Phrase {
            en: "`{key}` must not be null",
            zh: "`{key}` 不能为 null",
        },
        Phrase {
            en: "`{key}` is missing",
            zh: "缺少 `{key}`",
        },
        Phrase {
            en: "add `{key}`",
            zh: "请补上 `{key}`",
        },
        Phrase {
            en: "add `\"type\": \"ATOMIC\"`, or `COMPOSITE` for a group",
            zh: "请补上 `\"type\": \"ATOMIC\"`；如果是组，则写 `COMPOSITE`",
        },
    ],
};

pub(crate) const E0106: Entry = Entry {
    title_zh: "值的 JSON 类型不对",
    about: Phrase {
        en: "A value is of another JSON type than it must be, as a string where a number is expected.",
        zh: "值的 JSON 类型与要求的不同，例如应为数字却写了字符串。",
    },
    examples: examples!("E0106"),
    more: None,
    messages: &[Phrase { en: "true or false", zh: "true 或 false" }],
};

pub(crate) const E0107: Entry = Entry {
    title_zh: "格式中没有的单词",
    about: Phrase {
        en: "Types, strategies and units are fixed words in capitals.
The hint names the word that was probably meant, or all there are.",
        zh: "类型、策略和单位都是固定的大写单词。
建议中给出可能想写的单词，或列出全部单词。",
    },
    examples: examples!("E0107"),
    more: None,
    messages: &[
        Phrase { en: "unknown word `{word}`", zh: "未知的单词 `{word}`" },
        Phrase { en: "use one of {words}", zh: "可用的有 {words}" },
    ],
};

pub(crate) const E0108: Entry = Entry {
    title_zh: "数字不是整数或超出范围",
    about: Phrase {
        en: "Counts, sizes and versions are integers of 64 bits.",
        zh: "次数、大小和版本都是 64 位整数。",
    },
    examples: examples!("E0108"),
    more: None,
    messages: &[
        Phrase {
            en: "`{number}` is not an integer of 64 bits", zh: "`{number}` 不是 64 位整数"
        },
        Phrase { en: "the number `{number}` is too large", zh: "数字 `{number}` 过大" },
    ],
};

pub(crate) const E0109: Entry = Entry {
    title_zh: "不允许的值",
    about: Phrase {
        en: "The value has the right type, but cannot be: an empty id, an empty field name in `key_by`, a date that is none, a rule that is a single ATOMIC node.",
        zh: "值的类型正确，但取值不允许：空的 id、`key_by` 中空的字段名、不是日期的日期、只有一个 ATOMIC 节点的规则。",
    },
    examples: examples!("E0109"),
    more: None,
    messages: &[
        Phrase { en: "this string must not be empty", zh: "该字符串不能为空" },
        Phrase {
            en: "a rule must be a graph, `COMPOSITE`", zh: "规则必须是图，即 `COMPOSITE`"
        },
        Phrase {
            en: "put the node into `nodes` of a graph, with `edges` `[]`",
            zh: "请把该节点放进图的 `nodes`，并将 `edges` 写为 `[]`",
        },
        Phrase { en: "an id has at most {limit} characters", zh: "id 最多 {limit} 个字符" },
        Phrase {
            en: "`{text}` is not a date and time with its offset",
            zh: "`{text}` 不是带时区偏移的日期时间",
        },
        Phrase {
            en: "write it as `2026-01-31T08:00:00+08:00`, or as milliseconds since 1970",
            zh: "请写成 `2026-01-31T08:00:00+08:00`，或 1970 年以来的毫秒数",
        },
    ],
};

pub(crate) const E0110: Entry = Entry {
    title_zh: "暂不支持 AGGREGATE 类型的规则",
    about: Phrase {
        en: r#"Earlier versions could not run rules that count and sum over windows (`"type": "AGGREGATE"`).
This one can, and no longer says so."#,
        zh: r#"早先的版本不能运行在窗口上计数、求和的规则（`"type": "AGGREGATE"`）。
现在可以，因此不再报告。"#,
    },
    examples: None,
    more: None,
    messages: &[],
};

pub(crate) const E0111: Entry = Entry {
    title_zh: "模式被截断",
    about: Phrase {
        en: "The text ends in the middle of the JSON, and it is exactly 4,096 characters or bytes long.
Many rule tables have `pattern VARCHAR(4096)`, and some databases cut off what does not fit and only warn about it.
What is missing cannot be guessed, so nothing of the rule runs.

What to do: make the column larger, then write the whole rule again.

```sql
ALTER TABLE rules MODIFY pattern MEDIUMTEXT NOT NULL;
```

The rules of Tripline's own table may have 1 MiB.",
        zh: "文本在 JSON 的中间结束，而且恰好是 4,096 个字符或字节。
许多规则表的列是 `pattern VARCHAR(4096)`，有些数据库会截掉放不下的部分，只给出警告。
缺少的部分无法猜出，因此整条规则都不运行。

处理办法：先加大该列，再重新写入整条规则。

```sql
ALTER TABLE rules MODIFY pattern MEDIUMTEXT NOT NULL;
```

Tripline 自己的规则表中，规则最多 1 MiB。",
    },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the text ends in the middle of the JSON, after exactly {length} characters: it was cut off",
            zh: "文本恰好在第 {length} 个字符处、JSON 的中间结束：它被截断了",
        },
        Phrase {
            en: "make the column `pattern` larger than VARCHAR(4096), say MEDIUMTEXT, and write the rule again",
            zh: "请把 `pattern` 列改得比 VARCHAR(4096) 大，例如 MEDIUMTEXT，然后重新写入规则",
        },
    ],
};
