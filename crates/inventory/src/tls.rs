//! How a connection to PostgreSQL is protected: by TLS whose certificate is checked, unless it does not leave the machine.
//!
//! `sslmode=disable` and `sslmode=verify-full` in the address say so, `require` means the same as `verify-full`: encryption
//! towards somebody unknown protects nothing. Without it a socket and the loopback addresses are plain, all others `verify-full`.
//! `sslrootcert=FILE` names a file of authorities in PEM to trust instead of the public ones.

use std::path::PathBuf;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// What the address says of TLS.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wishes {
    /// Whether there is to be TLS, if that is said.
    tls: Option<bool>,
    authorities: Option<PathBuf>,
}

/// Connects to the database that an address names. No error repeats the address: it may hold a password.
pub(crate) fn connect(address: &str) -> Result<Client, Error> {
    let (address, wishes) = wishes(address)?;
    let mut config: Config = address
        .parse()
        .map_err(|_| unfit("the address of the inventory is postgres://USER@HOST/DATABASE"))?;
    if wishes.tls.unwrap_or(!stays_here(&config)) {
        config.ssl_mode(SslMode::Require);
        Ok(config.connect(MakeRustlsConnect::new(client(wishes.authorities)?))?)
    } else {
        config.ssl_mode(SslMode::Disable);
        Ok(config.connect(NoTls)?)
    }
}

fn unfit(why: &str) -> Error {
    Error::Database(why.to_owned())
}

/// Takes out of an address what it says of TLS.
fn wishes(address: &str) -> Result<(String, Wishes), Error> {
    let Some((place, options)) = address.split_once('?') else {
        return Ok((address.to_owned(), Wishes::default()));
    };
    let mut wishes = Wishes::default();
    let mut others = Vec::new();
    for option in options.split('&') {
        match option.split_once('=') {
            Some(("sslmode", "disable")) => wishes.tls = Some(false),
            Some(("sslmode", "require" | "verify-full")) => wishes.tls = Some(true),
            Some(("sslmode", _)) => return Err(unfit("sslmode is disable or verify-full")),
            Some(("sslrootcert", file)) => wishes.authorities = Some(PathBuf::from(plain(file)?)),
            _ => others.push(option),
        }
    }
    let question = if others.is_empty() { "" } else { "?" };
    Ok((format!("{place}{question}{}", others.join("&")), wishes))
}

/// A part of an address without its percent signs.
fn plain(part: &str) -> Result<String, Error> {
    let broken = || unfit("a percent sign in the address stands before two digits");
    let mut bytes = Vec::new();
    let mut pieces = part.split('%');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or_else(broken)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| broken())?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

/// Whether no byte leaves the machine: all hosts are sockets or loopback addresses.
fn stays_here(config: &Config) -> bool {
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            let address = name.parse::<std::net::IpAddr>();
            address.map_or(name == "localhost", |address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn client(authorities: Option<PathBuf>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(file) => {
            let none = || unfit("sslrootcert holds no certificate in PEM");
            for certificate in CertificateDer::pem_file_iter(file).map_err(|_| none())? {
                roots.add(certificate.map_err(|_| none())?).map_err(|_| none())?;
            }
            if roots.is_empty() {
                return Err(none());
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|_| unfit("TLS cannot be set up"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests;
