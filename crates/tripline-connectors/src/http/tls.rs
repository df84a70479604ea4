//! Encrypts the connections of the source, if it is asked to.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::serve::Listener;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

use super::{Bounded, BoundedStream};

/// What an address shows to those who come to it, and that it is meant.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct HttpTls {
    /// A file with the certificate (PEM), and behind it those that lead to one that senders trust.
    pub cert: PathBuf,
    /// The file with the private key of the certificate (PEM).
    pub key: PathBuf,
}

impl HttpTls {
    /// What types cannot say.
    pub(super) fn problems(&self) -> Vec<(&'static str, String)> {
        let all = [("tls.cert", &self.cert), ("tls.key", &self.key)];
        let empty = all.into_iter().filter(|(_, path)| path.as_os_str().is_empty());
        empty.map(|(key, _)| (key, "the path is empty".to_owned())).collect()
    }

    /// Reads the files; why that cannot be.
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let certs = CertificateDer::pem_file_iter(&self.cert).and_then(Iterator::collect);
        let certs: Vec<_> = certs.map_err(|error| unread("tls.cert", &self.cert, &error))?;
        if certs.is_empty() {
            return Err(unread("tls.cert", &self.cert, &pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key);
        let key = key.map_err(|error| unread("tls.key", &self.key, &error))?;
        let made = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certs, key));
        let mut config = made.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                "`tls.key` is not the key of the certificate in `tls.cert`".to_owned()
            }
            other => format!("`tls` cannot be used: {other}"),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn unread(key: &str, path: &Path, error: &pem::Error) -> String {
    let path = path.display();
    match error {
        pem::Error::NoItemsFound => format!("`{key}`: nothing of the kind is in `{path}`"),
        error => format!("`{key}`: cannot read `{path}`: {error}"),
    }
}

/// Takes connections, and encrypts them where there is something to do it with.
pub(super) struct Encrypting {
    pub(super) listener: Bounded,
    pub(super) acceptor: Option<TlsAcceptor>,
}

/// A connection, encrypted or not.
pub(super) enum Stream {
    Plain(BoundedStream),
    /// Both sides agree on how to encrypt: done when it is first read, so that one that is slow does not hold up others.
    Agreeing(Box<Accept<BoundedStream>>),
    Encrypted(Box<TlsStream<BoundedStream>>),
    /// They did not agree.
    Broken,
}

impl Listener for Encrypting {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (stream, address) = self.listener.accept().await;
        let stream = match &self.acceptor {
            None => Stream::Plain(stream),
            Some(acceptor) => Stream::Agreeing(Box::new(acceptor.accept(stream))),
        };
        (stream, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Stream {
    /// Waits until both sides agree.
    fn poll_agreed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) | Self::Encrypted(_) => Poll::Ready(Ok(())),
            Self::Broken => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Self::Agreeing(agreeing) => Pin::new(agreeing.as_mut()).poll(cx).map(|agreed| {
                let (stream, result) = match agreed {
                    Ok(stream) => (Self::Encrypted(Box::new(stream)), Ok(())),
                    Err(error) => (Self::Broken, Err(error)),
                };
                *self = stream;
                result
            }),
        }
    }
}

/// Does something with a connection once both sides agree.
macro_rules! once_agreed {
    ($stream:ident, $cx:ident, $method:ident $(, $argument:expr)*) => {{
        let stream = $stream.get_mut();
        std::task::ready!(stream.poll_agreed($cx))?;
        match stream {
            Stream::Plain(plain) => Pin::new(plain).$method($cx $(, $argument)*),
            Stream::Encrypted(stream) => Pin::new(stream.as_mut()).$method($cx $(, $argument)*),
            Stream::Agreeing(_) | Stream::Broken => {
                Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
            }
        }
    }};
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        once_agreed!(self, cx, poll_read, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        once_agreed!(self, cx, poll_write, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        once_agreed!(self, cx, poll_flush)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        once_agreed!(self, cx, poll_shutdown)
    }
}
