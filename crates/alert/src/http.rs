//! Alerts over HTTP: one request each, signed if there is a key, to public addresses only, never along a redirect.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::address::{Reach, refused};
use crate::sink::{Failure, Secrets, Unfit};

/// How long a request may take, from the name to the answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// An answer is read so far, so that the connection can be used again, and dropped.
const ANSWER: u64 = 64 * 1024;
/// The longest a receiver can make us wait.
const LONGEST_WAIT: u64 = 300;

/// An address that was checked as far as its text tells.
#[derive(Debug)]
pub(crate) struct Target {
    uri: Uri,
}

impl Target {
    pub(crate) fn parse(url: &str, reach: Reach) -> Result<Target, Unfit> {
        let unfit = |why: &str| Unfit(format!("the address of a sink {why}"));
        let uri: Uri = url.parse().map_err(|_| unfit("is no URL"))?;
        let host = uri.host().filter(|host| !host.is_empty());
        host.ok_or_else(|| unfit("names no host"))?;
        if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
            return Err(unfit("must not hold a password"));
        }
        match uri.scheme_str() {
            Some("https") => Ok(Target { uri }),
            Some("http") if reach == Reach::Anywhere => Ok(Target { uri }),
            _ => Err(unfit("must begin with https:// (http:// needs --alert-allow-private)")),
        }
    }
}

/// A way to post to one address.
#[derive(Debug)]
pub(crate) struct Http {
    agent: Agent,
    uri: Uri,
}

impl Http {
    pub(crate) fn new(target: Target, reach: Reach, secrets: &Secrets) -> Result<Http, Unfit> {
        let mut tls = TlsConfig::builder();
        if let Some(pem) = &secrets.authorities {
            tls = tls.root_certs(RootCerts::Specific(Arc::new(certificates(pem)?)));
        }
        let config = Config::builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // A proxy would resolve the name a second time, behind our back.
            .proxy(None)
            .user_agent(concat!("keysieve/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Guarded(reach));
        Ok(Http { agent, uri: target.uri })
    }

    pub(crate) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }

    /// Posts JSON, with more headers.
    pub(crate) fn post(&self, body: &[u8], headers: &[(String, String)]) -> Result<(), Failure> {
        let mut request = self.agent.post(&self.uri).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let mut answer = request.send(body).map_err(|error| unsent(&error))?;
        let wait =
            answer.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
        let status = answer.status().as_u16();
        let _ = answer.body_mut().with_config().limit(ANSWER).read_to_vec();
        let said = format!("answered {status}");
        match status {
            200..=299 => Ok(()),
            300..=399 => Err(Failure::Later(format!("{said}: redirects are not followed"), None)),
            400 | 413 | 415 | 422 => Err(Failure::Never(said)),
            _ => Err(Failure::Later(
                said,
                wait.map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST_WAIT))),
            )),
        }
    }

    /// Posts JSON after Standard Webhooks: id, time, and a signature over both and the body.
    pub(crate) fn signed(&self, id: &str, body: &[u8], key: Option<&[u8]>) -> Result<(), Failure> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let id = format!("msg_{id}");
        let mut headers = vec![
            ("webhook-id".to_owned(), id.clone()),
            ("webhook-timestamp".to_owned(), time.to_string()),
        ];
        if let Some(key) = key {
            headers.push(("webhook-signature".to_owned(), sign(key, &id, time, body)));
        }
        self.post(body, &headers)
    }
}

/// The signature of a message after Standard Webhooks 1.0: `v1,` and the base64 of HMAC-SHA256 over `id.time.body`.
///
/// ```
/// let signature = keysieve_alert::sign(b"key", "msg_1", 1_790_000_000, b"{}");
/// assert!(signature.starts_with("v1,") && signature.len() == 47);
/// ```
#[must_use]
pub fn sign(key: &[u8], id: &str, seconds: u64, body: &[u8]) -> String {
    // HMAC takes keys of every length, so that the error case does not occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A key that is shorter could be guessed, or was cut.
const SHORTEST_KEY: usize = 16;

/// The bytes of a key: what stands behind `whsec_` in base64, or the text itself.
pub(crate) fn key(text: &str) -> Result<Vec<u8>, Unfit> {
    let bytes = match text.strip_prefix("whsec_") {
        Some(coded) => STANDARD.decode(coded).or_else(|_| STANDARD_NO_PAD.decode(coded)).ok(),
        None => Some(text.as_bytes().to_vec()),
    };
    bytes.filter(|bytes| bytes.len() >= SHORTEST_KEY).ok_or_else(|| {
        let form = "whsec_ and at least 16 bytes in base64, or a text of at least 16 bytes";
        Unfit(format!("KEYSIEVE_WEBHOOK_SECRET is no secret: it must be {form}"))
    })
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, Unfit> {
    let certificates = crate::tls::certificates(pem)?;
    Ok(certificates.iter().map(|it| Certificate::from_der(it).to_owned()).collect())
}

/// Why a request was not answered; without the address, which libraries like to quote.
fn unsent(error: &ureq::Error) -> Failure {
    let words = match error {
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            refused().to_string()
        }
        ureq::Error::Io(error) => return Failure::from(io::Error::from(error.kind())),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "its name has no address".to_owned(),
        ureq::Error::ConnectionFailed => "cannot connect".to_owned(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "TLS was not agreed on".to_owned(),
        _ => "not sent".to_owned(),
    };
    Failure::Later(words, None)
}

/// Resolves once, and lets through what may be reached.
#[derive(Debug)]
struct Guarded(Reach);

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let addresses = self.0.resolve(host, uri.port_u16().unwrap_or(default))?;
        let mut resolved = self.empty();
        addresses.into_iter().take(16).for_each(|address| resolved.push(address));
        Ok(resolved)
    }
}
