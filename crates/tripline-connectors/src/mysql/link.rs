//! A connection that is made when it is needed, and made again when it was lost.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError};
use sqlx::{ConnectOptions as _, Connection as _, MySqlConnection};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use crate::{Backoff, ConnectorError, Health, Secret};

/// How long one piece of work may take: a server that takes longer is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// About how many bytes a statement has at most: less than the smallest `max_allowed_packet` that is usual.
pub(super) const STATEMENT_BYTES: usize = 512 * 1024;

/// A server, and the connection to it, if there is one.
pub(super) struct Link {
    runtime: Runtime,
    options: MySqlConnectOptions,
    connection: Option<MySqlConnection>,
    /// What is to be said to each new connection.
    hello: &'static str,
    health: Arc<Health>,
    backoff: Backoff,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("name", &self.health.name()).finish_non_exhaustive()
    }
}

/// Why a piece of work was not done.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server is away: the same may be done later.
    Away(String),
    /// It will not do it.
    Refused(String),
    /// It will not do it with these values.
    Values(String),
}

impl Link {
    /// Knows how to connect, and does not do it yet.
    pub(super) fn new(
        url: &str,
        password: Option<&Secret>,
        hello: &'static str,
        health: &Arc<Health>,
    ) -> Result<Self, ConnectorError> {
        let refused =
            |reason: String| ConnectorError::Refused { name: health.name().to_owned(), reason };
        let url = Url::parse(url).map_err(|error| refused(error.to_string()))?;
        let mut options = MySqlConnectOptions::from_url(&url)
            .map_err(|error| refused(error.to_string()))?
            .charset("utf8mb4")
            .timezone("+00:00".to_owned());
        if let Some(secret) = password {
            let password = secret.read().map_err(|why| refused(format!("the password: {why}")))?;
            options = options.password(&password);
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| refused(error.to_string()))?;
        let (health, backoff) = (Arc::clone(health), Backoff::new(Duration::from_millis(200)));
        Ok(Self { runtime, options, connection: None, hello, health, backoff })
    }

    /// Does a piece of work once; after a fault the connection is made anew.
    pub(super) fn work<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut MySqlConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Fault> {
        let Self { runtime, options, connection, hello, .. } = self;
        let known = connection.take();
        let worked = runtime.block_on(within(async {
            let mut connection = match known {
                Some(connection) => connection,
                None => {
                    let mut connection = MySqlConnection::connect_with(options).await?;
                    sqlx::raw_sql(*hello).execute(&mut connection).await?;
                    connection
                }
            };
            Ok((work(&mut connection).await?, connection))
        }));
        match worked {
            Ok((done, used)) => {
                self.connection = Some(used);
                self.health.up();
                self.backoff.reset();
                Ok(done)
            }
            Err(error) => {
                let fault = fault(&error);
                if let Fault::Away(reason) = &fault {
                    self.health.down(reason.clone());
                }
                Err(fault)
            }
        }
    }

    /// Does a piece of work, and waits for a server that is away.
    pub(super) fn insist<T>(
        &mut self,
        mut work: impl AsyncFnMut(&mut MySqlConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, ConnectorError> {
        loop {
            match self.work(&mut work) {
                Ok(done) => return Ok(done),
                Err(Fault::Away(_)) => self.wait(),
                Err(Fault::Refused(reason) | Fault::Values(reason)) => {
                    return Err(self.refused(reason));
                }
            }
        }
    }

    /// Waits before the next try.
    pub(super) fn wait(&mut self) {
        std::thread::sleep(self.backoff.wait());
    }

    /// As [`wait`](Self::wait), and not for long: whoever reads may want to end.
    pub(super) fn wait_at_most(&mut self, longest: Duration) {
        std::thread::sleep(self.backoff.wait().min(longest));
    }

    pub(super) fn refused(&self, reason: impl Into<String>) -> ConnectorError {
        ConnectorError::Refused { name: self.health.name().to_owned(), reason: reason.into() }
    }
}

async fn within<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_elapsed| {
        let text = format!("no answer within {} s", PATIENCE.as_secs());
        Err(std::io::Error::new(std::io::ErrorKind::TimedOut, text).into())
    })
}

/// The number of an error of the server.
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    let error = error.as_database_error()?;
    error.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

fn fault(error: &sqlx::Error) -> Fault {
    let text = error
        .as_database_error()
        .map_or_else(|| error.to_string(), |said| said.message().to_owned());
    let text = text.replace(['\n', '\r'], " ");
    match (error, number(error)) {
        // Too many connections, stopping, killed, a broken line, locks, time limits.
        (_, Some(1040 | 1203 | 1226 | 1053 | 1077 | 1079 | 1317 | 1158..=1161 | 1184 | 1205 | 1213)) => Fault::Away(text),
        (_, Some(3024 | 1969 | 1927 | 1926 | 3169 | 4031)) => Fault::Away(text),
        // Too long, out of range, of another kind, NULL, no JSON, against a constraint or a key of another table.
        (_, Some(1048 | 1264 | 1265 | 1292 | 1366 | 1406 | 1411 | 1452 | 3140 | 3141 | 3819 | 4025)) => {
            Fault::Values(text)
        }
        (_, Some(1153)) => {
            Fault::Values(format!("{text}: make `max_allowed_packet` of the server larger"))
        }
        (_, Some(number)) => {
            let what = match number {
                1045 | 1698 => ": look at the user in `url`, and at `password`",
                1044 | 1142 | 1143 | 1227 | 1370 => ": grant it to the user",
                1049 => ": create the database, or look at its name in `url`",
                1146 => ": create the table, or mend `table`",
                1054 => ": look at the names of the columns",
                1130 => ": let the user log in from this machine",
                1290 | 1792 | 1836 => ": the server only reads; name the one that writes",
                _ => "",
            };
            Fault::Refused(format!("{text}{what}"))
        }
        (sqlx::Error::Tls(_), _) => {
            Fault::Refused(format!("there is no secure connection: {text}; look at `ssl-mode` and `ssl-ca` in `url`"))
        }
        (sqlx::Error::Configuration(_), _) if text.contains("RSA") => Fault::Refused(
            "this login needs an encrypted connection: enable TLS on the server, or let the user log in with \
             `mysql_native_password`"
                .to_owned(),
        ),
        (sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed, _) => Fault::Away(text),
        _ => Fault::Refused(text),
    }
}

/// A name in backticks, as it stands in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
