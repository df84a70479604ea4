//! `W07`: what comes of a version.

use super::Entry;

pub(crate) const W0701: Entry =
    Entry { title_zh: "无法保留未完成的部分匹配", messages: &[] };

pub(crate) const W0702: Entry = Entry { title_zh: "条件插件崩溃过", messages: &[] };

pub(crate) const W0703: Entry = Entry { title_zh: "条件插件自相矛盾", messages: &[] };

pub(crate) const W0704: Entry = Entry { title_zh: "条件插件很慢", messages: &[] };
