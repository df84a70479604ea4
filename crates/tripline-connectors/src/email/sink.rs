//! Sends a mail for each result.

use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use serde::Deserialize;
use tracing::error;

use super::config::{EmailSink, EmailTls};
use crate::open::SinkStart;
use crate::{Backoff, ConnectorError, EncodedRecord, Health, Sink};

/// How long the server may take for anything.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest subject, in characters.
const MAX_SUBJECT: usize = 150;

/// Why a mail was not sent.
enum Fault {
    /// The server is away, or wants to be asked again later.
    Away(String),
    /// It does not let us in: trying again would not help.
    Refused(String),
    /// It does not take this one.
    NotThisOne(String),
}

/// What is needed to connect.
struct Server {
    host: String,
    port: u16,
    kind: EmailTls,
    tls: TlsParameters,
    credentials: Option<Credentials>,
    health: Arc<Health>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("host", &self.host).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Mailer {
    server: Server,
    from: Mailbox,
    to: Vec<Mailbox>,
    subject: Option<String>,
}

/// Whether what the server or the client says passes.
fn fault(error: &SmtpError, is_inside: bool) -> Fault {
    let said = error.to_string();
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    if matches!(&*code, "530" | "534" | "535" | "538") {
        return Fault::Refused(format!(
            "{said}: the mail server does not accept the user or the password; see `user`, `password` and `tls`"
        ));
    }
    if said.contains("certificate") {
        return Fault::Refused(format!(
            "{said}: there is no secure connection; see `server`, `tls` and `ca`"
        ));
    }
    if error.is_client() {
        return Fault::Refused(format!("{said}; see `tls`, `user`, `from` and `to`"));
    }
    if !error.is_permanent() {
        return Fault::Away(said);
    }
    if is_inside { Fault::NotThisOne(said) } else { Fault::Refused(said) }
}

impl Server {
    fn connect(&self) -> Result<SmtpConnection, SmtpError> {
        let us = ClientId::default();
        let wrapper = (self.kind == EmailTls::Tls).then_some(&self.tls);
        let address = (self.host.as_str(), self.port);
        let mut connection = SmtpConnection::connect(address, Some(PATIENCE), &us, wrapper, None)?;
        if self.kind == EmailTls::StartTls {
            connection.starttls(&self.tls, &us)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials)?;
        }
        Ok(connection)
    }

    /// Tries until it is done or makes no sense; with `once`, one time.
    fn until_done(
        &self,
        once: bool,
        attempt: impl Fn() -> Result<(), Fault>,
    ) -> Result<Result<(), String>, ConnectorError> {
        let mut backoff = Backoff::new(Duration::from_millis(500));
        let name = self.health.name().to_owned();
        loop {
            let reason = match attempt() {
                Ok(()) => {
                    self.health.up();
                    return Ok(Ok(()));
                }
                Err(Fault::NotThisOne(reason)) => return Ok(Err(reason)),
                Err(Fault::Refused(reason)) => {
                    return Err(ConnectorError::Refused { name, reason });
                }
                Err(Fault::Away(reason)) => reason,
            };
            if once {
                let reason = format!("no answer from {}:{}: {reason}", self.host, self.port);
                return Err(ConnectorError::Refused { name, reason });
            }
            self.health.down(reason);
            std::thread::sleep(backoff.wait());
        }
    }
}

impl EmailSink {
    fn mailer(&self, health: &Arc<Health>) -> Result<Mailer, ConnectorError> {
        let failed =
            |reason: String| ConnectorError::Refused { name: health.name().to_owned(), reason };
        let (host, port) = self.address().map_err(failed)?;
        let mut tls = TlsParameters::builder(host.to_owned());
        if let Some(path) = &self.ca {
            let shown = path.display();
            let pem = std::fs::read(path);
            let pem = pem.map_err(|error| failed(format!("cannot read `{shown}`: {error}")))?;
            let ca = Certificate::from_pem(&pem);
            let ca =
                ca.map_err(|error| failed(format!("`{shown}` has no certificate: {error}")))?;
            tls = tls.add_root_certificate(ca);
        }
        let tls = tls.build().map_err(|error| failed(error.to_string()))?;
        let credentials = match (&self.user, &self.password) {
            (Some(user), Some(password)) => {
                let password = password.read();
                let password = password
                    .map_err(|reason| failed(format!("the secret `password`: {reason}")))?;
                Some(Credentials::new(user.clone(), password))
            }
            _ => None,
        };
        let health = Arc::clone(health);
        let host = host.to_owned();
        Ok(Mailer {
            from: self.sender().map_err(failed)?,
            to: self.receivers().map_err(failed)?,
            subject: self.subject.clone(),
            server: Server { host, port, kind: self.tls, tls, credentials, health },
        })
    }

    /// Opens it; waits until there is a server.
    ///
    /// # Errors
    /// What trying again would not help against.
    pub(crate) fn open(&self, start: &SinkStart<'_>) -> Result<Box<dyn Sink>, ConnectorError> {
        let mailer = self.mailer(&start.health)?;
        mailer.look(false)?;
        Ok(Box::new(mailer))
    }

    /// Whether the server lets us in and takes mail from and to these addresses.
    pub(crate) fn try_out(&self) -> Result<(), ConnectorError> {
        self.mailer(&Arc::new(Health::new("the sink".to_owned())))?.look(true)
    }
}

impl Mailer {
    /// Begins a mail to all, and leaves it at that.
    fn look(&self, once: bool) -> Result<(), ConnectorError> {
        let asked = self.server.until_done(once, || {
            let mut server = self.server.connect().map_err(|error| fault(&error, false))?;
            let asks = |error| match fault(&error, false) {
                Fault::Refused(reason) => Fault::Refused(format!(
                    "{reason}: the mail server does not take mail from or to these addresses; see `from` and `to`"
                )),
                other => other,
            };
            server.command(Mail::new(Some(self.from.email.clone()), Vec::new())).map_err(asks)?;
            for to in &self.to {
                server.command(Rcpt::new(to.email.clone(), Vec::new())).map_err(asks)?;
            }
            server.command(Rset).map_err(asks)?;
            server.abort();
            Ok(())
        })?;
        asked.map_err(|reason| ConnectorError::Refused {
            name: self.server.health.name().to_owned(),
            reason,
        })
    }

    fn message(&self, record: &EncodedRecord<'_>) -> Result<Message, lettre::error::Error> {
        let text = String::from_utf8_lossy(record.bytes);
        let subject = match &self.subject {
            Some(subject) => subject.clone(),
            None if record.bytes == record.output => about(record),
            None => text.lines().next().unwrap_or_default().chars().take(MAX_SUBJECT).collect(),
        };
        let safe = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.');
        let id: String =
            record.id.chars().map(|sign| if safe(sign) { sign } else { '.' }).collect();
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            // The same for the same result, so that who gets it twice may see it once.
            .message_id(Some(format!("<{id}@tripline>")))
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            message = message.to(to.clone());
        }
        message.body(text.into_owned())
    }
}

/// What a result is about, where no action says it.
fn about(record: &EncodedRecord<'_>) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Output {
        severity: String,
        rule: Rule,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Rule {
        name: String,
    }
    let output: Output = serde_json::from_slice(record.output).unwrap_or_default();
    format!("[{}] {}: {}", output.severity, output.rule.name, record.kind)
}

impl Sink for Mailer {
    fn write(&mut self, record: &EncodedRecord<'_>) -> Result<(), ConnectorError> {
        let name = self.server.health.name();
        let message = match self.message(record) {
            Ok(message) => message,
            Err(reason) => {
                error!("{name}: the result {} makes no mail: {reason}", record.id);
                return Ok(());
            }
        };
        let mail = message.formatted();
        let sent = self.server.until_done(false, || {
            let mut server = self.server.connect().map_err(|error| fault(&error, false))?;
            server.send(message.envelope(), &mail).map_err(|error| fault(&error, true))?;
            server.abort();
            Ok(())
        })?;
        if let Err(reason) = sent {
            // Others may be taken, and this one never will.
            self.server.health.failed();
            error!(
                "{name}: the mail server did not take the mail of the result {}: {reason}",
                record.id
            );
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ConnectorError> {
        Ok(())
    }
}
