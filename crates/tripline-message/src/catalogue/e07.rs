//! `E07`: rows of a rule table.

use super::Entry;

pub(crate) const E0701: Entry = Entry { title_zh: "规则表中的行无法读取", messages: &[] };
