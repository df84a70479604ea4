//! `E05`: conditions.

pub(crate) use super::e05_arguments::{E0505, E0518};
pub(crate) use super::e05_expressions::{E0511, E0512, E0513, E0514, E0515, E0516, E0517};
use super::{Entry, Phrase, examples};

pub(crate) const E0501: Entry = Entry {
    title_zh: "未知的条件类型",
    about: Phrase {
        en: "The type of a condition is `EXPRESSION`, `AVIATOR` or `CLASS`.",
        zh: "条件的类型是 `EXPRESSION`、`AVIATOR` 或 `CLASS`。",
    },
    examples: examples!("E0501"),
    more: None,
    messages: &[],
};

pub(crate) const E0502: Entry = Entry {
    title_zh: "表达式无法解析",
    about: Phrase {
        en: "The expression does not follow the grammar.
The message points at the first place that does not fit.",
        zh: "表达式不符合语法。
消息指向第一个不符合的位置。",
    },
    examples: examples!("E0502"),
    more: None,
    messages: &[
        Phrase {
            en: "a condition is one expression, without statements and assignments",
            zh: "条件是单个表达式，不能有语句和赋值",
        },
        Phrase {
            en: "write a duration as one word: `{example}`",
            zh: "时长请连在一起写：`{example}`",
        },
        Phrase { en: "unexpected `{found}`", zh: "意外的 `{found}`" },
        Phrase { en: "write the ASCII character `{ascii}`", zh: "请用半角字符 `{ascii}`" },
        Phrase { en: "the name is not closed", zh: "名字没有结束" },
        Phrase { en: "close it with a backtick", zh: "请用反引号结束" },
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
    about: Phrase { en: "An expression can read the events that ATOMIC nodes of its rule have taken.
The node named here does not exist, or is a group; a condition of type AVIATOR can read none at all.", zh: "表达式可以读取规则中 ATOMIC 节点已接收的事件。
这里写的节点不存在，或者是组；AVIATOR 类型的条件一个都不能读取。" },
    examples: examples!("E0503"),
    more: None,
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
    about: Phrase {
        en: "No condition is registered under this class name.
It is a slip, or the class of another engine, which has to be given a meaning here.",
        zh: "没有以该类名注册的条件。
可能是拼写错误，也可能是其他引擎的类，需要在这里说明它的含义。",
    },
    examples: examples!("E0504"),
    more: Some(Phrase {
        en: r#"Rules that came from another engine need not be changed.
Say what the class stands for, in the configuration:

```toml
[condition_aliases]
"com.example.CartCondition" = "eventType == 'cart'"
"com.example.TagCondition" = { condition = "InList", args = { field = "tag" } }
```

or in the rule store, while rules run (`condition` is a reserved word of MySQL, hence the backticks):

```sql
INSERT INTO tripline_condition_aliases (class_name, `condition`)
VALUES ('com.example.CartCondition', 'eventType == ''cart''');
INSERT INTO tripline_condition_aliases (class_name, `condition`, args)
VALUES ('com.example.TagCondition', 'InList', '{"field": "tag"}');
```

The class names an expression, or a condition with some of its arguments; the rule's own `args` go to the others.
What needs code of its own is a condition plugin, registered under the name."#,
        zh: r#"来自其他引擎的规则不必修改。
请在配置中说明该类代表什么：

```toml
[condition_aliases]
"com.example.CartCondition" = "eventType == 'cart'"
"com.example.TagCondition" = { condition = "InList", args = { field = "tag" } }
```

也可以在规则运行期间写进规则库（`condition` 是 MySQL 的保留字，所以要加反引号）：

```sql
INSERT INTO tripline_condition_aliases (class_name, `condition`)
VALUES ('com.example.CartCondition', 'eventType == ''cart''');
INSERT INTO tripline_condition_aliases (class_name, `condition`, args)
VALUES ('com.example.TagCondition', 'InList', '{"field": "tag"}');
```

类名代表一个表达式，或代表一个条件及其部分参数；规则自己的 `args` 填入其余的参数。
需要自己写代码的，请写成条件插件，并以该名字注册。"#,
    }),
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
    about: Phrase {
        en: "A Groovy condition is a program that could do anything, so it is never run.
Most say no more than an expression can.",
        zh: "Groovy 条件是可以做任何事的程序，因此从不运行。
大多数 Groovy 条件用表达式就能表达。",
    },
    examples: examples!("E0506"),
    more: None,
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
    about: Phrase {
        en: "`RichNotCondition` takes the opposite of exactly one condition.",
        zh: "`RichNotCondition` 对且只对一个条件取反。",
    },
    examples: examples!("E0507"),
    more: None,
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
    about: Phrase {
        en: "`RichAndCondition` and `RichOrCondition` combine the conditions in `nestedConditions`, and there are none.",
        zh: "`RichAndCondition` 和 `RichOrCondition` 组合 `nestedConditions` 中的条件，而这里一个都没有。",
    },
    examples: examples!("E0508"),
    more: None,
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
    about: Phrase {
        en: "An expression may have 16 KiB.

What to do: Put a long list of values into the arguments of a condition `InList`, which may be as long as the rule.",
        zh: "一个表达式最多 16 KiB。

处理办法：把很长的值列表放进条件 `InList` 的参数，它只受规则大小的限制。",
    },
    examples: None,
    more: None,
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
    about: Phrase {
        en: "An expression may be nested 64 deep, counted in parentheses, operators and calls.

What to do: Remove parentheses that change nothing; `a && b && c` needs none.",
        zh: "表达式最多嵌套 64 层，括号、运算符和函数调用都计算在内。

处理办法：去掉不起作用的括号；`a && b && c` 不需要括号。",
    },
    examples: None,
    more: None,
    messages: &[Phrase {
        en: "the expression nests deeper than the limit of {limit} levels",
        zh: "表达式的嵌套超过 {limit} 层的上限",
    }],
};
