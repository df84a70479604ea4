//! `E0511` and after: what expressions call and read, and aliases.

use super::{Entry, Phrase, examples};

pub(crate) const E0511: Entry = Entry {
    title_zh: "表达式调用了未知的函数或调用有误",
    about: Phrase {
        en: "There is no function of this name, or it takes other arguments.",
        zh: "没有这个名字的函数，或者它的参数不同。",
    },
    examples: examples!("E0511"),
    more: None,
    messages: &[
        Phrase { en: "there is no function `{name}`", zh: "没有函数 `{name}`" },
        Phrase { en: "the functions are {names} and others", zh: "函数有 {names} 等" },
        Phrase { en: "the name of an aggregate", zh: "聚合的名称" },
        Phrase {
            en: "`{name}` takes a constant name here", zh: "`{name}` 在这里需要一个常量名称"
        },
        Phrase {
            en: "the condition of an aggregate cannot ask for `{name}`",
            zh: "聚合的条件不能使用 `{name}`",
        },
        Phrase {
            en: "ask in the condition of a pattern, or in `having` for its own values",
            zh: "请在模式的条件中使用；聚合自身的值写在 `having` 中",
        },
        Phrase {
            en: "`{name}` can only be asked for in the conditions of a rule's nodes",
            zh: "`{name}` 只能用在规则节点的条件中",
        },
        Phrase {
            en: "ask in the condition, which decides what is taken",
            zh: "请写在条件中，由条件决定接受哪些事件",
        },
        Phrase { en: "`{name}` does not take 1 argument", zh: "`{name}` 不接受 1 个参数" },
        Phrase {
            en: "`{name}` does not take {count} arguments",
            zh: "`{name}` 不接受 {count} 个参数",
        },
        Phrase {
            en: "`{name}` takes {wanted} here, and this is {found}",
            zh: "`{name}` 在这里接受{wanted}，实际为{found}",
        },
        Phrase {
            en: "`{name}` takes a field of the events of a node",
            zh: "`{name}` 的参数应是节点事件的字段",
        },
        Phrase {
            en: "a list stands where a single value is asked for",
            zh: "这里需要单个值，实际为列表",
        },
        Phrase {
            en: "write `value in list`, or `sum(node.field)` and the like",
            zh: "请写 `value in list`，或 `sum(node.field)` 之类",
        },
        Phrase {
            en: "only a string can match a pattern, and this is {found}",
            zh: "只有字符串可以匹配正则表达式，实际为{found}",
        },
        Phrase {
            en: "write `slice(text, from, to)`, which counts from 0",
            zh: "请写 `slice(text, from, to)`，从 0 开始计数",
        },
        Phrase {
            en: "write `index_of(text, 'part')`, which counts from 0",
            zh: "请写 `index_of(text, 'part')`，从 0 开始计数",
        },
        Phrase {
            en: "write `weekday(ts)`, which is 1 on Monday and 7 on Sunday",
            zh: "请写 `weekday(ts)`，星期一为 1，星期日为 7",
        },
        Phrase {
            en: "no function makes such texts and lists: ask with `contains`, `starts_with` or `matches`",
            zh: "没有函数生成这样的文本和列表：请用 `contains`、`starts_with` 或 `matches` 判断",
        },
        Phrase {
            en: "there are no angles: the condition `WithinDistance` knows distances, a condition plugin may know the rest",
            zh: "没有三角函数：距离请用条件 `WithinDistance`，其余可用条件插件",
        },
        Phrase {
            en: "a condition knows no clock; `ts` is the time of the event",
            zh: "条件不能读取时钟；`ts` 是事件的时间",
        },
        Phrase {
            en: "a condition gives the same answer whenever it is asked",
            zh: "条件无论何时求值，结果都必须相同",
        },
        Phrase {
            en: "the lists there are come from nodes and arrays: `sum(node.field)`, `value in node.field`, `sum(items[].price)`",
            zh: "列表来自节点和数组：`sum(node.field)`、`value in node.field`、`sum(items[].price)`",
        },
        Phrase { en: "this is no list", zh: "这不是列表" },
        Phrase {
            en: "write the values in brackets: `in ['a', 'b']`, or `in node.field`",
            zh: "请把各个值写在方括号里：`in ['a', 'b']`，或写 `in node.field`",
        },
        Phrase { en: "no value stands here", zh: "这里没有值" },
        Phrase {
            en: "the function does not take these arguments", zh: "函数不接受这样的参数"
        },
        Phrase {
            en: "this is no field of the events of a node", zh: "这不是节点事件的字段"
        },
    ],
};

pub(crate) const E0512: Entry = Entry {
    title_zh: "表达式引用了规则没有的参数或引用有误",
    about: Phrase { en: "`params.x` stands for the value `x` of the rule's `params`.
The rule has no such parameter, or it is a list or an object where a single value is asked for, or the other way round.
A bare graph has no parameters: write a row, with `params` beside `pattern`.", zh: "`params.x` 代表规则 `params` 中 `x` 的值。
规则没有该参数；或者需要单个值的地方是列表或对象，或者反过来。
只有图的规则没有参数：请写成行，把 `params` 写在 `pattern` 旁边。" },
    examples: examples!("E0512"),
    more: None,
    messages: &[
        Phrase { en: "the rule has no parameter `{name}`", zh: "规则没有参数 `{name}`" },
        Phrase { en: "`{name}` has {count} items", zh: "`{name}` 有 {count} 项" },
        Phrase {
            en: "`{name}` is neither a list nor an object",
            zh: "`{name}` 既不是列表也不是对象",
        },
        Phrase {
            en: "add it to `params` of the rule", zh: "请把它加到规则的 `params` 中"
        },
        Phrase { en: "`{name}` is empty", zh: "`{name}` 为空" },
        Phrase { en: "there are {names}", zh: "可用的有 {names}" },
        Phrase { en: "`{name}` has {count} others", zh: "`{name}` 另有 {count} 个" },
        Phrase {
            en: "`{name}` is {found}, where a single value is asked for",
            zh: "`{name}` 是{found}，而这里需要单个值",
        },
        Phrase {
            en: "name one of its members: `{example}`",
            zh: "请写出其中的一个成员：`{example}`",
        },
        Phrase {
            en: "give it a list of texts, numbers and booleans",
            zh: "请给它一个由文本、数字和布尔值组成的列表",
        },
        Phrase { en: "`{name}` is no list", zh: "`{name}` 不是列表" },
        Phrase {
            en: "the lists in the expression exceed the limit of {limit} values",
            zh: "表达式中的列表超过 {limit} 个值的上限",
        },
        Phrase { en: "`{name}` is not a single value", zh: "`{name}` 不是单个值" },
        Phrase {
            en: "the number `{number}` of `{name}` does not fit 64 bits",
            zh: "`{name}` 的数字 `{number}` 超出 64 位",
        },
    ],
};

pub(crate) const E0513: Entry = Entry {
    title_zh: "正则表达式无法使用",
    about: Phrase { en: "What stands after `matches` or `=~` is not a regular expression in the syntax of RE2, is too large, or is not a constant.
RE2 has no look-around and no back references.
The whole text must match, so write `.*part.*` for a part.", zh: "`matches` 或 `=~` 后面的内容不是 RE2 语法的正则表达式，或者过大，或者不是常量。
RE2 没有环视，也没有反向引用。
正则表达式必须匹配整个文本，匹配其中一部分请写 `.*part.*`。" },
    examples: examples!("E0513"),
    more: None,
    messages: &[
        Phrase {
            en: "a regular expression must be a constant text",
            zh: "正则表达式必须是文本常量",
        },
        Phrase {
            en: "the regular expression `{pattern}` is too large once compiled",
            zh: "正则表达式 `{pattern}` 编译后过大",
        },
        Phrase {
            en: "repeat less; `[a-z0-9_]` is far smaller than `\\w`, which knows all scripts",
            zh: "请减少重复；`\\w` 包含所有文字，`[a-z0-9_]` 要小得多",
        },
        Phrase {
            en: "say the same without it, with several `matches` and `!` where needed",
            zh: "请不用它来表达，例如用几个 `matches`，必要时加 `!`",
        },
        Phrase {
            en: "a character that stands for itself is written with a backslash: `\\.`",
            zh: "表示字符本身时要加反斜杠：`\\.`",
        },
        Phrase {
            en: "`{pattern}` is no regular expression: {reason}",
            zh: "`{pattern}` 不是正则表达式：{reason}",
        },
        Phrase { en: "this is no regular expression", zh: "这不是正则表达式" },
    ],
};

pub(crate) const E0514: Entry = Entry {
    title_zh: "文本不是日期时间",
    about: Phrase { en: "`timestamp('…')` takes a date and time as in RFC 3339, with its offset; without one it is in the zone of the second argument, or UTC.
This constant cannot be read as one.", zh: "`timestamp('…')` 接受 RFC 3339 格式、带时区偏移的日期时间；不带偏移时，按第二个参数的时区或 UTC 计算。
该常量无法按此解析。" },
    examples: examples!("E0514"),
    more: None,
    messages: &[
        Phrase { en: "`{text}` is no date and time", zh: "`{text}` 不是日期时间" },
        Phrase {
            en: "write `2026-01-31T08:00:00+08:00`, or `2026-01-31 08:00` with a zone",
            zh: "请写 `2026-01-31T08:00:00+08:00`，或 `2026-01-31 08:00` 并给出时区",
        },
        Phrase { en: "this is no date and time", zh: "这不是日期时间" },
    ],
};

pub(crate) const E0515: Entry = Entry {
    title_zh: "未知的时区",
    about: Phrase {
        en: "A time zone is named as in the tz database (`Asia/Shanghai`, `UTC`), by a constant text.",
        zh: "时区用 tz 数据库中的名字（`Asia/Shanghai`、`UTC`），必须是文本常量。",
    },
    examples: examples!("E0515"),
    more: None,
    messages: &[
        Phrase { en: "there is no time zone `{name}`", zh: "没有时区 `{name}`" },
        Phrase {
            en: "zones are called `Asia/Shanghai`, `Europe/Berlin`, `UTC`",
            zh: "时区的写法如 `Asia/Shanghai`、`Europe/Berlin`、`UTC`",
        },
        Phrase { en: "the time zone must be a constant", zh: "时区必须是常量" },
        Phrase {
            en: "write its name: `hour(ts, 'Asia/Shanghai')`",
            zh: "请写时区名：`hour(ts, 'Asia/Shanghai')`",
        },
    ],
};

pub(crate) const E0516: Entry = Entry {
    title_zh: "表达式的开销可能过大",
    about: Phrase { en: "A condition is evaluated on every event, so what one may cost is limited: an expression calls at most 256 functions, and walks at most 32 times over the events of a node (`avg(n.x)`, `max(n.x)`, `x in n.y` and the like; `size`, `sum`, `first` and `last` do not walk).
A rule has at most 100 regular expressions.

What to do: Join regular expressions by `|`, split the condition over several rules, or write a condition plugin.", zh: "条件对每个事件都要求值，因此开销有限制：一个表达式最多调用 256 次函数，最多遍历节点的事件 32 次（`avg(n.x)`、`max(n.x)`、`x in n.y` 等；`size`、`sum`、`first` 和 `last` 不遍历）。
一条规则最多 100 个正则表达式。

处理办法：用 `|` 合并正则表达式，把条件拆到多条规则中，或写条件插件。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the rule exceeds the limit of {limit} regular expressions",
            zh: "规则中的正则表达式超过 {limit} 个的上限",
        },
        Phrase {
            en: "join some of them with `|`: `name matches 'a.*|b.*'`",
            zh: "请用 `|` 合并其中几个：`name matches 'a.*|b.*'`",
        },
        Phrase {
            en: "the calls of functions exceed the limit of {limit}",
            zh: "函数调用超过 {limit} 次的上限",
        },
        Phrase {
            en: "split the condition, or write a condition plugin",
            zh: "请拆分条件，或写条件插件",
        },
        Phrase {
            en: "the walks over lists exceed the limit of {limit}",
            zh: "遍历列表的次数超过 {limit} 次的上限",
        },
        Phrase { en: "ask for less in one condition", zh: "请减少一个条件中的内容" },
    ],
};

pub(crate) const E0517: Entry = Entry {
    title_zh: "条件类的别名无法使用",
    about: Phrase { en: "The rule names a class that is an alias, and what the alias stands for is wrong.
The message says what is wrong with it, and the hint where it is defined: in `[condition_aliases]` of the configuration, or in the rule store.
All rules that name the class are told so, and no other rule is touched.

Mend the alias, not the rule:

- An alias stands for the name of a condition, perhaps with some of its arguments, or for an expression.
  A text that is the name of a condition is that condition, any other is an expression; with `args` it must be the name of a condition.
- A bare name that no condition has is refused, as it may be a slip; if a field is meant, write `active == true`.
- An alias of an alias is refused: write what that one stands for.
- Parameters and nodes that an expression reads are those of the rule that uses it, so an alias may be right for one rule and wrong for another.

As long as an alias is wrong, rules that run go on with what it meant before.", zh: "规则引用的类是别名，而别名的含义有误。
消息说明了错在哪里，建议中说明了它定义在哪里：配置的 `[condition_aliases]`，或规则库。
引用该类的规则都会得到这个诊断，其他规则不受影响。

请修正别名，而不是规则：

- 别名代表条件的名字（可以带部分参数），或代表表达式。
  与某个条件同名的文本就是该条件，其他文本是表达式；写了 `args` 时必须是条件的名字。
- 单独一个名字，如果没有同名的条件，会被拒绝，因为可能是拼写错误；如果指字段，请写 `active == true`。
- 别名不能代表另一个别名：请直接写后者的含义。
- 表达式读取的参数和节点属于使用它的规则，因此别名可能对一条规则正确，对另一条不正确。

别名有误期间，正在运行的规则继续使用它之前的含义。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the alias `{name}` cannot be used: {reason}",
            zh: "别名 `{name}` 无法使用：{reason}",
        },
        Phrase {
            en: "the alias `{name}` of {origin} cannot be used: {problem}",
            zh: "{origin} 中的别名 `{name}` 无法使用：{problem}",
        },
        Phrase { en: "mend it in {origin}", zh: "请在 {origin} 中修正" },
        Phrase { en: "[condition_aliases] of {file}", zh: "{file} 的 [condition_aliases]" },
        Phrase {
            en: "`{name}` is an alias, defined in {origin}",
            zh: "`{name}` 是别名，定义在 {origin}",
        },
        Phrase { en: "`args` is not a JSON object", zh: "`args` 不是 JSON 对象" },
        Phrase {
            en: "write an object by parameter names, as {example}",
            zh: "请写成以参数名为键的对象，例如 {example}",
        },
        Phrase {
            en: "`args` do not fit `{condition}`: {reason}",
            zh: "`args` 与 `{condition}` 不符：{reason}",
        },
        Phrase {
            en: "with `args` it must be the name of a condition; leave them out for an expression",
            zh: "写了 `args` 时必须是条件的名字；如果是表达式，请去掉 `args`",
        },
        Phrase { en: "the class name is empty", zh: "类名为空" },
        Phrase { en: "write it as rules have it", zh: "请按规则中的写法填写" },
        Phrase {
            en: "the class name has {count} characters; at most {limit} are allowed",
            zh: "类名有 {count} 个字符，最多允许 {limit} 个",
        },
        Phrase {
            en: "`{name}` is a condition itself, which no alias can replace",
            zh: "`{name}` 本身就是条件，不能用别名替换",
        },
        Phrase {
            en: "`{name}` combines conditions, which no alias can replace",
            zh: "`{name}` 用于组合条件，不能用别名替换",
        },
        Phrase {
            en: "give the alias another name, and use that in rules",
            zh: "请给别名换一个名字，并在规则中使用它",
        },
        Phrase {
            en: "it stands for nothing: the condition is empty",
            zh: "它什么都不代表：条件为空",
        },
        Phrase {
            en: "write the name of a condition, or an expression",
            zh: "请写条件的名字或表达式",
        },
        Phrase {
            en: "`{name}` is neither the name of a condition nor an expression that compares anything",
            zh: "`{name}` 既不是条件的名字，也不是做比较的表达式",
        },
        Phrase {
            en: "an alias stands for a condition or an expression, never for another alias; if a field is meant, write `{name} == true`",
            zh: "别名代表条件或表达式，不能代表另一个别名；如果指字段，请写 `{name} == true`",
        },
        Phrase { en: "it cannot be read", zh: "无法解析" },
        Phrase {
            en: "the expression `{text}`, character {column}: {reason}",
            zh: "表达式 `{text}` 第 {column} 个字符：{reason}",
        },
        Phrase {
            en: "the expression `{text}`, character {column}: {reason}, and {count} more",
            zh: "表达式 `{text}` 第 {column} 个字符：{reason}，另有 {count} 处",
        },
        Phrase {
            en: "it stands for `{text}`, which takes no arguments",
            zh: "它代表 `{text}`，不接受参数",
        },
        Phrase {
            en: "let the alias name a condition that takes them, such as `InList`",
            zh: "请让别名指向接受参数的条件，例如 `InList`",
        },
    ],
};
