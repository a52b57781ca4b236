//! Syslog after RFC 5424: over UDP (RFC 5426), TCP with counted octets (RFC 6587) and TLS (RFC 5425).
//!
//! Syslog has no answers: that a message was written to a connection that stands is all a sender can know. A connection that the
//! receiver has closed is noticed before the next message, and made anew.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use keysieve_report::rfc3339;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;

use crate::address::Reach;
use crate::alert::Alert;
use crate::sink::{Secrets, Unfit};
use crate::tls;

const TIMEOUT: Duration = Duration::from_secs(5);
/// Facility 10, security messages that are not for everybody.
const FACILITY: u8 = 10;
/// The enterprise number of documentation (RFC 5612): keysieve has none of its own.
const ELEMENT: &str = "finding@32473";
/// A parameter is cut here, so that a datagram stays below what receivers must take.
const LONGEST: usize = 160;

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
    Tls,
}

#[derive(Debug)]
enum Connection {
    Udp(UdpSocket, SocketAddr),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// A receiver of syslog.
#[derive(Debug)]
pub(crate) struct Syslog {
    transport: Transport,
    host: String,
    port: u16,
    reach: Reach,
    tls: Option<Arc<ClientConfig>>,
    own_name: String,
    connection: Option<Connection>,
}

impl Syslog {
    pub(crate) fn new(
        transport: Transport,
        address: &str,
        reach: Reach,
        secrets: &Secrets,
        own_name: &str,
    ) -> Result<Syslog, Unfit> {
        let unfit = || Unfit("the address of syslog is syslog+tcp://HOST:PORT".to_owned());
        let rest = address.strip_prefix("//").ok_or_else(unfit)?.trim_end_matches('/');
        let default = if transport == Transport::Tls { 6514 } else { 514 };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && !port.ends_with(']') => {
                (host, port.parse().map_err(|_| unfit())?)
            }
            _ => (rest, default),
        };
        if host.is_empty() || host.contains(['/', '@']) {
            return Err(unfit());
        }
        let tls = (transport == Transport::Tls).then(|| tls::config(secrets)).transpose()?;
        let own_name: String = own_name.chars().filter(char::is_ascii_graphic).take(255).collect();
        Ok(Syslog {
            transport,
            host: host.to_owned(),
            port,
            reach,
            tls,
            own_name: if own_name.is_empty() { "-".to_owned() } else { own_name },
            connection: None,
        })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn send(&mut self, alerts: &[&Alert]) -> io::Result<()> {
        if self.connection.as_ref().is_some_and(Connection::is_closed) {
            self.connection = None;
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        for alert in alerts {
            connection.write(&message(alert, &self.own_name))?;
        }
        if connection.is_closed() {
            return Err(io::Error::from(io::ErrorKind::ConnectionReset));
        }
        self.connection = Some(connection);
        Ok(())
    }

    fn connect(&self) -> io::Result<Connection> {
        let addresses = self.reach.resolve(&self.host, self.port)?;
        let Some(first) = addresses.first().copied() else {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        };
        if self.transport == Transport::Udp {
            let any = if first.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            return Ok(Connection::Udp(UdpSocket::bind(any)?, first));
        }
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in addresses {
            match TcpStream::connect_timeout(&address, TIMEOUT) {
                Ok(tcp) => return self.over(tcp),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn over(&self, tcp: TcpStream) -> io::Result<Connection> {
        tcp.set_read_timeout(Some(TIMEOUT))?;
        tcp.set_write_timeout(Some(TIMEOUT))?;
        tcp.set_nodelay(true)?;
        let Some(config) = &self.tls else { return Ok(Connection::Tcp(tcp)) };
        let bare = self.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(io::Error::other)?;
        let client = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(client, tcp);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Connection::Tls(Box::new(stream)))
    }
}

impl Connection {
    fn write(&mut self, message: &str) -> io::Result<()> {
        let counted = || format!("{} {message}", message.len());
        match self {
            Connection::Udp(socket, to) => socket.send_to(message.as_bytes(), *to).map(|_| ()),
            Connection::Tcp(tcp) => tcp.write_all(counted().as_bytes()),
            Connection::Tls(tls) => tls.write_all(counted().as_bytes()).and_then(|()| tls.flush()),
        }
    }

    /// Whether the receiver has hung up, as far as can be told without waiting.
    fn is_closed(&self) -> bool {
        let tcp = match self {
            Connection::Udp(..) => return false,
            Connection::Tcp(tcp) => tcp,
            Connection::Tls(tls) => &tls.sock,
        };
        let peeked = tcp.set_nonblocking(true).and_then(|()| tcp.peek(&mut [0]));
        let back = tcp.set_nonblocking(false);
        match peeked {
            Ok(0) => true,
            Ok(_) => back.is_err(),
            Err(error) => error.kind() != io::ErrorKind::WouldBlock || back.is_err(),
        }
    }
}

/// One message.
pub(crate) fn message(alert: &Alert, host: &str) -> String {
    let severity = match alert.severity.as_str() {
        "critical" => 2,
        "high" => 3,
        "medium" => 4,
        _ => 5,
    };
    let mut text = format!(
        "<{}>1 {} {host} keysieve {} FINDING [{ELEMENT}",
        FACILITY * 8 + severity,
        rfc3339(alert.at),
        std::process::id()
    );
    let kind = match serde_json::to_value(alert.kind) {
        Ok(serde_json::Value::String(kind)) => kind,
        _ => String::new(),
    };
    let count = alert.count.to_string();
    let line = alert.line.to_string();
    let tags = alert.tags.join(",");
    let none = String::new();
    for (name, value) in [
        ("id", &alert.id),
        ("kind", &kind),
        ("count", &count),
        ("rule", &alert.rule),
        ("severity", &alert.severity),
        ("confidence", &alert.confidence),
        ("fp", &alert.fingerprint),
        ("action", &alert.action),
        ("source", &alert.source),
        ("line", &line),
        ("channel", alert.channel.as_ref().unwrap_or(&none)),
        ("principal", alert.principal.as_ref().unwrap_or(&none)),
        ("path", alert.path.as_ref().unwrap_or(&none)),
        ("tags", &tags),
    ] {
        // Writing to a string cannot fail.
        let _ = write!(text, " {name}=\"{}\"", parameter(value));
    }
    text.push_str("] ");
    text.push_str(&alert.sentence());
    text
}

/// A parameter's value: `"`, `\` and `]` are escaped.
fn parameter(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars().take(LONGEST) {
        if matches!(c, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
