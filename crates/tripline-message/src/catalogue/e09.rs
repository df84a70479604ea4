//! `E09`: event schemas.

use super::{Entry, Phrase};

pub(crate) const E0901: Entry = Entry {
    title_zh: "事件结构不是 JSON",
    about: Phrase {
        en: r#"The file is given as an event schema and is not JSON.
Line and column say where reading stopped.

It is found by every command that is given event schemas, by `--event-schema` or in the configuration.
[event-schemas.md](../event-schemas.md) says what such a file looks like."#,
        zh: r#"该文件作为事件结构给出，但不是 JSON。
行和列说明读到哪里停止。

它由所有给出了事件结构的命令发现，无论用 `--event-schema` 还是写在配置中。
这类文件的写法见 [event-schemas.md](../event-schemas.md)。"#,
    },
    examples: None,
    more: None,
    messages: &[
        Phrase { en: r#"it is not JSON: {reason}"#, zh: r#"不是 JSON：{reason}"# },
        Phrase { en: r#"EOF while parsing an object"#, zh: r#"对象没有结束"# },
        Phrase { en: r#"EOF while parsing a list"#, zh: r#"数组没有结束"# },
        Phrase { en: r#"EOF while parsing a string"#, zh: r#"字符串没有结束"# },
        Phrase { en: r#"EOF while parsing a value"#, zh: r#"值没有结束"# },
        Phrase { en: r#"expected `:`"#, zh: r#"应为 `:`"# },
        Phrase { en: r#"expected `,` or `]`"#, zh: r#"应为 `,` 或 `]`"# },
        Phrase { en: r#"expected ident"#, zh: r#"应为 `true`、`false` 或 `null`"# },
        Phrase { en: r#"expected value"#, zh: r#"应为一个值"# },
        Phrase { en: r#"key must be a string"#, zh: r#"键必须是字符串"# },
        Phrase { en: r#"trailing comma"#, zh: r#"多余的逗号"# },
        Phrase { en: r#"trailing characters"#, zh: r#"结尾有多余的字符"# },
        Phrase { en: r#"invalid number"#, zh: r#"无效的数字"# },
        Phrase { en: r#"number out of range"#, zh: r#"数字超出范围"# },
        Phrase { en: r#"invalid escape"#, zh: r#"无效的转义"# },
        Phrase { en: r#"recursion limit exceeded"#, zh: r#"嵌套过深"# },
    ],
};

pub(crate) const E0902: Entry = Entry {
    title_zh: "事件结构无法使用",
    about: Phrase {
        en: r#"The file is JSON and no JSON Schema of an event: a keyword has a wrong value, it is not about an object, it says nothing of any field, or a `$ref` leads to nothing or into another file.
What is shared between files must be written under `$defs` in each.

It is found by every command that is given event schemas, by `--event-schema` or in the configuration.
[event-schemas.md](../event-schemas.md) says what is understood of JSON Schema."#,
        zh: r#"该文件是 JSON，但不是事件的 JSON Schema：某个关键字的值不对，描述的不是对象，没有说明任何字段，或者 `$ref` 没有目标或指向另一个文件。
多个文件共用的内容要在每个文件的 `$defs` 下各写一份。

它由所有给出了事件结构的命令发现，无论用 `--event-schema` 还是写在配置中。
支持 JSON Schema 的哪些内容，见 [event-schemas.md](../event-schemas.md)。"#,
    },
    examples: None,
    more: None,
    messages: &[
        Phrase { en: r#"it has more than {limit} bytes"#, zh: r#"超过 {limit} 字节"# },
        Phrase { en: r#"it is no schema: {reason}"#, zh: r#"不是 JSON Schema：{reason}"# },
        Phrase {
            en: r#"it is no schema of an object, as events are"#,
            zh: r#"描述的不是对象，而事件是对象"#,
        },
        Phrase {
            en: r#"it says nothing of any field: list them under `properties`"#,
            zh: r#"没有说明任何字段：请在 `properties` 下列出"#,
        },
        Phrase {
            en: r#"`{reference}` leads to nothing in the file"#,
            zh: r#"`{reference}` 在文件中没有目标"#,
        },
        Phrase {
            en: r#"`{reference}` is in another file: write it under `$defs` of this one"#,
            zh: r#"`{reference}` 在另一个文件中：请写到本文件的 `$defs` 下"#,
        },
    ],
};
