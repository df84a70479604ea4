//! Phrases that belong to no code alone.

use super::Phrase;

pub(super) const SHARED: &[Phrase] = &[
    Phrase { en: "{first}; {second}", zh: "{first}；{second}" },
    Phrase { en: "in {place}: {reason}", zh: "{place} 中：{reason}" },
    Phrase { en: "did you mean `{close}`?", zh: "是不是想写 `{close}`？" },
    Phrase {
        en: "did you mean {others} or `{last}`?", zh: "是不是想写 {others} 或 `{last}`？"
    },
    Phrase { en: "expected {expected}, found {found}", zh: "应为{expected}，实际为{found}" },
    Phrase {
        en: "the number `{number}` does not fit 64 bits", zh: "数字 `{number}` 超出 64 位"
    },
    Phrase { en: "write `{example}`", zh: "请写 `{example}`" },
    Phrase { en: "write `{example}` or `{other}`", zh: "请写 `{example}` 或 `{other}`" },
    Phrase { en: "write `{example}`, or `{other}`", zh: "请写 `{example}`，或 `{other}`" },
    Phrase { en: "add {example}", zh: "请加上 {example}" },
    Phrase { en: "{count} more", zh: "另外 {count} 个" },
    Phrase { en: "a text", zh: "文本" },
    Phrase { en: "the name is empty", zh: "名字为空" },
    Phrase { en: "the list is empty", zh: "列表为空" },
    Phrase { en: "a boolean", zh: "布尔值" },
    Phrase { en: "a number", zh: "数字" },
    Phrase { en: "a string", zh: "字符串" },
    Phrase { en: "an array", zh: "数组" },
    Phrase { en: "an object", zh: "对象" },
    Phrase { en: "an integer", zh: "整数" },
    Phrase { en: "a list", zh: "列表" },
    Phrase { en: "a regular expression", zh: "正则表达式" },
];
