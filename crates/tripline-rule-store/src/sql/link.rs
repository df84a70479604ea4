//! A connection that is made when it is needed, and made again when it was lost.

use std::future::Future;
use std::time::Duration;

use tokio::time::timeout;

use super::Sql;
use super::fault::{Fault, leaves_connection, store_error};
use super::table::Seen;
use crate::error::StoreError;

/// How long one piece of work may take: a database that takes longer is away.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// How to reach a database, and the connection to it, if there is one.
pub(super) struct Link<C: Sql> {
    pub(super) name: String,
    pub(super) options: C::Options,
    connection: Option<Connected<C>>,
}

/// A connection that is in use.
pub(super) struct Connected<C> {
    pub(super) connection: C,
    /// What one connection has seen means nothing to the next.
    pub(super) seen: Option<Seen>,
    identity: Option<(u64, u64)>,
}

impl<C: Sql> Link<C> {
    pub(super) fn new(name: String, options: C::Options) -> Self {
        Self { name, options, connection: None }
    }

    /// The connection; it must be handed back to [`Self::settle`], otherwise it is closed.
    pub(super) async fn take(&mut self) -> Result<Connected<C>, StoreError> {
        let identity = C::identity(&self.options);
        if let Some(connected) = self.connection.take()
            && connected.identity == identity
        {
            return Ok(connected);
        }
        match limited(async { Ok(C::connect_once(&self.options).await?) }).await {
            Ok(connection) => {
                // A file that was created just now had none before.
                let identity = C::identity(&self.options);
                Ok(Connected { connection, seen: None, identity })
            }
            Err(fault) => Err(self.error(fault)),
        }
    }

    /// Keeps the connection for next time, unless it is no longer good.
    pub(super) fn settle<T>(
        &mut self,
        connected: Connected<C>,
        outcome: Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if outcome.as_ref().err().is_none_or(leaves_connection) {
            self.connection = Some(connected);
        }
        outcome.map_err(|fault| self.error(fault))
    }

    fn error(&self, fault: Fault) -> StoreError {
        store_error(&self.name, fault)
    }
}

/// The work, unless it takes too long; its connection cannot be used after that.
pub(super) async fn limited<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    within(TIME_LIMIT, work).await
}

/// As [`limited`], with a limit of one's own.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    timeout(limit, work).await.unwrap_or_else(|_elapsed| {
        let text = format!("no answer within {} s", limit.as_secs());
        Err(Fault::Sql(std::io::Error::new(std::io::ErrorKind::TimedOut, text).into()))
    })
}
