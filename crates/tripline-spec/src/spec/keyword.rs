//! The words of the format.

/// A closed set of words.
pub trait Keyword: Copy + Sized + 'static {
    /// All of them, in the order of the reference.
    const ALL: &'static [Self];

    /// How the word is written in JSON.
    fn spelling(self) -> &'static str;

    /// The word written so, in exactly this case.
    #[must_use]
    fn from_spelling(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.spelling() == text)
    }
}

/// Declares an enum of words once, with its spelling in JSON and in the JSON Schema.
macro_rules! keywords {
    ($(#[$doc:meta])* $vis:vis $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
        )]
        $vis enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $crate::spec::Keyword for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            fn spelling(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::spec::Keyword::spelling(*self))
            }
        }
    };
}

pub(crate) use keywords;
