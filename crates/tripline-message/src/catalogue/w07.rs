//! `W07`: what comes of a version.

use super::Entry;

pub(crate) const W0701: Entry =
    Entry { title_zh: "无法保留未完成的部分匹配", messages: &[] };
