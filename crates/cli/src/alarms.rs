//! The alerts that `--alert` asks for, and `keysieve alert`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keysieve::Record;
use keysieve_alert::{Alerts, Full, Outcome, Reach, Secrets, Settings, Sink};

use crate::args::{AlertArgs, AlertCommand, PlaceArgs};
use crate::failure::{CLEAN, Count, FAULT, Failure};
use crate::interrupt;
use crate::talk::{self, Voice};

/// The alerts of a run.
pub(crate) struct Alarms {
    alerts: Alerts,
    voice: Voice,
    /// Whether there is a queue on disk.
    queued: bool,
    /// Whether it was said that the queue cannot be written.
    said: AtomicBool,
}

impl Alarms {
    /// Opens the sinks and the queue, if any were asked for. `stdout` is refused where standard output carries `other` things.
    pub(crate) fn start(
        args: &AlertArgs,
        place: Option<&PlaceArgs>,
        other: Option<&str>,
        voice: Voice,
    ) -> Result<Option<Alarms>, Failure> {
        if args.alert.is_empty() {
            return match &args.alert_queue {
                Some(_) => Err(Failure::Fault("--alert-queue needs --alert SINK".to_owned())),
                None => Ok(None),
            };
        }
        if args.alert_sync && args.alert_queue.is_none() {
            return Err(Failure::Fault("--alert-sync needs --alert-queue DIR".to_owned()));
        }
        let sinks = sinks(args)?;
        if let Some(other) = other.filter(|_| sinks.iter().any(Sink::is_stdout)) {
            let message = format!("--alert stdout: standard output carries {other}");
            return Err(Failure::Fault(message));
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random)
            .map_err(|error| Failure::Fault(format!("no random numbers: {error}")))?;
        let alerts = Alerts::start(sinks, settings(args, place), random);
        let alerts = alerts.map_err(|error| match &args.alert_queue {
            Some(folder) => Failure::at(folder, &error),
            None => Failure::Fault(format!("alerts cannot be started: {error}")),
        })?;
        if args.alert_queue.is_none() {
            let pending = alerts.pending();
            interrupt::last_words(move || match pending.count() {
                0 => None,
                n => Some(format!("{} not delivered; --alert-queue keeps them", Count(n, "alert"))),
            });
        }
        let queued = args.alert_queue.is_some();
        Ok(Some(Alarms { alerts, voice, queued, said: AtomicBool::new(false) }))
    }

    /// Takes a finding.
    pub(crate) fn raise(&self, record: &Record) {
        self.alerts.raise(record);
    }

    /// Makes what was taken durable. Only then may it be shown that it was found.
    pub(crate) fn commit(&self) {
        if let Err(message) = self.alerts.commit()
            && !self.said.swap(true, Ordering::Relaxed)
        {
            self.voice.error(&message);
        }
    }

    /// Delivers the rest, and says what came of it.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let outcome = self.alerts.end();
        say(&outcome, self.queued, self.voice);
        match outcome.waiting > outcome.kept || outcome.refused > 0 || self.said.into_inner() {
            true => Err(Failure::Fault("not every alert was delivered".to_owned())),
            false => Ok(()),
        }
    }
}

fn say(outcome: &Outcome, queued: bool, voice: Voice) {
    let trouble = outcome.waiting > 0 || outcome.refused > 0;
    for fault in &outcome.faults {
        match trouble {
            true => voice.error(fault),
            false => voice.note(fault),
        }
    }
    if outcome.damaged > 0 {
        voice.error(&format!(
            "{} of the alert queue did not hold or are missing, and were left out",
            Count(outcome.damaged, "line")
        ));
    }
    if outcome.taken_over > 0 {
        voice.note(&format!(
            "{} taken over from an earlier run",
            Count(outcome.taken_over, "alert")
        ));
    }
    if outcome.dropped > 0 {
        voice.error(&format!(
            "{} had no room in the alert queue; their number was told",
            Count(outcome.dropped, "finding")
        ));
    }
    let lost = Count(outcome.waiting.saturating_sub(outcome.kept), "alert");
    match (lost.0, queued) {
        (0, _) => {}
        (_, false) => voice.error(&format!("{lost} not delivered; --alert-queue keeps them")),
        (_, true) => voice.error(&format!("{lost} not delivered, and not in the queue either")),
    }
    if outcome.kept > 0 {
        voice.error(&format!("{} waiting in the queue", Count(outcome.kept, "alert")));
    }
    voice.note(&format!("{} delivered", Count(outcome.delivered, "alert")));
}

fn sinks(args: &AlertArgs) -> Result<Vec<Sink>, Failure> {
    let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let authorities = match &args.alert_ca {
        Some(path) => Some(std::fs::read(path).map_err(|error| Failure::at(path, &error))?),
        None => None,
    };
    let mut secrets = Secrets::default();
    // One that is set and empty is a fault, not a wish for no signature.
    secrets.webhook = std::env::var_os("KEYSIEVE_WEBHOOK_SECRET")
        .map(|secret| secret.into_string().unwrap_or_default());
    secrets.pagerduty = var("KEYSIEVE_PAGERDUTY_KEY");
    secrets.otlp = headers(&var("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default());
    secrets.authorities = authorities;
    let reach = if args.alert_allow_private { Reach::Anywhere } else { Reach::Public };
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let sink = |(typed, n): (&String, usize)| {
        let fault =
            |what: &dyn std::fmt::Display| Failure::Fault(format!("--alert number {n}: {what}"));
        let text = match typed.strip_prefix("env:") {
            Some(name) => var(name).ok_or_else(|| fault(&"the variable is not set"))?,
            None => typed.clone(),
        };
        Sink::parse(&text, &secrets, reach, host.trim()).map_err(|error| fault(&error))
    };
    args.alert.iter().zip(1..).map(sink).collect()
}

/// `name=value,name=value`, as OpenTelemetry writes headers in variables.
fn headers(text: &str) -> Vec<(String, String)> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// A time that was typed; a year is as good as for ever, and clocks can still add it.
fn seconds(typed: u64) -> Duration {
    Duration::from_secs(typed.min(365 * 24 * 60 * 60))
}

fn settings(args: &AlertArgs, place: Option<&PlaceArgs>) -> Settings {
    let mut settings = Settings::default();
    settings.window = seconds(args.alert_window);
    settings.queue.clone_from(&args.alert_queue);
    let mib = usize::try_from(args.alert_queue_size).unwrap_or(usize::MAX);
    settings.queue_bytes = mib.saturating_mul(1024 * 1024);
    settings.patience = seconds(args.alert_patience);
    settings.full = match args.alert_block {
        0 => Full::Drop,
        most => Full::Wait(seconds(most)),
    };
    settings.principal = place.and_then(|place| place.principal.as_deref()).map(talk::redacted);
    settings.sync = args.alert_sync;
    settings
}

/// `keysieve alert`.
pub(crate) fn run(command: &AlertCommand, voice: Voice) -> Result<u8, Failure> {
    let (args, test) = match command {
        AlertCommand::Test(args) => (&args.alerts, true),
        AlertCommand::Send(args) => (&args.alerts, false),
    };
    let none = || Failure::Fault("no sink: name one with --alert".to_owned());
    // What was left is sent: a folder that is not there was mistyped, and is not made.
    if let (false, Some(folder)) = (test, &args.alert_queue) {
        std::fs::read_dir(folder).map_err(|error| Failure::at(folder, &error))?;
    }
    let alarms = Alarms::start(args, None, None, voice)?.ok_or_else(none)?;
    if test {
        alarms.alerts.test();
    }
    let queued = alarms.queued;
    let outcome = alarms.alerts.end();
    say(&outcome, queued, voice);
    let arrived = outcome.waiting == 0 && outcome.refused == 0 && outcome.damaged == 0;
    Ok(if arrived { CLEAN } else { FAULT })
}
