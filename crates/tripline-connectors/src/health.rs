//! How a connector is, for those who look at it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing::{info, warn};

/// How a connector is, and what it counts; shared by the one who works it and those who look at it.
#[derive(Debug)]
pub struct Health {
    name: String,
    connection: Mutex<Connection>,
    /// Why it is held back by something else that it needs.
    held: Mutex<Option<String>>,
    reconnects: AtomicU64,
    errors: AtomicU64,
}

/// Whether the other side is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// It has not answered yet.
    #[default]
    Connecting,
    /// It is there.
    Up,
    /// It is away, with what it or the system said.
    Down(String),
}

impl Health {
    /// That of a connector that has just begun; `name` is for the log, such as ``the source `clicks` ``.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self {
            name,
            connection: Mutex::new(Connection::Connecting),
            held: Mutex::new(None),
            reconnects: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        }
    }

    /// What it is called in the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is now.
    #[must_use]
    pub fn connection(&self) -> Connection {
        let held = self.lock_held().clone();
        held.map_or_else(|| self.lock().clone(), Connection::Down)
    }

    /// How often it was back after it had been away.
    #[must_use]
    pub fn reconnects(&self) -> u64 {
        self.reconnects.load(Ordering::Relaxed)
    }

    /// How often something failed.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// The other side has answered.
    pub fn up(&self) {
        let before = std::mem::replace(&mut *self.lock(), Connection::Up);
        if let Connection::Down(_) = before {
            self.reconnects.fetch_add(1, Ordering::Relaxed);
            info!("{} is back", self.name);
        }
    }

    /// Something was not done, and will not be.
    pub fn failed(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    /// The other side is away, and is tried again.
    pub fn down(&self, reason: impl Into<String>) {
        let reason = reason.into();
        self.errors.fetch_add(1, Ordering::Relaxed);
        let mut connection = self.lock();
        if !matches!(*connection, Connection::Down(_)) {
            warn!("{} is away: {reason}; it is tried again until it is back", self.name);
        }
        *connection = Connection::Down(reason);
    }

    /// Something else that it needs is away, and is tried again; as long as it is, the connector itself counts as away.
    pub fn held(&self, reason: impl Into<String>) {
        let reason = reason.into();
        self.errors.fetch_add(1, Ordering::Relaxed);
        let mut held = self.lock_held();
        if held.is_none() {
            warn!("{} is held back: {reason}; it is tried again until it can go on", self.name);
        }
        *held = Some(reason);
    }

    /// What held it back is there.
    pub fn released(&self) {
        if self.lock_held().take().is_some() {
            self.reconnects.fetch_add(1, Ordering::Relaxed);
            info!("{} is not held back any more", self.name);
        }
    }

    fn lock_held(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coming_back_is_counted() {
        let health = Health::new("the source `x`".to_owned());
        health.up();
        assert_eq!((health.connection(), health.reconnects()), (Connection::Up, 0));
        health.down("gone");
        health.down("still gone");
        assert_eq!(health.connection(), Connection::Down("still gone".to_owned()));
        health.up();
        assert_eq!((health.reconnects(), health.errors()), (1, 2));
    }

    #[test]
    fn what_holds_it_back_counts_whatever_the_connection_says() {
        let health = Health::new("the source `x`".to_owned());
        health.released();
        health.held("no registry");
        health.up();
        assert_eq!(health.connection(), Connection::Down("no registry".to_owned()));
        health.released();
        assert_eq!((health.connection(), health.reconnects()), (Connection::Up, 1));
    }
}
