//! What the configuration says of a schema registry.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Secret;
use crate::address::is_address;

/// A schema registry, asked as Confluent's is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct RegistryConfig {
    /// The address, `https://HOST:PORT`, perhaps with a path.
    pub url: String,
    /// The user, or the name of an API key.
    #[serde(default)]
    #[schemars(with = "String")]
    pub user: Option<String>,
    /// The password of the user: `{ env = "NAME" }` or `{ file = "PATH" }`.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,
    /// A file with the certificates (PEM) that may have signed the registry's; those that browsers trust unless given.
    #[serde(default)]
    #[schemars(with = "PathBuf")]
    pub ca: Option<PathBuf>,
}

impl RegistryConfig {
    /// What types cannot say.
    pub(crate) fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut wrong = |key, text: &str| problems.push((key, text.to_owned()));
        if !is_address(&self.url) || self.url.contains(['?', '#']) {
            wrong(
                "registry.url",
                "it is no address: write `https://HOST:PORT`, and no user and password in it",
            );
        }
        match (&self.user, &self.password) {
            (Some(user), Some(_)) if user.is_empty() || user.contains(':') => {
                wrong("registry.user", "the name of a user is not empty, and has no colon");
            }
            (Some(_), None) => wrong("registry.user", "a user needs a `password`"),
            (None, Some(_)) => wrong("registry.password", "a password needs a `user`"),
            _ => {}
        }
        if self.ca.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            wrong("registry.ca", "the path is empty");
        }
        problems
    }
}
