//! `E05`: conditions.

pub(crate) use super::e05_arguments::{E0505, E0518};
use super::{Entry, Phrase};

pub(crate) const E0501: Entry = Entry { title_zh: "未知的条件类型", messages: &[] };

pub(crate) const E0502: Entry = Entry {
    title_zh: "表达式无法解析",
    messages: &[
        Phrase { en: "unexpected `{found}`", zh: "意外的 `{found}`" },
        Phrase { en: "write the ASCII character `{ascii}`", zh: "请用半角字符 `{ascii}`" },
        Phrase { en: "the name is not closed", zh: "名字没有结束" },
        Phrase { en: "close it with a backtick", zh: "请用反引号结束" },
        Phrase { en: "the name is empty", zh: "名字为空" },
        Phrase { en: "the regular expression is not closed", zh: "正则表达式没有结束" },
        Phrase { en: "the string is not closed", zh: "字符串没有结束" },
        Phrase { en: "close it with `{quote}`", zh: "请用 `{quote}` 结束" },
        Phrase { en: "unknown escape in a string", zh: "字符串中有未知的转义" },
        Phrase { en: "a backslash itself is written `\\\\`", zh: "反斜杠本身写作 `\\\\`" },
        Phrase { en: "`{found}` is not a number", zh: "`{found}` 不是数字" },
        Phrase {
            en: "write an integer (`10`), a decimal number (`10.5`, `1e6`) or a duration (`1h30m`)",
            zh: "请写整数（`10`）、小数（`10.5`、`1e6`）或时长（`1h30m`）",
        },
        Phrase { en: "an operator or the end", zh: "运算符或结尾" },
        Phrase { en: "the expression is empty", zh: "表达式为空" },
        Phrase {
            en: "write `true` if every event is meant", zh: "如果指所有事件，请写 `true`"
        },
        Phrase { en: "the end", zh: "结尾" },
        Phrase { en: "write `{word}` in lower case", zh: "`{word}` 请用小写" },
        Phrase { en: "the list is empty", zh: "列表为空" },
        Phrase {
            en: "write the values in brackets: `in ['a', 'b']`",
            zh: "请把各个值写在方括号里：`in ['a', 'b']`",
        },
        Phrase { en: "a field, a constant or `(`", zh: "字段、常量或 `(`" },
        Phrase { en: "a list can only stand after `in`", zh: "列表只能写在 `in` 之后" },
        Phrase { en: "a field", zh: "字段" },
        Phrase { en: "the name of a parameter", zh: "参数名" },
        Phrase { en: "an index", zh: "下标" },
        Phrase { en: "a variable", zh: "变量" },
        Phrase {
            en: "an item of an array of the event has a constant index",
            zh: "事件中数组的下标必须是常量",
        },
        Phrase {
            en: "write `items[0].price`, or `items[].price` for all of them; of a node: `node[i].field`",
            zh: "请写 `items[0].price`，要全部元素请写 `items[].price`；读取节点的事件请写 `node[i].field`",
        },
        Phrase { en: "a list of lists cannot be read", zh: "不能读取列表的列表" },
        Phrase {
            en: "after `[]` come only names: `items[].price`",
            zh: "`[]` 之后只能写名字：`items[].price`",
        },
        Phrase {
            en: "name one item: `items[0].price`",
            zh: "请指定其中一个元素：`items[0].price`",
        },
        Phrase {
            en: "`{path}` is an event, and no field of it",
            zh: "`{path}` 是一个事件，而不是它的字段",
        },
        Phrase {
            en: "`{node}` is a node, and no array of the event",
            zh: "`{node}` 是节点，不是事件中的数组",
        },
        Phrase {
            en: "write `node` for its events, `node.field` for a field of them",
            zh: "写 `node` 表示它的事件，写 `node.field` 表示这些事件的字段",
        },
        Phrase {
            en: "name a field of the event: `node[0].field`",
            zh: "请写出事件的字段：`node[0].field`",
        },
        Phrase {
            en: "the condition is {found}, so it never holds",
            zh: "条件的结果是{found}，永远不会成立",
        },
        Phrase {
            en: "compare it with something: `price + 1 > 10`",
            zh: "请与某个值比较：`price + 1 > 10`",
        },
        Phrase {
            en: "`nil` can only be compared with one operand by `==` or `!=`",
            zh: "`nil` 只能用 `==` 或 `!=` 与一个操作数比较",
        },
        Phrase {
            en: "`field == nil` holds if the event has no such field",
            zh: "事件没有该字段时，`field == nil` 成立",
        },
    ],
};

pub(crate) const E0503: Entry = Entry {
    title_zh: "表达式引用了此处无法读取的节点",
    messages: &[
        Phrase { en: "the pattern has no node `{name}`", zh: "模式中没有节点 `{name}`" },
        Phrase { en: "its nodes are {names}", zh: "模式的节点有 {names}" },
        Phrase {
            en: "the events of `{name}` cannot be read in a condition of type AVIATOR",
            zh: "AVIATOR 类型的条件不能读取 `{name}` 的事件",
        },
        Phrase {
            en: "write the condition as type EXPRESSION, which reads events already matched",
            zh: "请改用 EXPRESSION 类型的条件，它可以读取已匹配的事件",
        },
    ],
};

pub(crate) const E0504: Entry = Entry {
    title_zh: "未知的条件类",
    messages: &[
        Phrase { en: "there is no condition `{name}`", zh: "没有名为 `{name}` 的条件" },
        Phrase { en: "{hint} otherwise {how}", zh: "{hint}否则，{how}" },
        Phrase {
            en: "say what it stands for, such as {line} under [condition_aliases] of the configuration, or {sql} in the rule store",
            zh: "请说明它代表什么，例如在配置的 [condition_aliases] 下写 {line}，或在规则库中执行 {sql}",
        },
    ],
};

pub(crate) const E0506: Entry = Entry {
    title_zh: "不运行 Groovy 条件",
    messages: &[
        Phrase {
            en: "conditions in Groovy are not run: they are arbitrary code",
            zh: "不运行 Groovy 条件：它们是任意代码",
        },
        Phrase {
            en: "write it as {example}, or as a condition plugin",
            zh: "请写成 {example}，或写成条件插件",
        },
    ],
};

pub(crate) const E0507: Entry = Entry {
    title_zh: "RichNotCondition 只接受一个条件",
    messages: &[
        Phrase {
            en: "`{class}` takes exactly one condition, found {count}",
            zh: "`{class}` 只接受一个条件，实际有 {count} 个",
        },
        Phrase {
            en: "combine several with `RichAndCondition` or `RichOrCondition` first",
            zh: "多个条件请先用 `RichAndCondition` 或 `RichOrCondition` 组合",
        },
    ],
};

pub(crate) const E0508: Entry = Entry {
    title_zh: "组合条件里没有条件",
    messages: &[
        Phrase {
            en: "`{class}` needs `nestedConditions`",
            zh: "`{class}` 需要 `nestedConditions`",
        },
        Phrase { en: "list the conditions to combine", zh: "请列出要组合的条件" },
    ],
};

pub(crate) const E0509: Entry = Entry {
    title_zh: "表达式过长",
    messages: &[
        Phrase {
            en: "the expression has {count} bytes, which exceeds the limit of {limit}",
            zh: "表达式有 {count} 字节，超过 {limit} 的上限",
        },
        Phrase {
            en: "a long list of values is better kept in a condition of type CLASS",
            zh: "长的值列表更适合放在 CLASS 类型的条件里",
        },
    ],
};

pub(crate) const E0510: Entry = Entry {
    title_zh: "表达式嵌套过深",
    messages: &[Phrase {
        en: "the expression nests deeper than the limit of {limit} levels",
        zh: "表达式的嵌套超过 {limit} 层的上限",
    }],
};

pub(crate) const E0511: Entry = Entry {
    title_zh: "表达式调用了未知的函数或调用有误",
    messages: &[
        Phrase { en: "there is no function `{name}`", zh: "没有函数 `{name}`" },
        Phrase { en: "the functions are {names} and others", zh: "函数有 {names} 等" },
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
    messages: &[
        Phrase {
            en: "the alias `{name}` cannot be used: {reason}",
            zh: "别名 `{name}` 无法使用：{reason}",
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
