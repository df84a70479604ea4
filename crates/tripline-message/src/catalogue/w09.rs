//! `W09`: rules against event schemas.

use super::{Entry, Phrase, examples};

pub(crate) const W0901: Entry = Entry {
    title_zh: "事件没有这个字段",
    about: Phrase {
        en: "The rule names a field that none of the event schemas has, in an expression, in the arguments of a condition or in `key_by`.
A field that an event does not have is missing: a comparison with it is unknown and does not hold, and a rule with a slip in a name is silent for ever.
Where the path goes below a string or a number there can be nothing either.

A schema that lists fields under `properties` has no others, unless it says `\"additionalProperties\": true`.
With several schemas it is enough that one has the field.
It is found only where event schemas are given: see [event-schemas.md](../event-schemas.md).",
        zh: "规则在表达式、条件的参数或 `key_by` 中使用了一个字段，但所有事件结构中都没有它。
事件没有的字段是缺失的：与它比较得到未知，条件不成立，因此名字写错的规则会永远沉默。
路径如果延伸到字符串或数字之内，那里同样什么也没有。

在 `properties` 下列出字段的事件结构不再有别的字段，除非写明 `\"additionalProperties\": true`。
有多个事件结构时，只要其中一个有该字段即可。
只有给出了事件结构才会发现它，见 [event-schemas.md](../event-schemas.md)。",
    },
    examples: examples!("W0901", with event schema),
    more: None,
    messages: &[
        Phrase {
            en: "the event schema `{schema}` has no field `{path}`",
            zh: "事件结构 `{schema}` 没有字段 `{path}`",
        },
        Phrase {
            en: "none of the event schemas has a field `{path}`",
            zh: "所有事件结构中都没有字段 `{path}`",
        },
        Phrase {
            en: "`{above}` is {kind} in the event schemas, so it has no `{path}`",
            zh: "事件结构中 `{above}` 是{kind}，因此没有 `{path}`",
        },
        Phrase {
            en: "the fields are {names}; add it to the event schema if events have it",
            zh: "字段有 {names}；如果事件确有该字段，请加到事件结构中",
        },
        Phrase {
            en: "add it to the event schema if events have it",
            zh: "如果事件确有该字段，请加到事件结构中",
        },
        Phrase { en: "nothing", zh: "空值" },
        Phrase { en: "a value of another kind", zh: "其他类型的值" },
    ],
};

pub(crate) const W0902: Entry = Entry {
    title_zh: "条件与事件结构矛盾",
    about: Phrase {
        en: "By what the event schemas say of a field, the condition asks for what cannot be: a field that is a string is compared with a number, a field with listed values (`enum`, `const`) with another one, an operator or a function takes another kind of value, or a whole object or array stands where a single value is asked for.
Such a comparison never holds (with `!=` it always does), and the result of an operator is missing.

What the schemas leave open is not looked at.
It is found only where event schemas are given: see [event-schemas.md](../event-schemas.md).",
        zh: "按事件结构对字段的说明，条件要求了不可能的情况：字符串字段与数字比较，列出了取值（`enum`、`const`）的字段与其他值比较，运算符或函数需要另一种类型的值，或者在需要单个值的地方写了整个对象或数组。
这样的比较永远不成立（用 `!=` 则总是成立），运算符的结果为缺失。

事件结构没有限定的内容不作检查。
只有给出了事件结构才会发现它，见 [event-schemas.md](../event-schemas.md)。",
    },
    examples: examples!("W0902", with event schema),
    more: None,
    messages: &[
        Phrase {
            en: "`{path}` is {kind} in the event schemas, and a condition sees no value in it",
            zh: "事件结构中 `{path}` 是{kind}，条件从中看不到值",
        },
        Phrase { en: "name what is inside it: `{example}`", zh: "请写出其中的内容：`{example}`" },
        Phrase {
            en: "`{path}` is {kind} in the event schemas, and `{operator}` takes {wanted}",
            zh: "事件结构中 `{path}` 是{kind}，而 `{operator}` 需要{wanted}",
        },
        Phrase {
            en: "`{path}` is {kind} in the event schemas, so compared with {other} by `{symbol}` it always holds",
            zh: "事件结构中 `{path}` 是{kind}，因此与{other}用 `{symbol}` 比较总是成立",
        },
        Phrase {
            en: "`{path}` is {kind} in the event schemas, so compared with {other} by `{symbol}` it never holds",
            zh: "事件结构中 `{path}` 是{kind}，因此与{other}用 `{symbol}` 比较永远不成立",
        },
        Phrase {
            en: "{value} is none of the values that `{path}` has in the event schemas",
            zh: "{value} 不是事件结构中 `{path}` 的取值之一",
        },
        Phrase {
            en: "the values are {names}; add it to the event schema if events have it",
            zh: "取值有 {names}；如果事件确有该值，请加到事件结构中",
        },
    ],
};
