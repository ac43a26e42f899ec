//! The address for the host: a Unix socket, or TCP on the loopback interface if there are no Unix
//! sockets.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use super::handshake::Environment;

/// A peer that does not finish its TLS handshake in this time is disconnected.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Listens for the host.
pub(super) struct Listener {
    address: Address,
    inner: Inner,
    socket: SocketFile,
}

/// The address to connect to.
#[derive(Clone, Debug)]
pub(super) enum Address {
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "there are no unix sockets here")
    )]
    Unix(PathBuf),
    #[cfg_attr(unix, allow(dead_code, reason = "unix sockets are preferred"))]
    Tcp(SocketAddr),
}

enum Inner {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

/// Removes the socket when dropped.
pub(super) struct SocketFile {
    path: Option<PathBuf>,
    /// A private directory around the socket, which only this user can enter.
    _dir: Option<TempDir>,
}

/// A connection ready for HTTP/2.
pub(super) struct Connection(Box<dyn Io>);

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl Address {
    /// Returns the third and fourth fields of the handshake line.
    pub(super) fn parts(&self) -> (&'static str, String) {
        match self {
            Self::Unix(path) => ("unix", path.display().to_string()),
            Self::Tcp(address) => ("tcp", address.to_string()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (network, address) = self.parts();
        write!(f, "{network} {address}")
    }
}

impl Listener {
    /// Listens at an address as the host requests.
    pub(super) async fn bind(environment: &Environment) -> io::Result<Self> {
        #[cfg(unix)]
        return unix::bind(environment);
        #[cfg(not(unix))]
        return bind_tcp(environment).await;
    }

    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    /// Accepts connections until `done`. Each TLS handshake is a separate task, so a peer that
    /// stalls does not delay others.
    pub(super) fn accept(
        self,
        tls: Option<TlsAcceptor>,
        done: CancellationToken,
    ) -> (ReceiverStream<io::Result<Connection>>, SocketFile) {
        let (sender, receiver) = mpsc::channel(16);
        let Self { inner, socket, .. } = self;
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = done.cancelled() => break,
                    accepted = inner.accept() => accepted,
                };
                match accepted {
                    Ok(stream) => {
                        let (tls, sender) = (tls.clone(), sender.clone());
                        tokio::spawn(async move {
                            if let Some(connection) = secure(stream, tls).await {
                                // The receiver is gone when the server shuts down.
                                let _ = sender.send(Ok(connection)).await;
                            }
                        });
                    }
                    Err(error) => {
                        tracing::error!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
        (ReceiverStream::new(receiver), socket)
    }
}

impl Inner {
    async fn accept(&self) -> io::Result<Box<dyn Io>> {
        Ok(match self {
            #[cfg(unix)]
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        })
    }
}

async fn secure(stream: Box<dyn Io>, tls: Option<TlsAcceptor>) -> Option<Connection> {
    let Some(tls) = tls else {
        return Some(Connection(stream));
    };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => Some(Connection(Box::new(stream))),
        Ok(Err(error)) => {
            tracing::warn!(%error, "refused a connection that is not the host's");
            None
        }
        Err(_) => {
            tracing::warn!("refused a connection that did not finish its handshake");
            None
        }
    }
}

#[cfg_attr(
    all(unix, not(test)),
    expect(dead_code, reason = "unix sockets are preferred")
)]
async fn bind_tcp(environment: &Environment) -> io::Result<Listener> {
    let ports = match environment.ports {
        Some((min, max)) => min..=max,
        None => 0..=0,
    };
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => {
                return Ok(Listener {
                    address: Address::Tcp(listener.local_addr()?),
                    inner: Inner::Tcp(listener),
                    socket: SocketFile {
                        path: None,
                        _dir: None,
                    },
                });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::{Address, Environment, Inner, Listener, SocketFile, io};

    pub(super) fn bind(environment: &Environment) -> io::Result<Listener> {
        let mut builder = tempfile::Builder::new();
        // By default, the umask decides who can enter a directory.
        builder
            .prefix("plugin")
            .permissions(fs::Permissions::from_mode(0o700));
        let dir = match &environment.socket_dir {
            Some(parent) => builder.tempdir_in(parent)?,
            None => builder.tempdir()?,
        };
        let path = dir.path().join("socket");
        let listener = tokio::net::UnixListener::bind(&path)?;
        if let Some(group) = &environment.socket_group {
            let gid = group_id(group)?;
            for (path, mode) in [(dir.path(), 0o750), (path.as_path(), 0o660)] {
                chown(path, None, Some(gid))?;
                fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
            }
        }
        Ok(Listener {
            address: Address::Unix(path.clone()),
            inner: Inner::Unix(listener),
            socket: SocketFile {
                path: Some(path),
                _dir: Some(dir),
            },
        })
    }

    fn group_id(group: &str) -> io::Result<u32> {
        if let Ok(gid) = group.parse() {
            return Ok(gid);
        }
        let groups = fs::read_to_string("/etc/group")?;
        let found = groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(group))
                .then(|| fields.nth(1)?.parse().ok())
                .flatten()
        });
        found.ok_or_else(|| {
            io::Error::other(format!(
                "PLUGIN_UNIX_SOCKET_GROUP: there is no group {group:?}"
            ))
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // The file is gone already, or in a directory that is deleted next.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) -> Self::ConnectInfo {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tcp_listens_within_the_range() {
        // Ports that are in use are skipped.
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let first = taken.local_addr().unwrap().port();
        let ports = (first, first.saturating_add(50));
        let environment = Environment {
            ports: Some(ports),
            ..Environment::default()
        };
        let listener = bind_tcp(&environment).await.unwrap();
        let Address::Tcp(address) = listener.address() else {
            panic!("not TCP")
        };
        assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
        assert!(
            (ports.0 + 1..=ports.1).contains(&address.port()),
            "{address}"
        );
    }
}
