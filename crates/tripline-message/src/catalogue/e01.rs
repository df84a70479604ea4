//! `E01`: JSON and shape.

use super::{Entry, Phrase};

pub(crate) const E0101: Entry = Entry {
    title_zh: "规则文本过大",
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
    messages: &[
        Phrase {
            en: "there is more text after the end of the JSON value",
            zh: "JSON 值结束之后还有多余的文本",
        },
        Phrase { en: "a value", zh: "一个值" },
        Phrase { en: "a key in double quotes", zh: "双引号括起的键" },
        Phrase { en: "`:` after a key", zh: "键后面的 `:`" },
        Phrase { en: "`,` or `{close}`", zh: "`,` 或 `{close}`" },
        Phrase { en: "a digit", zh: "一位数字" },
        Phrase {
            en: "there must be no comma before `{close}`", zh: "`{close}` 前面不能有逗号"
        },
        Phrase { en: "a number must not begin with `0`", zh: "数字不能以 `0` 开头" },
        Phrase {
            en: "expected {expected}, but the text ends", zh: "应为{expected}，但文本已结束"
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
        Phrase { en: "the text ends inside a string", zh: "文本在字符串中间结束" },
        Phrase {
            en: "half of a surrogate pair stands alone; such a character takes two `\\u` escapes",
            zh: "代理对只有一半；这类字符需要写两个 `\\u` 转义",
        },
        Phrase {
            en: "`\\u` must be followed by four hexadecimal digits",
            zh: "`\\u` 后面必须是四位十六进制数字",
        },
        Phrase { en: "write the pattern graph as JSON", zh: "请把模式图写成 JSON" },
        Phrase {
            en: "leave `{name}` NULL, or write it as JSON",
            zh: "请让 `{name}` 保持 NULL，或写成 JSON",
        },
        Phrase {
            en: "the text is not UTF-8, which JSON has to be",
            zh: "文本不是 UTF-8 编码，而 JSON 必须是 UTF-8",
        },
        Phrase { en: "save the file as UTF-8", zh: "请把文件保存为 UTF-8 编码" },
    ],
};

pub(crate) const E0103: Entry = Entry {
    title_zh: "JSON 嵌套过深",
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
    messages: &[
        Phrase { en: "`{key}` must not be null", zh: "`{key}` 不能为 null" },
        Phrase { en: "`{key}` is missing", zh: "缺少 `{key}`" },
        Phrase { en: "add `{key}`", zh: "请补上 `{key}`" },
        Phrase {
            en: "add `\"type\": \"ATOMIC\"`, or `COMPOSITE` for a group",
            zh: "请补上 `\"type\": \"ATOMIC\"`；如果是组，则写 `COMPOSITE`",
        },
    ],
};

pub(crate) const E0106: Entry = Entry {
    title_zh: "值的 JSON 类型不对",
    messages: &[Phrase { en: "true or false", zh: "true 或 false" }],
};

pub(crate) const E0107: Entry = Entry {
    title_zh: "格式中没有的单词",
    messages: &[
        Phrase { en: "unknown word `{word}`", zh: "未知的单词 `{word}`" },
        Phrase { en: "use one of {words}", zh: "可用的有 {words}" },
    ],
};

pub(crate) const E0108: Entry = Entry {
    title_zh: "数字不是整数或超出范围",
    messages: &[
        Phrase {
            en: "`{number}` is not an integer of 64 bits", zh: "`{number}` 不是 64 位整数"
        },
        Phrase { en: "the number `{number}` is too large", zh: "数字 `{number}` 过大" },
    ],
};

pub(crate) const E0109: Entry = Entry {
    title_zh: "不允许的值",
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
    messages: &[
        Phrase {
            en: "rules of type `AGGREGATE` are not supported yet",
            zh: "暂不支持 `AGGREGATE` 类型的规则",
        },
        Phrase {
            en: "only pattern graphs, `COMPOSITE`, can run for now",
            zh: "目前只能运行模式图，即 `COMPOSITE`",
        },
    ],
};

pub(crate) const E0111: Entry = Entry {
    title_zh: "模式被截断",
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
