//! The options of alerts, and of `keysieve alert`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::ConfigArgs;

pub(crate) const ALERT_HELP: &str = "\
Sinks: stdout, file:PATH, webhook:URL, slack:URL, teams:URL, pagerduty[:URL], otlp:URL, syslog+udp://HOST:PORT,
syslog+tcp://HOST:PORT, syslog+tls://HOST:PORT; or env:NAME, which takes one of these from a variable, so that the secret in
an address stands in no list of processes.

Variables: KEYSIEVE_WEBHOOK_SECRET signs what webhook sends (Standard Webhooks), KEYSIEVE_PAGERDUTY_KEY is the routing key,
OTEL_EXPORTER_OTLP_HEADERS are headers of otlp.";

#[derive(Debug, Args)]
#[command(next_help_heading = "Alerts")]
pub(crate) struct AlertArgs {
    /// Tell findings while they are found: stdout, file:PATH, webhook:URL, slack:URL, teams:URL, pagerduty, otlp:URL,
    /// syslog+udp://HOST:PORT, syslog+tcp://…, syslog+tls://…, or env:NAME for one of these from a variable; may be repeated
    #[arg(long, value_name = "SINK")]
    pub(crate) alert: Vec<String>,
    /// Keep what waits to be delivered in this folder, where it survives the process
    #[arg(long, value_name = "DIR")]
    pub(crate) alert_queue: Option<PathBuf>,
    /// Force the queue to the disk before the text goes on, so that it survives the loss of power too
    #[arg(long)]
    pub(crate) alert_sync: bool,
    /// How much may wait; what is beyond is counted
    #[arg(long, value_name = "MIB", default_value_t = 16)]
    pub(crate) alert_queue_size: u64,
    /// How long a credential that was told is only counted
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) alert_window: u64,
    /// How long the text may be held up altogether while the queue is full
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) alert_block: u64,
    /// How long the end of the run waits for delivery
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) alert_patience: u64,
    /// Let alerts go to private, loopback and link-local addresses, and over plain HTTP
    #[arg(long)]
    pub(crate) alert_allow_private: bool,
    /// Trust the authorities in this PEM file instead of the public ones
    #[arg(long, value_name = "FILE")]
    pub(crate) alert_ca: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// Send a test alert to every sink, and say whether it arrived
    #[command(after_long_help = ALERT_HELP)]
    Test(AlertOnlyArgs),
    /// Deliver what waits in a queue
    #[command(after_long_help = ALERT_HELP)]
    Send(AlertOnlyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AlertOnlyArgs {
    #[command(flatten)]
    pub(crate) alerts: AlertArgs,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}
