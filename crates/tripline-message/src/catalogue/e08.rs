//! `E08`: the configuration; what is found in it is said in English only.

use super::{Entry, Phrase};

pub(crate) const E0801: Entry = Entry {
    title_zh: "配置不是 TOML",
    about: Phrase {
        en: r#"The text ends in the middle, a text has no end, a key stands twice, or the file is not UTF-8.
Line and column say where reading stopped.

It is found by `tripline config check` and by every command that is given the configuration, not by `validate-rule`.
A class name has points in it and so stands in quotes: `"com.example.EndCondition" = "action != 1"`."#,
        zh: r#"文本在中间结束，文本值没有结尾，某个键出现了两次，或者文件不是 UTF-8。
行和列说明读到哪里停止。

它由 `tripline config check` 以及所有给出了该配置的命令发现，不由 `validate-rule` 发现。
类名含有点，因此要加引号：`"com.example.EndCondition" = "action != 1"`。"#,
    },
    examples: None,
    more: None,
    messages: &[],
};

pub(crate) const E0802: Entry = Entry {
    title_zh: "配置中没有这个键",
    about: Phrase {
        en: r#"A slip, or a key of another version.
A key that means nothing is refused, so that nobody relies on it.

It is found by `tripline config check` and by every command that is given the configuration.
[configuration.md](../configuration.md) has all keys."#,
        zh: r#"拼写错误，或者是其他版本的键。
没有意义的键会被拒绝，以免有人依赖它。

它由 `tripline config check` 以及所有给出了该配置的命令发现。
所有的键见 [configuration.md](../configuration.md)。"#,
    },
    examples: None,
    more: None,
    messages: &[],
};

pub(crate) const E0803: Entry = Entry {
    title_zh: "配置中的值无效",
    about: Phrase {
        en: r#"The value is of the wrong kind, says nothing that makes sense, or goes against another one.
A duration is a text with a unit, as `"10s"`, and not a number.

It is found by `tripline config check` and by every command that is given the configuration.
[configuration.md](../configuration.md) says what each key takes."#,
        zh: r#"值的类型不对，没有意义，或者与另一个值冲突。
时长是带单位的文本，例如 `"10s"`，而不是数字。

它由 `tripline config check` 以及所有给出了该配置的命令发现。
每个键接受的值见 [configuration.md](../configuration.md)。"#,
    },
    examples: None,
    more: None,
    messages: &[],
};
