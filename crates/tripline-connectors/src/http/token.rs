//! What those who ask must show.

use std::path::Path;

use subtle::ConstantTimeEq as _;
use thiserror::Error;

/// The shortest token, in bytes, inclusive.
const MIN_BYTES: usize = 16;

/// The longest one, inclusive.
const MAX_BYTES: usize = 4096;

/// A secret that requests have to have; never shown.
#[derive(Clone)]
pub struct Token(Vec<u8>);

/// Why a token cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The file cannot be read.
    #[error("cannot read the token file `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It has no good token in it.
    #[error(
        "the token file `{path}` must hold one token of {MIN_BYTES} to {MAX_BYTES} visible ASCII characters; \
         `openssl rand -hex 32` makes one"
    )]
    Unfit {
        /// The file.
        path: String,
    },
}

impl Token {
    /// The token in a file; white space around it does not count.
    ///
    /// # Errors
    /// The file cannot be read, or holds no token.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| TokenError::Unreadable { path: name(), source })?;
        Self::new(text.trim()).ok_or_else(|| TokenError::Unfit { path: name() })
    }

    /// A token, if it is fit to be one.
    #[must_use]
    pub fn new(token: &str) -> Option<Self> {
        let fit = (MIN_BYTES..=MAX_BYTES).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_graphic());
        fit.then(|| Self(token.as_bytes().to_vec()))
    }

    /// Whether the value of an `Authorization` header shows it; takes as long however much of it is right.
    #[must_use]
    pub fn is_shown_by(&self, authorization: &[u8]) -> bool {
        let Some((scheme, shown)) = authorization.split_at_checked(7) else { return false };
        scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(self.0.ct_eq(shown))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn only_the_whole_token_is_right() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(token.is_shown_by(b"Bearer 0123456789abcdef"));
        assert!(token.is_shown_by(b"bearer 0123456789abcdef"));
        for wrong in [
            "",
            "Bearer ",
            "Bearer 0123456789abcde",
            "Bearer 0123456789abcdeff",
            "Bearer 0123456789abcdeg",
            "Basic  0123456789abcdef",
            "0123456789abcdef",
        ] {
            assert!(!token.is_shown_by(wrong.as_bytes()), "{wrong}");
        }
        assert!(Token::new("0123456789abcde").is_none() && Token::new(&"x".repeat(4097)).is_none());
        assert!(Token::new("0123456789 abcdef").is_none());
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
