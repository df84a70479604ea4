//! What the program says of itself over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use thiserror::Error;
use tripline_server::{Engine, Server, ServerError, Token, TokenError};

use crate::config::HttpConfig;

/// How many rules have a label of their own in the metrics, unless something else is said.
const MAX_RULE_LABELS: u32 = 500;

/// Whether the program says anything of itself over HTTP.
#[derive(Debug, Args)]
pub(super) struct HttpArgs {
    /// Tell of health, metrics and status over HTTP, such as at 127.0.0.1:9140
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<SocketAddr>,
}

/// Why nothing can be told.
#[derive(Debug, Error)]
pub(super) enum HttpError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Server(#[from] ServerError),
}

impl HttpArgs {
    /// Whether anything is told.
    pub(super) const fn is_on(&self, config: &HttpConfig) -> bool {
        self.http.is_some() || config.listen.is_some()
    }

    /// Tells of `engine` from now on, if that is wanted.
    pub(super) fn start(&self, config: &HttpConfig, engine: &Arc<Engine>) -> Result<(), HttpError> {
        let Some(listen) = self.http.or(config.listen) else { return Ok(()) };
        let token = config.token_file.as_deref().map(Token::read).transpose()?;
        let max_rule_labels = config.max_rule_labels.unwrap_or(MAX_RULE_LABELS);
        let config = tripline_server::HttpConfig {
            listen,
            token,
            without_token: config.without_token == Some(true),
            max_rule_labels: usize::try_from(max_rule_labels).unwrap_or(usize::MAX),
        };
        let server = Server::start(config, Arc::clone(engine))?;
        tracing::info!("listening on http://{}", server.address());
        Ok(())
    }
}
