//! `E09`: event schemas; what is found in them is said in English only.

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
    messages: &[],
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
    messages: &[],
};
