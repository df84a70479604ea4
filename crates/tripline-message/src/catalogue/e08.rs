//! `E08`: the configuration; what is found in it is said in English only.

use super::Entry;

pub(crate) const E0801: Entry = Entry { title_zh: "配置不是 TOML", messages: &[] };

pub(crate) const E0802: Entry = Entry { title_zh: "配置中没有这个键", messages: &[] };

pub(crate) const E0803: Entry = Entry { title_zh: "配置中的值无效", messages: &[] };
