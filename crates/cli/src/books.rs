//! The inventory that `--inventory` names, kept while a run goes on.
//!
//! A thread of its own writes, in portions, so that neither a slow disk nor another process that writes stops the text. If it
//! falls far behind, the run waits, up to [`PATIENCE`] altogether; what comes after that is not entered, counted, and told as a
//! fault.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keysieve::{FingerprintKey, Record};
use keysieve_inventory::{Error, Inventory, Key, Sighting, is_server};
use keysieve_report::{Trend, TrendDay, rfc3339};

use crate::failure::{Count, Failure};
use crate::reports;

/// Findings that may wait to be written.
const WAITING: usize = 64 * 1024;
/// Findings that are written at once, and how long the first of them waits for more.
const PORTION: usize = 32 * 1024;
const PAUSE: Duration = Duration::from_millis(50);
/// How long a run waits for the inventory altogether.
const PATIENCE: Duration = Duration::from_secs(5);
/// Days that a page shows.
const DAYS: u64 = 30;

/// The inventory's own key.
pub(crate) fn key(key: &FingerprintKey) -> Key {
    Key::new(key.derive("inventory log"))
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    (reports::context().now)()
}

/// An inventory's name in messages. The address of a server may hold a password: it is not shown.
pub(crate) fn name(path: &Path) -> String {
    match is_server(path) {
        true => "the inventory on the server".to_owned(),
        false => path.display().to_string(),
    }
}

/// What the inventory says went wrong with `path`.
pub(crate) fn fault(path: &Path, error: &Error) -> Failure {
    match error {
        Error::Io(error) => Failure::at(path, error),
        _ => Failure::Fault(format!("{}: {error}", name(path))),
    }
}

/// An inventory that is being written.
pub(crate) struct Books {
    path: std::path::PathBuf,
    sender: SyncSender<Sighting>,
    writer: JoinHandle<Result<u64, Error>>,
    /// Whose the text is.
    principal: Option<String>,
    waited: Duration,
    dropped: u64,
}

impl Books {
    /// Opens the inventory, or makes it. A key that is drawn for this run only is refused: nothing could be known again.
    pub(crate) fn open(
        path: &Path,
        key: Option<&FingerprintKey>,
        principal: Option<&str>,
    ) -> Result<Books, Failure> {
        let key = self::key(key.ok_or_else(|| needs_key(path))?);
        let inventory = Inventory::open(path, key, now()).map_err(|error| fault(path, &error))?;
        let (sender, receiver) = sync_channel(WAITING);
        let writer = std::thread::spawn(move || write(inventory, &receiver));
        Ok(Books {
            path: path.to_owned(),
            sender,
            writer,
            principal: principal.map(str::to_owned),
            waited: Duration::ZERO,
            dropped: 0,
        })
    }

    /// Takes a finding.
    pub(crate) fn take(&mut self, record: &Record) {
        let mut sighting = Sighting::from(record).seen_by(self.principal.as_deref());
        let begin = Instant::now();
        loop {
            match self.sender.try_send(sighting) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) if self.waited + begin.elapsed() < PATIENCE => {
                    sighting = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(_) => {
                    self.dropped += 1;
                    break;
                }
            }
        }
        self.waited += begin.elapsed();
    }

    /// Writes the rest.
    pub(crate) fn end(self) -> Result<(), Failure> {
        drop(self.sender);
        let written = match self.writer.join() {
            Ok(written) => written.map_err(|error| fault(&self.path, &error)),
            Err(_) => Err(Failure::Fault(format!("{}: not written", name(&self.path)))),
        };
        written?;
        if self.dropped > 0 {
            let message = format!(
                "{}: {} not entered, because writing was too slow",
                name(&self.path),
                Count(self.dropped, "finding")
            );
            return Err(Failure::Fault(message));
        }
        Ok(())
    }
}

pub(crate) fn needs_key(path: &Path) -> Failure {
    Failure::Fault(format!(
        "{}: the inventory needs a key of fingerprints that stays: set KEYSIEVE_KEY or --key-file",
        name(path)
    ))
}

/// Writes what comes, until nobody sends any more.
fn write(mut inventory: Inventory, receiver: &Receiver<Sighting>) -> Result<u64, Error> {
    let mut left_out = 0;
    let mut portion = Vec::new();
    while let Ok(first) = receiver.recv() {
        portion.push(first);
        let end = Instant::now() + PAUSE;
        while portion.len() < PORTION {
            match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(next) => portion.push(next),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        left_out += inventory.record(&portion, now())?;
        portion.clear();
    }
    Ok(left_out)
}

/// What a page tells of the past.
pub(crate) fn trend(inventory: &Inventory) -> Result<Trend, Error> {
    let now = now();
    let day = |day: &keysieve_inventory::Day| TrendDay {
        date: rfc3339(day.begin)[..10].to_owned(),
        new: day.new,
        open: day.open,
    };
    let days = inventory.trend(DAYS, now)?.iter().map(day).collect();
    Ok(Trend { days, statuses: inventory.statuses(now)?.0 })
}
