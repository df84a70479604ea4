//! `E0505`, `E0518`: the arguments of conditions by name, and plugins that fail on them.

use super::{Entry, Phrase, examples};

pub(crate) const E0505: Entry = Entry {
    title_zh: "条件类的参数不对",
    about: Phrase {
        en: "The condition class does not understand its `args`; the message says what it expects.",
        zh: "条件类不接受它的 `args`；消息说明了它需要什么。",
    },
    examples: examples!("E0505"),
    more: None,
    messages: &[
        Phrase { en: "`{name}`: {reason}", zh: "`{name}`：{reason}" },
        Phrase { en: "unknown parameter `{name}`", zh: "未知的参数 `{name}`" },
        Phrase { en: "the parameters are {names}", zh: "参数有 {names}" },
        Phrase {
            en: "the argument `{argument}` is one too many", zh: "多了一个参数 `{argument}`"
        },
        Phrase { en: "the condition takes no arguments", zh: "该条件没有参数" },
        Phrase { en: "missing field `{name}`", zh: "缺少参数 `{name}`" },
        Phrase { en: "an integer from 0", zh: "不小于 0 的整数" },
        Phrase { en: "a sequence", zh: "列表" },
        Phrase {
            en: "invalid type: {found}, expected {expected}",
            zh: "类型不对：{found}，应为{expected}",
        },
        Phrase {
            en: "invalid value: {found}, expected {expected}",
            zh: "值不对：{found}，应为{expected}",
        },
        Phrase { en: "{found}, expected {expected}", zh: "{found}，应为{expected}" },
        Phrase { en: "string {value}", zh: "字符串 {value}" },
        Phrase { en: "integer {value}", zh: "整数 {value}" },
        Phrase { en: "floating point {value}", zh: "浮点数 {value}" },
        Phrase { en: "boolean {value}", zh: "布尔值 {value}" },
        Phrase { en: "the path of the field is empty", zh: "字段路径为空" },
        Phrase { en: "the list of values is empty", zh: "值的列表为空" },
        Phrase { en: "name at least one value", zh: "请至少写一个值" },
        Phrase {
            en: "the parameters put in exceed the limit of {limit} values",
            zh: "代入的参数超过 {limit} 个值的上限",
        },
        Phrase {
            en: "keep long lists in a condition plugin of their own",
            zh: "长列表请放到单独的条件插件里",
        },
        Phrase {
            en: "there is already a condition `{name}`", zh: "已有名为 `{name}` 的条件"
        },
        Phrase {
            en: "the fixed arguments of `{name}` do not fit: {reason}",
            zh: "`{name}` 的固定参数不合适：{reason}",
        },
        Phrase { en: "they are not an object", zh: "它们不是对象" },
        Phrase { en: "the parameter `{name}` is missing", zh: "缺少参数 `{name}`" },
        Phrase { en: "`{name}` is {what}", zh: "`{name}` 是{what}" },
        Phrase { en: "`{name}` is {what}: {meaning}", zh: "`{name}` 是{what}：{meaning}" },
        Phrase { en: "another value", zh: "别的值" },
        Phrase { en: "an integer from {least}", zh: "不小于 {least} 的整数" },
        Phrase { en: "a list, each {items}", zh: "列表，每项为{items}" },
        Phrase { en: "one of {words}", zh: "{words} 之一" },
        Phrase { en: "{others} or {last}", zh: "{others}或{last}" },
        Phrase { en: "{limit} or more", zh: "不小于 {limit}" },
        Phrase { en: "{limit} or less", zh: "不大于 {limit}" },
        Phrase { en: "more than {limit}", zh: "大于 {limit}" },
        Phrase { en: "less than {limit}", zh: "小于 {limit}" },
        Phrase { en: "a list of {limit} or more", zh: "至少 {limit} 项的列表" },
        Phrase { en: "a list of at most {limit}", zh: "至多 {limit} 项的列表" },
        Phrase { en: "{limit} or more characters", zh: "至少 {limit} 个字符" },
        Phrase { en: "at most {limit} characters", zh: "至多 {limit} 个字符" },
        Phrase { en: "a list without anything twice", zh: "没有重复项的列表" },
        Phrase { en: "a text like `{pattern}`", zh: "形如 `{pattern}` 的文本" },
        Phrase {
            en: "name a field of the events, such as `price` or `order.price`",
            zh: "请写事件的字段，例如 `price` 或 `order.price`",
        },
        Phrase { en: "`high` is below `low`", zh: "`high` 小于 `low`" },
        Phrase {
            en: "no number is in such a range: exchange them",
            zh: "没有数字在这样的范围内：请交换两者",
        },
        Phrase { en: "there is nothing to compare with", zh: "没有可比较的对象" },
        Phrase { en: "give `value`, or `other_field`", zh: "请给出 `value` 或 `other_field`" },
        Phrase {
            en: "`value` and `other_field` are both given",
            zh: "`value` 与 `other_field` 同时给出",
        },
        Phrase { en: "leave one of them out", zh: "请去掉其中一个" },
        Phrase {
            en: "the regular expressions of the rule exceed the limit of {limit}",
            zh: "规则的正则表达式超过 {limit} 个的上限",
        },
        Phrase {
            en: "join several into one with `|`, or use `Text` or `InList`",
            zh: "请用 `|` 把几个合成一个，或使用 `Text` 或 `InList`",
        },
        Phrase {
            en: "`until` is `from`, so no time is in the range",
            zh: "`until` 等于 `from`，没有时间在范围内",
        },
        Phrase {
            en: "leave the condition out for the whole day", zh: "如果指全天，请去掉该条件"
        },
        Phrase { en: "`{time}` is no time of day", zh: "`{time}` 不是一天中的时间" },
        Phrase {
            en: "write it as `09:30` or `09:30:15`, from `00:00` to `23:59:59`",
            zh: "请写成 `09:30` 或 `09:30:15`，从 `00:00` 到 `23:59:59`",
        },
        Phrase { en: "`{network}` is no network", zh: "`{network}` 不是网段" },
        Phrase {
            en: "write it as `10.0.0.0/8` or `2001:db8::/32`; `/8` is how many bits are fixed",
            zh: "请写成 `10.0.0.0/8` 或 `2001:db8::/32`；`/8` 是固定的位数",
        },
        Phrase {
            en: "the rate {rate} of `{name}` is not above 0",
            zh: "`{name}` 的汇率 {rate} 不大于 0",
        },
        Phrase {
            en: "write what one `{name}` is worth in `{currency}`",
            zh: "请写 1 个 `{name}` 合多少 `{currency}`",
        },
        Phrase {
            en: "the rate of `{name}` in itself is 1", zh: "`{name}` 对自身的汇率是 1"
        },
        Phrase { en: "leave it out", zh: "请去掉它" },
        Phrase { en: "`{name}` is no name of a class", zh: "`{name}` 不是类名" },
        Phrase {
            en: "write the class of the events, such as `com.shop.Cart`",
            zh: "请写事件的类，例如 `com.shop.Cart`",
        },
        Phrase {
            en: "write {example} for the field that has the class of an event",
            zh: "请写 {example}，指明事件的类所在的字段",
        },
    ],
};

pub(crate) const E0518: Entry = Entry {
    title_zh: "条件插件出错",
    about: Phrase { en: "The arguments of the condition may be right; the plugin itself is at fault, so the rule cannot run.
It panicked when it was given its arguments, or what it says of its condition cannot be: it reads a field or a node that there is not, asks for more than 1,000 new fields, or tells its conditions apart by a text of more than 64 KiB.
Only the rules that name the plugin are touched.

Tell those who wrote the plugin; the message says what it did.
Until it is mended, say the same as an EXPRESSION, or with a condition that ships (`tripline conditions list`).", zh: "条件的参数可能没有问题；出错的是插件本身，因此规则无法运行。
插件在接收参数时崩溃，或者它对条件的声明不成立：读取不存在的字段或节点，要求超过 1,000 个新字段，或用超过 64 KiB 的文本来区分条件。
只有引用该插件的规则受影响。

请通知插件的作者；消息说明了插件做了什么。
修正之前，请用 EXPRESSION 或自带的条件（`tripline conditions list`）表达同样的意思。" },
    examples: None,
    more: None,
    messages: &[
        Phrase {
            en: "the condition `{name}` panicked on its arguments: {said}",
            zh: "条件 `{name}` 在处理参数时崩溃：{said}",
        },
        Phrase {
            en: "the condition `{name}` gives what cannot be: {what}",
            zh: "条件 `{name}` 给出了不可能的内容：{what}",
        },
        Phrase {
            en: "it reads {count} fields that no other condition reads, which exceeds the limit of {limit}",
            zh: "它读取 {count} 个其他条件不读的字段，超过 {limit} 个的上限",
        },
        Phrase { en: "it reads a field that there is not", zh: "它读取不存在的字段" },
        Phrase {
            en: "it sums up the events of a node that there is not",
            zh: "它对不存在的节点的事件求和",
        },
        Phrase {
            en: "the text that tells it apart has {count} bytes, which exceeds the limit of {limit}",
            zh: "用来区分它的文本有 {count} 字节，超过 {limit} 字节的上限",
        },
        Phrase {
            en: "this is a fault of the plugin, not of the rule: tell those who wrote it",
            zh: "这是插件的缺陷，不是规则的：请告知插件的作者",
        },
    ],
};
