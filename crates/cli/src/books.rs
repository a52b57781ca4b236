//! The inventory that `--inventory` names, kept while a run goes on.
//!
//! A thread of its own opens it and writes, in portions, so that neither a slow disk nor another process that writes stops the
//! text. If it cannot open it or falls far behind, the run waits, up to [`PATIENCE`] altogether; what comes after that is not
//! entered, counted, and told as a fault.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::time::{Duration, Instant};

use keysieve::{FingerprintKey, Record};
use keysieve_inventory::{Error, Inventory, Key, Sighting, is_server};
use keysieve_report::{Trend, TrendDay, rfc3339};

use crate::failure::{Count, Failure, reason};
use crate::reports;
use crate::talk;

/// Findings that may wait to be written.
const WAITING: usize = 64 * 1024;
/// Findings that are written at once, and how long the first of them waits for more.
const PORTION: usize = 32 * 1024;
const PAUSE: Duration = Duration::from_millis(50);
/// How long a run waits for the inventory altogether.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of a run waits for the last portion, if it has no patience left.
const LAST: Duration = Duration::from_millis(500);
/// Days that a page shows.
const DAYS: u64 = 30;

/// The inventory's own key.
pub(crate) fn key(key: &FingerprintKey) -> Key {
    Key::new(key.derive("inventory log"))
}

/// The inventory that was typed, or else the one that the environment names.
pub(crate) fn named(typed: Option<&Path>) -> Option<PathBuf> {
    let named = || std::env::var_os("KEYSIEVE_INVENTORY").filter(|name| !name.is_empty());
    typed.map(Path::to_owned).or_else(|| named().map(PathBuf::from))
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

/// What the thread that writes tells.
enum Told {
    Opened,
    /// So many findings were dealt with.
    Entered(u64),
    Ended(Result<(), Error>),
}

/// An inventory that is being written.
pub(crate) struct Books {
    path: std::path::PathBuf,
    sender: SyncSender<Sighting>,
    told: Receiver<Told>,
    /// Whose the text is.
    principal: Option<String>,
    waited: Duration,
    /// Findings handed to the thread that writes.
    taken: u64,
    dropped: u64,
}

impl Books {
    /// Opens the inventory, or makes it. A key that is drawn for this run only is refused: nothing could be known again. If
    /// another process holds it, the run goes on after [`PATIENCE`], and it is opened when it is free.
    pub(crate) fn open(
        path: &Path,
        key: Option<&FingerprintKey>,
        principal: Option<&str>,
    ) -> Result<Books, Failure> {
        let key = self::key(key.ok_or_else(|| needs_key(path))?);
        let begin = Instant::now();
        let (sender, receiver) = sync_channel(WAITING);
        let (teller, told) = channel();
        let place = path.to_owned();
        std::thread::spawn(move || {
            let ended = write(&place, &key, &receiver, &teller);
            // Nobody may be listening any more.
            let _ = teller.send(Told::Ended(ended));
        });
        if let Ok(Told::Ended(Err(error))) = told.recv_timeout(PATIENCE) {
            return Err(fault(path, &error));
        }
        Ok(Books {
            path: path.to_owned(),
            sender,
            told,
            principal: principal.map(talk::redacted),
            waited: begin.elapsed(),
            taken: 0,
            dropped: 0,
        })
    }

    /// Takes a finding.
    pub(crate) fn take(&mut self, record: &Record) {
        let mut sighting = Sighting::from(record).seen_by(self.principal.as_deref());
        let begin = Instant::now();
        loop {
            match self.sender.try_send(sighting) {
                Ok(()) => {
                    self.taken += 1;
                    break;
                }
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

    /// Writes the rest, as long as it goes forward.
    pub(crate) fn end(self) -> Result<(), Failure> {
        drop(self.sender);
        let patience = PATIENCE.saturating_sub(self.waited).max(LAST);
        let mut entered = 0;
        let why = loop {
            match self.told.recv_timeout(patience) {
                Ok(Told::Opened) => {}
                Ok(Told::Entered(more)) => entered += more,
                Ok(Told::Ended(Ok(()))) | Err(RecvTimeoutError::Timeout) => {
                    break "another process holds it, or writing was too slow".to_owned();
                }
                Ok(Told::Ended(Err(Error::Io(error)))) => break reason(&error),
                Ok(Told::Ended(Err(error))) => break error.to_string(),
                Err(RecvTimeoutError::Disconnected) => break "not written".to_owned(),
            }
        };
        match (self.taken + self.dropped).saturating_sub(entered) {
            0 => Ok(()),
            lost => Err(Failure::Fault(format!(
                "{}: {} not entered: {why}",
                name(&self.path),
                Count(lost, "finding")
            ))),
        }
    }
}

pub(crate) fn needs_key(path: &Path) -> Failure {
    Failure::Fault(format!(
        "{}: the inventory needs a key of fingerprints that stays: set KEYSIEVE_KEY or --key-file",
        name(path)
    ))
}

/// Opens the inventory and writes what comes, until nobody sends any more.
fn write(
    path: &Path,
    key: &Key,
    receiver: &Receiver<Sighting>,
    teller: &Sender<Told>,
) -> Result<(), Error> {
    let mut inventory = patiently(|| Inventory::open(path, key.clone(), now()))?;
    let _ = teller.send(Told::Opened);
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
        patiently(|| inventory.record(&portion, now()))?;
        let _ = teller.send(Told::Entered(portion.len() as u64));
        portion.clear();
    }
    Ok(())
}

/// Tries again while another process holds the inventory. The run does not wait for it: its end is the end of this too.
fn patiently<T>(mut work: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    loop {
        match work() {
            Err(Error::Busy) => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
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
