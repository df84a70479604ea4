//! The fixed words of reports, in each language.
//!
//! What a diagnostic says stays English: its code and its page are the same in every language.

use clap::ValueEnum;
use tripline::Severity;

/// The language of what is said to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese: headings and the summary; the messages of diagnostics stay English.
    Zh,
}

/// What the summary of a validation counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Rules that were looked at.
    pub(crate) rules: usize,
    /// Rules that cannot run, or have warnings under `--strict`.
    pub(crate) invalid: usize,
    /// Warnings over all rules.
    pub(crate) warnings: usize,
    /// Files and folders that could not be read.
    pub(crate) unread: usize,
}

impl From<Lang> for tripline::Lang {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::Zh => Self::Zh,
        }
    }
}

impl Lang {
    /// How bad a finding is.
    pub(crate) const fn severity(self, severity: Severity) -> &'static str {
        match (self, severity) {
            (Self::En, Severity::Error) => "error",
            (Self::En, Severity::Warning) => "warning",
            (Self::Zh, Severity::Error) => "错误",
            (Self::Zh, Severity::Warning) => "警告",
        }
    }

    /// The word before a hint.
    pub(crate) const fn help(self) -> &'static str {
        match self {
            Self::En => "help",
            Self::Zh => "建议",
        }
    }

    /// That a rule can run.
    pub(crate) const fn valid(self) -> &'static str {
        match self {
            Self::En => "valid",
            Self::Zh => "有效",
        }
    }

    /// That a rule cannot run.
    pub(crate) const fn invalid(self) -> &'static str {
        match self {
            Self::En => "invalid",
            Self::Zh => "无效",
        }
    }

    /// That there were more findings than are kept.
    pub(crate) fn omitted(self, count: usize) -> String {
        match self {
            Self::En => format!("{count} more not shown"),
            Self::Zh => format!("另有 {count} 条未显示"),
        }
    }

    /// That two files have a rule of the same id.
    pub(crate) fn same_id(self, id: &str, first: &str, second: &str) -> String {
        match self {
            Self::En => format!("the rule id `{id}` stands twice: in `{first}` and in `{second}`"),
            Self::Zh => format!("规则 id `{id}` 重复出现：`{first}` 与 `{second}`"),
        }
    }

    /// The last line.
    pub(crate) fn summary(self, counts: &Counts) -> String {
        let &Counts { rules, invalid, warnings, unread } = counts;
        let (mut line, more) = match self {
            Self::En => (
                format!(
                    "{}, {invalid} invalid, {}",
                    plural(rules, "rule"),
                    plural(warnings, "warning")
                ),
                format!(", {unread} not read"),
            ),
            Self::Zh => (
                format!("{rules} 条规则，{invalid} 条无效，{warnings} 个警告"),
                format!("，{unread} 个无法读取"),
            ),
        };
        if unread > 0 {
            line.push_str(&more);
        }
        line
    }
}

/// A number of things: `1 rule`, `2 rules`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::{Counts, Lang};

    #[test]
    fn sums_up() {
        let check = |rules, invalid, warnings, unread, english: &str, chinese: &str| {
            let counts = Counts { rules, invalid, warnings, unread };
            assert_eq!(Lang::En.summary(&counts), english);
            assert_eq!(Lang::Zh.summary(&counts), chinese);
        };
        check(3, 1, 2, 0, "3 rules, 1 invalid, 2 warnings", "3 条规则，1 条无效，2 个警告");
        check(1, 0, 1, 0, "1 rule, 0 invalid, 1 warning", "1 条规则，0 条无效，1 个警告");
        check(
            0,
            0,
            0,
            2,
            "0 rules, 0 invalid, 0 warnings, 2 not read",
            "0 条规则，0 条无效，0 个警告，2 个无法读取",
        );
    }
}
