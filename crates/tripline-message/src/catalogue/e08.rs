//! `E08`: the configuration.
//!
//! Much of it comes from serde and the TOML reader as a text, and is found again by [`Text::recognise`](crate::Text::recognise).

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
    messages: &[
        Phrase { en: r#"it is not TOML: {reason}"#, zh: r#"不是 TOML：{reason}"# },
        Phrase {
            en: r#"it is not UTF-8: the byte at offset {offset} is wrong"#,
            zh: r#"不是 UTF-8：偏移 {offset} 处的字节不对"#,
        },
        Phrase { en: r#"duplicate key"#, zh: r#"重复的键"# },
        Phrase {
            en: r#"unclosed table, expected {sign}"#, zh: r#"表没有结束，应为 {sign}"#
        },
        Phrase {
            en: r#"unclosed array, expected {sign}"#, zh: r#"数组没有结束，应为 {sign}"#
        },
        Phrase {
            en: r#"unclosed inline table, expected {sign}"#,
            zh: r#"内联表没有结束，应为 {sign}"#,
        },
        Phrase {
            en: r#"key with no value, expected {sign}"#, zh: r#"键没有值，应为 {sign}"#
        },
        Phrase {
            en: r#"string values must be quoted, expected literal string"#,
            zh: r#"文本值要加引号"#,
        },
        Phrase { en: r#"missing value for key, expected value"#, zh: r#"键没有值"# },
        Phrase {
            en: r#"unexpected key or value, expected newline, `#`"#,
            zh: r#"意外的键或值，此处应换行或写 `#`"#,
        },
        Phrase {
            en: r#"missing comma between array elements, expected `,`"#,
            zh: r#"数组元素之间缺少逗号，应为 `,`"#,
        },
        Phrase { en: r#"cannot recurse further; max recursion depth met"#, zh: r#"嵌套过深"# },
    ],
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
    messages: &[Phrase { en: r#"there is no such key"#, zh: r#"没有这个键"# }],
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
    messages: &[
        Phrase { en: r#"missing key `{name}`"#, zh: r#"缺少键 `{name}`"# },
        Phrase {
            en: r#"unknown word `{found}`, expected {words}"#,
            zh: r#"未知的单词 `{found}`，应为 {words}"#,
        },
        Phrase { en: r#"one of {list}"#, zh: r#"其中之一：{list}"# },
        Phrase { en: r#"the integer `{value}`"#, zh: r#"整数 `{value}`"# },
        Phrase { en: r#"the number `{value}`"#, zh: r#"数字 `{value}`"# },
        Phrase { en: r#"the boolean `{value}`"#, zh: r#"布尔值 `{value}`"# },
        Phrase { en: r#"a date or time"#, zh: r#"日期或时间"# },
        Phrase { en: r#"a table"#, zh: r#"表"# },
        Phrase { en: r#"a whole number from 0"#, zh: r#"不小于 0 的整数"# },
        Phrase {
            en: r#"an address and port, such as "127.0.0.1:9140""#,
            zh: r#"地址和端口，例如 "127.0.0.1:9140""#,
        },
        Phrase { en: r#"a path as a text"#, zh: r#"文本形式的路径"# },
        Phrase {
            en: r#"a duration as a text, such as "10s""#, zh: r#"时长文本，例如 "10s""#
        },
        Phrase {
            en: r#"a duration as a text, such as "10s", or "off""#,
            zh: r#"时长文本，例如 "10s"，或 "off""#,
        },
        Phrase {
            en: r#"a text, or a table with `condition` and `args`"#,
            zh: r#"文本，或者含 `condition` 和 `args` 的表"#,
        },
        Phrase { en: r#"a section of keys and values"#, zh: r#"由键和值组成的节"# },
        Phrase { en: r#"a class name is empty"#, zh: r#"类名为空"# },
        Phrase {
            en: r#"`{text}` is not a duration: write a number and a unit, such as 500ms, 10s, 5m, 2h or 1d"#,
            zh: r#"`{text}` 不是时长：请写数字和单位，例如 500ms、10s、5m、2h 或 1d"#,
        },
        Phrase {
            en: r#"{number} is no number of shards: give 1 to 64"#,
            zh: r#"{number} 不是有效的分片数：请给 1 到 64"#,
        },
        Phrase {
            en: r#"{number} is no size of a batch: give 1 to 65536"#,
            zh: r#"{number} 不是有效的批大小：请给 1 到 65536"#,
        },
        Phrase {
            en: r#"{number} is no number of checkpoints to keep: give 1 to 1000"#,
            zh: r#"{number} 不是要保留的检查点数：请给 1 到 1000"#,
        },
        Phrase {
            en: r#"give one of its words, as a text"#, zh: r#"请用文本给出可用的单词之一"#
        },
        Phrase {
            en: r#"it is no address with a port, such as "127.0.0.1:9140""#,
            zh: r#"不是带端口的地址，例如 "127.0.0.1:9140""#,
        },
        Phrase {
            en: r#"write `mysql://user@host:port/database`, `sqlite:FILE` or `dir:PATH`"#,
            zh: r#"请写 `mysql://user@host:port/database`、`sqlite:FILE` 或 `dir:PATH`"#,
        },
        Phrase {
            en: r#"it is no level of the log: give error, warn, info, debug or trace, or a filter such as "info,tripline_runtime=debug""#,
            zh: r#"不是日志级别：请给 `error`、`warn`、`info`、`debug` 或 `trace`，或者过滤规则，例如 `info,tripline_runtime=debug`"#,
        },
        Phrase {
            en: r#"{number} is no limit: give 1 to 4000000000"#,
            zh: r#"{number} 不是有效的上限：请给 1 到 4000000000"#,
        },
        Phrase {
            en: r#"{number} is no share in percent: give 1 to 100"#,
            zh: r#"{number} 不是百分比：请给 1 到 100"#,
        },
        Phrase {
            en: r#"{number} is no number of events to remember: give 1 to 1000000000"#,
            zh: r#"{number} 不是可记住的事件数：请给 1 到 1000000000"#,
        },
        Phrase { en: r#"`{name}` has no keys of its own"#, zh: r#"`{name}` 之下没有键"# },
        Phrase {
            en: r#"it names no rule store: {reason}"#, zh: r#"它不是规则库的地址：{reason}"#
        },
        Phrase { en: r#"it is too short"#, zh: r#"太短"# },
        Phrase {
            en: r#"the source `{other}` reads what the sink `{sink}` is given: rules would see each event twice"#,
            zh: r#"来源 `{other}` 会读到写给输出 `{sink}` 的内容：规则会看到每个事件两次"#,
        },
        Phrase { en: r#"forward it in a run of its own"#, zh: r#"请在单独的运行中转发"# },
        Phrase {
            en: r#"a transaction of the sink `{name}` may not be open for so long"#,
            zh: r#"输出 `{name}` 的事务不能打开这么久"#,
        },
        Phrase {
            en: r#"give at most half of its "transaction.timeout.ms" (15 minutes unless given)"#,
            zh: r#"最多填写其 "transaction.timeout.ms" 的一半（默认 15 分钟）"#,
        },
        Phrase { en: r#"give at least "10ms""#, zh: r#"至少为 "10ms""# },
        Phrase {
            en: r#"`last_seen` needs a file to keep the rules in"#,
            zh: r#"`last_seen` 需要一个保存规则的文件"#,
        },
        Phrase { en: r#"add last_seen_file = "FILE""#, zh: r#"请加上 last_seen_file = "FILE""# },
        Phrase {
            en: r#"the file means nothing while a start waits for the store"#,
            zh: r#"启动时等待规则库，因此这个文件没有意义"#,
        },
        Phrase {
            en: r#"add on_unavailable = "last_seen""#,
            zh: r#"请加上 on_unavailable = "last_seen""#,
        },
        Phrase {
            en: r#"other machines can reach this address, and there is no token"#,
            zh: r#"其他机器可以访问这个地址，而没有令牌"#,
        },
        Phrase {
            en: r#"add token_file = "FILE", or without_token = true"#,
            zh: r#"请加上 token_file = "FILE"，或 without_token = true"#,
        },
        Phrase { en: r#"the path is empty"#, zh: r#"路径为空"# },
        Phrase { en: r#"there are more than 64 sinks"#, zh: r#"输出端超过 64 个"# },
        Phrase { en: r#"no sink has this name"#, zh: r#"没有叫这个名字的输出端"# },
        Phrase { en: r#"leave it out for all sinks"#, zh: r#"不写则发往所有输出端"# },
        Phrase { en: r#"the name of a field is empty"#, zh: r#"字段名为空"# },
        Phrase { en: r#"the name of a table is empty"#, zh: r#"表名为空"# },
        Phrase {
            en: r#"events are told by a field already"#, zh: r#"已经用一个字段区分事件"#
        },
        Phrase { en: "leave out `until` or `ttl`", zh: "请去掉 `until` 或 `ttl`" },
        Phrase {
            en: "a member is out at midnight, or after a time, and not both",
            zh: "成员要么在零点移出，要么在一段时间后移出，不能同时指定",
        },
        Phrase { en: "give at least \"1ms\"", zh: "请至少写 \"1ms\"" },
        Phrase { en: "it means nothing without `until`", zh: "没有 `until` 时它没有意义" },
        Phrase { en: "add until = \"midnight\"", zh: "请加上 until = \"midnight\"" },
        Phrase { en: "a member has at least one part", zh: "成员至少有一个部分" },
        Phrase {
            en: "name its parts: member = [\"userId\"]",
            zh: "请写出它的各部分：member = [\"userId\"]",
        },
        Phrase {
            en: r#"leave out `whole_event` or `id_field`"#,
            zh: r#"请去掉 `whole_event` 或 `id_field`"#,
        },
        Phrase {
            en: r#"it means nothing while duplicates are not told"#,
            zh: r#"没有识别重复事件，因此它没有意义"#,
        },
        Phrase {
            en: r#"add id_field = "FIELD", or whole_event = true"#,
            zh: r#"请加上 id_field = "FIELD"，或 whole_event = true"#,
        },
        Phrase {
            en: r#"cannot read the event schema `{file}`: {reason}"#,
            zh: r#"无法读取事件结构 `{file}`：{reason}"#,
        },
        Phrase { en: r#"there is no such type"#, zh: r#"没有这个类型"# },
        Phrase {
            en: r#"it is no name: write up to 64 letters, digits, `_` and `-`"#,
            zh: r#"不是有效的名字：请写不超过 64 个字母、数字、`_` 和 `-`"#,
        },
        Phrase {
            en: r#"expected a section of keys and values"#, zh: r#"应为由键和值组成的节"#
        },
        Phrase { en: r#"CSV cannot be followed"#, zh: r#"不能跟踪 CSV 文件"# },
        Phrase { en: r#"the name of a column is empty"#, zh: r#"列名为空"# },
        Phrase { en: r#"it names no broker"#, zh: r#"没有给出 broker 的地址"# },
        Phrase {
            en: r#"it is no name of a topic: up to 249 letters, digits, `.`, `_` and `-`"#,
            zh: r#"不是有效的 topic 名：请写不超过 249 个字母、数字、`.`、`_` 和 `-`"#,
        },
        Phrase {
            en: r#""committed", "earliest", "latest" or a time in ms since 1970"#,
            zh: r#""committed"、"earliest"、"latest" 或自 1970 年起的毫秒数"#,
        },
        Phrase { en: r#""all" or a list of numbers"#, zh: r#""all" 或数字列表"# },
        Phrase {
            en: r#"`{name}` is a secret, and no secret stands in the configuration: name the environment variable or the file that holds it"#,
            zh: r#"`{name}` 是机密，机密不能写在配置里：请给出保存它的环境变量或文件"#,
        },
        Phrase { en: r#"`{name}` cannot be set: {why}"#, zh: r#"不能设置 `{name}`：{why}"# },
        Phrase { en: r#"say it with `{key}`"#, zh: r#"请用 `{key}` 设置"# },
        Phrase {
            en: r#"a group cannot give out the partitions: the open attempts of a partition's keys lie in this instance's checkpoint, and a partition that moved to another instance would leave them behind; give each instance a list of partitions and a checkpoint folder of its own"#,
            zh: r#"不能由消费组分配分区：分区里各个键的部分匹配保存在本实例的检查点中，分区换到其他实例会丢下它们；请给每个实例一份分区列表和自己的检查点文件夹"#,
        },
        Phrase {
            en: r#"offsets are committed after each checkpoint"#,
            zh: r#"位点在每次检查点之后提交"#,
        },
        Phrase { en: r#"the source goes on for ever"#, zh: r#"数据源没有终点"# },
        Phrase {
            en: r#"the sink is always idempotent: otherwise results could come twice, and in another order"#,
            zh: r#"输出始终是幂等的，否则结果可能重复或乱序"#,
        },
        Phrase {
            en: r#"a result counts as written only when all replicas in sync have it"#,
            zh: r#"只有所有同步副本都写入之后，结果才算写入"#,
        },
        Phrase {
            en: r#"a result is tried until the broker has it: giving up would lose it"#,
            zh: r#"结果会一直重试到 broker 收下为止，放弃就会丢失"#,
        },
        Phrase {
            en: r#"it means nothing without `delivery = "exactly_once"`"#,
            zh: r#"没有 `delivery = "exactly_once"` 时它没有意义"#,
        },
        Phrase { en: r#"it is for programs"#, zh: r#"它只用于程序内部"# },
        Phrase {
            en: r#"it is no address: write `https://HOST/PATH`, and no user and password in it"#,
            zh: r#"不是有效的地址：请写 `https://HOST/PATH`，其中不要写用户和密码"#,
        },
        Phrase {
            en: r#"a place that begins with two braces has no end"#,
            zh: r#"以两个花括号开始的占位符没有结束"#,
        },
        Phrase {
            en: r#"`{path}` is no path such as `rule.name`"#,
            zh: r#"`{path}` 不是路径；路径例如 `rule.name`"#,
        },
        Phrase {
            en: r#"only a message has a text: say which with `format`"#,
            zh: r#"只有消息才有文本：请用 `format` 指定消息的种类"#,
        },
        Phrase {
            en: r#"a message has a form of its own: leave out `body` or `format`"#,
            zh: r#"消息有自己的格式：请去掉 `body` 或 `format`"#,
        },
        Phrase {
            en: r#"nothing is skipped: leave out `dead_letter`, or say on_refused = "skip""#,
            zh: r#"没有结果会被跳过：请去掉 `dead_letter`，或写 on_refused = "skip""#,
        },
        Phrase {
            en: r#"it is no path such as `/events`"#,
            zh: r#"不是有效的路径；路径例如 `/events`"#,
        },
        Phrase {
            en: r#"it is less than twice `max_body_bytes`: a request of that size and what is remembered of its events would never be taken"#,
            zh: r#"小于 `max_body_bytes` 的两倍：这样大小的请求连同对其事件的记录永远放不下"#,
        },
        Phrase {
            en: r#"it means nothing without format = "text""#,
            zh: r#"没有 format = "text" 时它没有意义"#,
        },
        Phrase {
            en: r#"it means nothing without format = "debezium" or "canal""#,
            zh: r#"没有 format = "debezium" 或 "canal" 时它没有意义"#,
        },
        Phrase { en: r#"it names no change"#, zh: r#"没有列出任何变更"# },
        Phrase {
            en: r#"format = "text" needs a `pattern`"#,
            zh: r#"format = "text" 需要 `pattern`"#,
        },
        Phrase { en: r#"the expression is too large"#, zh: r#"表达式太大"# },
        Phrase {
            en: r#"it is no regular expression: {reason}"#,
            zh: r#"不是正则表达式：{reason}"#,
        },
        Phrase {
            en: r#"it names no field: write a group as `(?<name>…)`"#,
            zh: r#"没有给出字段：请把分组写成 `(?<name>…)`"#,
        },
        Phrase {
            en: r#"it means nothing here: the times have their zone in them"#,
            zh: r#"它在这里没有意义：时间本身带有时区"#,
        },
        Phrase {
            en: r#"it is no offset such as `+08:00`"#,
            zh: r#"不是时区偏移；偏移例如 `+08:00`"#,
        },
        Phrase {
            en: r#"it is no way to write a date and time: give ms, s, us, rfc3339 or a pattern such as `%Y-%m-%d %H:%M:%S`"#,
            zh: r#"不是日期和时间的写法：请写 ms、s、us、rfc3339，或者 `%Y-%m-%d %H:%M:%S` 这样的模式"#,
        },
        Phrase { en: r#"no source has this name"#, zh: r#"没有这个名字的数据源"# },
        Phrase { en: r#"it names no sink"#, zh: r#"没有列出任何输出"# },
        Phrase { en: r#"no sink has the name `{name}`"#, zh: r#"没有名为 `{name}` 的输出"# },
        Phrase { en: r#"it is no JSON"#, zh: r#"不是 JSON"# },
        Phrase {
            en: r#"`{name}` is no name of a header"#, zh: r#"`{name}` 不是请求头的名字"#
        },
        Phrase { en: r#"`{name}` is set already"#, zh: r#"`{name}` 已经设置"# },
        Phrase {
            en: r#"write `mysql://USER@HOST:PORT/DATABASE`"#,
            zh: r#"请写 `mysql://USER@HOST:PORT/DATABASE`"#,
        },
        Phrase {
            en: r#"no secret stands in the configuration: take the password out of the URL, and name it with `password`"#,
            zh: r#"机密不能写在配置里：请从 URL 中去掉密码，用 `password` 给出"#,
        },
        Phrase {
            en: r#"it is no name of a table or a column: 1 to 64 characters"#,
            zh: r#"不是有效的表名或列名：1 到 64 个字符"#,
        },
        Phrase { en: r#"give {least} to {most}"#, zh: r#"请给 {least} 到 {most}"# },
        Phrase {
            en: r#"there is no .json file in the folder"#, zh: r#"文件夹中没有 .json 文件"#
        },
    ],
};
