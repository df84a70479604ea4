//! Languages.

/// A language that people are spoken to in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The code of ISO 639: `en`, `zh`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The language of a POSIX locale as `zh_CN.UTF-8`; English where there is no other.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") { Self::Zh } else { Self::En }
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn reads_locales() {
        let check = |locale, expected| assert_eq!(Lang::of_locale(locale), expected, "{locale}");
        check("zh_CN.UTF-8", Lang::Zh);
        check("zh-Hans", Lang::Zh);
        check("zh", Lang::Zh);
        check("ZH_TW", Lang::Zh);
        check("en_US.UTF-8", Lang::En);
        check("C.UTF-8", Lang::En);
        check("zhx", Lang::En);
        check("", Lang::En);
    }
}
