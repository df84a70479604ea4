//! The language of reports, and their fixed words.
//!
//! What a diagnostic says comes from the catalogue of codes.

use clap::{Args, ValueEnum};
use tripline::Severity;

/// The language of what is said to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// Which language is asked for.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct LangArgs {
    /// The language of findings and reports; that of the locale (LC_ALL, LC_MESSAGES, LANG) unless given
    #[arg(long, value_enum)]
    lang: Option<Lang>,
}

impl LangArgs {
    /// The language to use.
    pub(crate) fn get(self) -> Lang {
        // As in POSIX, the first that is set and not empty counts.
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let locale = || {
            let set =
                names.into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
            set.map(|value| value.to_string_lossy().into_owned()).unwrap_or_default()
        };
        self.lang.unwrap_or_else(|| match tripline::Lang::of_locale(&locale()) {
            tripline::Lang::Zh => Lang::Zh,
            tripline::Lang::En => Lang::En,
        })
    }
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

    /// The heading of warnings.
    pub(crate) const fn warnings(self) -> &'static str {
        match self {
            Self::En => "Warnings:",
            Self::Zh => "警告：",
        }
    }

    /// A finding in one line.
    pub(crate) fn in_line(self, code: tripline::Code, line: u32, message: &str) -> String {
        match self {
            Self::En => format!("{code} in line {line}: {message}"),
            Self::Zh => format!("{code}，第 {line} 行：{message}"),
        }
    }

    /// A place in a text, to stand behind what it is a place of.
    pub(crate) fn place(self, line: u64, column: u64) -> String {
        match self {
            Self::En => format!(", line {line}, column {column}"),
            Self::Zh => format!("，第 {line} 行第 {column} 列"),
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
