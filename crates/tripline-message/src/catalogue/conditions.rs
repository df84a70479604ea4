//! What the conditions that ship say of themselves: their descriptions, parameters and examples, and the words around them.
//!
//! They are written in English where each condition is defined, since its JSON Schema has them too; here they are found
//! again by it, without the full stop.

use super::Phrase;

/// The words around them.
pub(super) const FRAME: &[Phrase] = &[
    Phrase { en: "stands for `{of}`", zh: "代表 `{of}`" },
    Phrase { en: "stands for the expression `{of}`", zh: "代表表达式 `{of}`" },
    Phrase { en: "shipped", zh: "自带" },
    Phrase { en: "alias", zh: "别名" },
    Phrase { en: "plugin", zh: "插件" },
    Phrase {
        en: "It takes `nestedConditions`, {takes}, and no `args`",
        zh: "使用 `nestedConditions`（{takes}），不使用 `args`",
    },
    Phrase { en: "It takes no arguments", zh: "没有参数" },
    Phrase {
        en: "Parameters, in the order in which a list gives them:",
        zh: "参数（列表形式按此顺序）：",
    },
    Phrase { en: "{value} unless given", zh: "默认为 {value}" },
    Phrase { en: "required", zh: "必填" },
    Phrase {
        en: "`tripline conditions list` lists all",
        zh: "`tripline conditions list` 列出所有条件",
    },
    Phrase { en: "Examples:", zh: "示例：" },
    Phrase { en: "holds", zh: "成立" },
    Phrase { en: "does not hold", zh: "不成立" },
    Phrase { en: "unknown", zh: "未知" },
];

/// What they say.
pub(super) const SAID: &[Phrase] = &[
    Phrase { en: "one or more", zh: "一个或多个" },
    Phrase { en: "exactly one", zh: "恰好一个" },
    // AmountInCurrency
    Phrase {
        en: "compares an amount of any currency with one of a fixed currency, by a table of rates",
        zh: "按汇率表把任意币种的金额与固定币种的金额比较",
    },
    Phrase { en: "The path of the field with the amount", zh: "金额字段的路径" },
    Phrase {
        en: "The path of the field with the currency, such as `EUR`",
        zh: "币种字段的路径，值如 `EUR`",
    },
    Phrase { en: "How the amount is compared", zh: "如何比较金额" },
    Phrase {
        en: "What it is compared with, in `currency`", zh: "比较的金额，以 `currency` 计"
    },
    Phrase { en: "The currency of `value`", zh: "`value` 的币种" },
    Phrase {
        en: "What one unit of each other currency is worth in `currency`; all above 0",
        zh: "其他各币种每一单位折合多少 `currency`，均须大于 0",
    },
    Phrase {
        en: "19.99 at a rate of 3 is exactly 59.97", zh: "19.99 按汇率 3 折算正好是 59.97"
    },
    Phrase { en: "an amount in the currency itself", zh: "金额就是该币种" },
    Phrase { en: "a currency without a rate", zh: "币种没有汇率" },
    // Between
    Phrase { en: "holds if a number is in a range", zh: "数字在某个范围内时成立" },
    Phrase {
        en: "The path of the field; `ts` is the time of the event in ms",
        zh: "字段的路径；`ts` 是事件时间（毫秒）",
    },
    Phrase { en: "The lower bound", zh: "下限" },
    Phrase { en: "The upper bound; not below `low`", zh: "上限，不小于 `low`" },
    Phrase { en: "Whether `low` itself is in the range", zh: "范围是否包含 `low` 本身" },
    Phrase { en: "Whether `high` itself is in the range", zh: "范围是否包含 `high` 本身" },
    Phrase { en: "both bounds are in the range", zh: "两个界限都在范围内" },
    Phrase { en: "unless it is said otherwise", zh: "另有说明时除外" },
    Phrase { en: "as texts; the event has no price", zh: "以文本给出；事件没有价格" },
    // Compare
    Phrase {
        en: "holds if a field stands in a relation to a constant or to another field",
        zh: "字段与常量或另一字段的比较成立时成立",
    },
    Phrase {
        en: "The path of the field; `ts` is the time of the event",
        zh: "字段的路径；`ts` 是事件时间",
    },
    Phrase { en: "How it is compared", zh: "如何比较" },
    Phrase {
        en: "The constant on the right. With `<`, `<=`, `>` and `>=` a text that is a number counts as that number",
        zh: "右边的常量；对 `<`、`<=`、`>` 和 `>=`，内容为数字的文本按数字处理",
    },
    Phrase {
        en: "The path of the field on the right, instead of `value`",
        zh: "右边字段的路径，用它代替 `value`",
    },
    Phrase { en: "a field and a constant", zh: "字段与常量" },
    Phrase {
        en: "the same in the order of the parameters, as texts",
        zh: "同上，按参数顺序以文本给出",
    },
    Phrase { en: "two fields", zh: "两个字段" },
    Phrase { en: "one of them is missing", zh: "其中一个缺失" },
    // DayOfWeek
    Phrase {
        en: "holds on some days of the week, in a time zone",
        zh: "按某时区，在一周的某些天成立",
    },
    Phrase { en: "The days; at least one", zh: "星期几，至少一个" },
    Phrase { en: "The time zone by its IANA name", zh: "时区的 IANA 名称" },
    Phrase {
        en: "The path of the field with the time in ms since 1970; `ts` is the time of the event",
        zh: "时间字段的路径，值为 1970 年以来的毫秒数；`ts` 是事件时间",
    },
    Phrase { en: "2026-01-31 was a Saturday in UTC", zh: "2026-01-31 按 UTC 是星期六" },
    Phrase {
        en: "at 18:00 in UTC, which is Sunday in Shanghai",
        zh: "UTC 的 18:00，在上海已是星期日",
    },
    Phrase { en: "another field", zh: "另一个字段" },
    // InList
    Phrase {
        en: "holds if a field has one of the listed values", zh: "字段的值在列表中时成立"
    },
    Phrase { en: "The path of the field", zh: "字段的路径" },
    Phrase { en: "The values it may have; at least one", zh: "可取的值，至少一个" },
    Phrase {
        en: "an audience tag, with the arguments as existing rules have them",
        zh: "人群标签，参数写法与现有规则相同",
    },
    Phrase { en: "another field, by name", zh: "另一个字段，按名称给出" },
    Phrase { en: "the event has no such field", zh: "事件没有这个字段" },
    // IpInNetwork
    Phrase {
        en: "holds if an IP address is in one of some networks",
        zh: "IP 地址属于某个网段时成立",
    },
    Phrase {
        en: "The path of the field with the address, IPv4 or IPv6",
        zh: "地址字段的路径，IPv4 或 IPv6",
    },
    Phrase {
        en: "The networks, such as `10.0.0.0/8` or `2001:db8::/32`, or single addresses; at least one",
        zh: "网段，如 `10.0.0.0/8` 或 `2001:db8::/32`，也可以是单个地址；至少一个",
    },
    Phrase { en: "one of two networks", zh: "两个网段之一" },
    Phrase {
        en: "as existing rules have it; a single address is a network of one",
        zh: "与现有规则的写法相同；单个地址是只有一个地址的网段",
    },
    Phrase { en: "an IPv4 address written as IPv6", zh: "写成 IPv6 形式的 IPv4 地址" },
    Phrase { en: "no address", zh: "不是地址" },
    // Matches
    Phrase {
        en: "holds if a whole text matches a regular expression, in time linear in the text",
        zh: "整个文本匹配正则表达式时成立，耗时与文本长度成线性",
    },
    Phrase {
        en: "The regular expression, which the whole text must match; `.*` before and after it for a part",
        zh: "正则表达式，整个文本都须匹配；只匹配一部分时在前后加 `.*`",
    },
    Phrase { en: "letters and a number", zh: "字母和数字" },
    Phrase { en: "a part of the text is not enough", zh: "只匹配文本的一部分不够" },
    // SubtypeCondition
    Phrase {
        en: "holds if a field names a class, in full (`a.b.Cart`) or without its package (`Cart`)",
        zh: "字段写的是某个类时成立，可以是全名（`a.b.Cart`），也可以不带包名（`Cart`）",
    },
    Phrase {
        en: "The class of events; in a rule it stands beside `className`",
        zh: "事件的类；在规则中与 `className` 并列",
    },
    Phrase {
        en: "The path of the field with the class of the event", zh: "事件类字段的路径"
    },
    Phrase { en: "the field has the simple name", zh: "字段是简单名称" },
    Phrase {
        en: "or the full one; the field may be another", zh: "或全名；也可以用另一个字段"
    },
    Phrase { en: "of another package it is another class", zh: "包不同，就是另一个类" },
    Phrase { en: "the event does not say", zh: "事件没有写明" },
    // Text
    Phrase {
        en: "holds if a text contains, begins with or ends with another",
        zh: "文本包含另一文本，或以它开头或结尾时成立",
    },
    Phrase { en: "Where the part must stand", zh: "该部分所在的位置" },
    Phrase { en: "The part", zh: "该部分" },
    Phrase { en: "Whether small and capital letters are the same", zh: "是否不区分大小写" },
    Phrase { en: "anywhere", zh: "任意位置" },
    Phrase { en: "at the start, whatever the case", zh: "在开头，不区分大小写" },
    Phrase { en: "at the end", zh: "在结尾" },
    Phrase { en: "a number is no text", zh: "数字不是文本" },
    // TimeOfDay
    Phrase {
        en: "holds between two times of day, in a time zone",
        zh: "按某时区，在一天的两个时刻之间成立",
    },
    Phrase {
        en: "The first time, such as `22:00` or `22:00:30`; inclusive",
        zh: "开始时刻，如 `22:00` 或 `22:00:30`，含该时刻",
    },
    Phrase {
        en: "The time at which it ends; exclusive. Before `from` it is that of the next day",
        zh: "结束时刻，不含该时刻；早于 `from` 时指第二天",
    },
    Phrase {
        en: "02:00 in Shanghai, in a range over midnight",
        zh: "上海 02:00，在跨午夜的范围内",
    },
    Phrase {
        en: "18:00 in UTC: the end is not in the range",
        zh: "UTC 的 18:00：范围不含结束时刻",
    },
    // WithinDistance
    Phrase {
        en: "holds if a place on the globe is near another",
        zh: "地球上一地与另一地相近时成立",
    },
    Phrase {
        en: "The path of the field with the latitude in degrees, north positive",
        zh: "纬度字段的路径，单位为度，北纬为正",
    },
    Phrase {
        en: "The path of the field with the longitude in degrees, east positive",
        zh: "经度字段的路径，单位为度，东经为正",
    },
    Phrase { en: "The latitude of the centre, in degrees", zh: "中心的纬度，单位为度" },
    Phrase { en: "The longitude of the centre, in degrees", zh: "中心的经度，单位为度" },
    Phrase {
        en: "How far away the place may be, in km; inclusive",
        zh: "该地最远可相距多少公里，含该距离",
    },
    Phrase {
        en: "Potsdam is 27 km from the centre of Berlin", zh: "波茨坦距柏林市中心 27 公里"
    },
    Phrase { en: "Hamburg is 255 km away", zh: "汉堡相距 255 公里" },
    Phrase { en: "over the line where the date changes", zh: "跨过日期变更线" },
    Phrase { en: "there is no such latitude", zh: "没有这样的纬度" },
    // RichAndCondition, RichOrCondition, RichNotCondition
    Phrase { en: "holds if all of its conditions hold", zh: "所有条件都成立时成立" },
    Phrase { en: "both hold", zh: "两个都成立" },
    Phrase {
        en: "one that is false decides, whatever is unknown",
        zh: "有一个不成立即可判定，不管其他是否未知",
    },
    Phrase { en: "one holds, and one cannot be told", zh: "一个成立，一个无法判定" },
    Phrase { en: "holds if one of its conditions holds", zh: "有一个条件成立时成立" },
    Phrase { en: "the second holds", zh: "第二个成立" },
    Phrase { en: "neither holds", zh: "都不成立" },
    Phrase {
        en: "neither holds, and one cannot be told", zh: "没有成立的，且有一个无法判定"
    },
    Phrase {
        en: "holds if its condition is false; what is unknown stays unknown",
        zh: "条件不成立时成立；未知的仍为未知",
    },
    Phrase { en: "the condition is false", zh: "条件不成立" },
    Phrase { en: "the condition is true", zh: "条件成立" },
];

/// The phrase that a condition's own text is; the full stop at its end does not count.
pub(crate) fn of_condition(english: &str) -> Option<Phrase> {
    let english = english.trim_end_matches('.');
    SAID.iter().copied().find(|phrase| phrase.en == english)
}
