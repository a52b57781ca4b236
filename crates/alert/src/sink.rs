//! Where alerts go: what was typed becomes a sink, and a sink sends.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::address::Reach;
use crate::alert::Alert;
use crate::http::{Http, Target};
use crate::syslog::{Syslog, Transport};
use crate::{chat, otlp, pager};

/// What is needed to be let in. Not in addresses, where lists of processes would show it.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Secrets {
    /// Signs what the generic webhook sends: `whsec_` and base64, or any text; at least 16 bytes.
    pub webhook: Option<String>,
    /// PagerDuty's routing key.
    pub pagerduty: Option<String>,
    /// Headers of OTLP, such as `authorization`.
    pub otlp: Vec<(String, String)>,
    /// Certificates of authorities in PEM, instead of the public ones.
    pub authorities: Option<Vec<u8>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

/// Why a sink cannot be made from what was typed. The text is not repeated: an address may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(pub(crate) String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// A place that gets alerts.
#[derive(Debug)]
pub struct Sink {
    pub(crate) id: String,
    name: String,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Stdout,
    File(PathBuf, Option<File>),
    Webhook(Http, Option<Vec<u8>>),
    Slack(Http),
    Teams(Http),
    Pagerduty(Http, String),
    Otlp(Http, Vec<(String, String)>),
    Syslog(Box<Syslog>),
}

/// Why an alert did not arrive.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It may arrive later; not before this time, if one is told.
    Later(String, Option<Duration>),
    /// It will never be taken.
    Never(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        let text = error.to_string();
        let words =
            text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_lowercase());
        Failure::Later(words, None)
    }
}

/// PagerDuty's own address.
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

impl Sink {
    /// A sink from its description: `stdout`, `file:PATH`, `webhook:URL`, `slack:URL`, `teams:URL`, `pagerduty`, `otlp:URL`,
    /// `syslog+udp://HOST:PORT`, `syslog+tcp://…`, `syslog+tls://…`.
    ///
    /// # Errors
    /// If it is none of them, lacks something, or the secret that signs is none.
    pub fn parse(text: &str, secrets: &Secrets, reach: Reach, host: &str) -> Result<Sink, Unfit> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let http = |url: &str| Target::parse(url, reach).and_then(|t| Http::new(t, reach, secrets));
        let way = match kind {
            "stdout" => Way::Stdout,
            "file" if !rest.is_empty() => Way::File(PathBuf::from(rest), None),
            "webhook" => {
                let key = secrets.webhook.as_deref().map(crate::http::key).transpose()?;
                Way::Webhook(http(rest)?, key)
            }
            "slack" => Way::Slack(http(rest)?),
            "teams" => Way::Teams(http(rest)?),
            "pagerduty" => {
                let missing = || Unfit("pagerduty needs its routing key".to_owned());
                let key = secrets.pagerduty.clone().ok_or_else(missing)?;
                Way::Pagerduty(http(if rest.is_empty() { PAGERDUTY } else { rest })?, key)
            }
            "otlp" => Way::Otlp(http(&otlp::address(rest))?, secrets.otlp.clone()),
            "syslog+udp" | "syslog+tcp" | "syslog+tls" => {
                let transport = match kind {
                    "syslog+udp" => Transport::Udp,
                    "syslog+tcp" => Transport::Tcp,
                    _ => Transport::Tls,
                };
                Way::Syslog(Box::new(Syslog::new(transport, rest, reach, secrets, host)?))
            }
            _ => {
                let known = "stdout, file:PATH, webhook:URL, slack:URL, teams:URL, pagerduty, otlp:URL, syslog+udp://HOST:PORT, syslog+tcp://, syslog+tls://";
                return Err(Unfit(format!("no such sink; there are {known}")));
            }
        };
        let place = match &way {
            Way::Stdout | Way::File(..) => String::new(),
            Way::Webhook(http, _) | Way::Slack(http) | Way::Teams(http) => {
                format!(" at {}", http.host())
            }
            Way::Pagerduty(http, _) | Way::Otlp(http, _) => format!(" at {}", http.host()),
            Way::Syslog(syslog) => format!(" at {}", syslog.host()),
        };
        let id = crate::alert::mixed(&["sink", text])[..12].to_owned();
        Ok(Sink { id, name: format!("{kind}{place}"), way })
    }

    /// Its kind and host, for messages. Never a path: that may be the secret of a webhook.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it writes to standard output.
    #[must_use]
    pub fn is_stdout(&self) -> bool {
        matches!(self.way, Way::Stdout)
    }

    /// How many alerts one message may hold.
    pub(crate) fn batch(&self) -> usize {
        match self.way {
            Way::Webhook(..) | Way::Pagerduty(..) => 1,
            Way::Slack(_) | Way::Teams(_) => chat::MOST,
            Way::Stdout | Way::File(..) | Way::Otlp(..) | Way::Syslog(_) => 200,
        }
    }

    /// Sends alerts, all of them or none, as far as can be told.
    pub(crate) fn send(&mut self, alerts: &[&Alert]) -> Result<(), Failure> {
        let Some(first) = alerts.first() else { return Ok(()) };
        match &mut self.way {
            Way::Stdout => Ok(io::stdout().write_all(&lines(alerts))?),
            Way::File(path, file) => {
                let file = match file {
                    Some(file) => file,
                    None => file.insert(open(path)?),
                };
                Ok(file.write_all(&lines(alerts))?)
            }
            Way::Webhook(http, key) => http.signed(&first.id, &json(first), key.as_deref()),
            Way::Slack(http) => http.post(&chat::slack(alerts), &[]),
            Way::Teams(http) => http.post(&chat::teams(alerts), &[]),
            Way::Pagerduty(http, key) => http.post(&pager::event(first, key), &[]),
            Way::Otlp(http, headers) => http.post(&otlp::logs(alerts), headers),
            Way::Syslog(syslog) => Ok(syslog.send(alerts)?),
        }
    }
}

fn json(alert: &Alert) -> Vec<u8> {
    // An alert is made of strings and numbers: it can always be written.
    serde_json::to_vec(alert).unwrap_or_default()
}

fn lines(alerts: &[&Alert]) -> Vec<u8> {
    alerts.iter().flat_map(|alert| [json(alert), b"\n".to_vec()].concat()).collect()
}

fn open(path: &PathBuf) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
