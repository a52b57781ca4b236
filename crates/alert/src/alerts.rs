//! The front: what the data path calls.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use keysieve::Record;

use crate::alert::{Alert, Kind, mixed};
use crate::courier::{self, Shared};
use crate::forced::Forced;
use crate::queue::Queue;
use crate::sink::Sink;
use crate::window::{Taken, Windows};

/// Messages that are kept for the caller; equal ones once.
const MAX_FAULTS: usize = 20;

/// What happens when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The text goes on; what has no room is counted, and the count is told when there is room.
    Drop,
    /// The text waits for room, up to this long in the whole run; then as above.
    Wait(Duration),
}

/// How alerts are told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How long a credential that was told is only counted. Default: a minute.
    pub window: Duration,
    /// The folder of the queue; without one, what waits dies with the process.
    pub queue: Option<PathBuf>,
    /// How many bytes may wait. Default: 16 MiB.
    pub queue_bytes: usize,
    /// What happens when they do.
    pub full: Full,
    /// How long the end of a run waits for delivery. Default: 10 seconds.
    pub patience: Duration,
    /// Whether the queue is forced to the disk before the text goes on, so that it survives the loss of power too.
    pub sync: bool,
    /// Whose the text is.
    pub principal: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            window: Duration::from_secs(60),
            queue: None,
            queue_bytes: 16 * 1024 * 1024,
            full: Full::Drop,
            patience: Duration::from_secs(10),
            sync: false,
            principal: None,
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Findings that were raised.
    pub findings: u64,
    /// Alerts that arrived, at each sink.
    pub delivered: u64,
    /// Alerts that still wait, at all sinks together.
    pub waiting: u64,
    /// How many of these are on disk, for a later run.
    pub kept: u64,
    /// Findings whose alerts had no room. They are told as a number.
    pub dropped: u64,
    /// Alerts that a sink will never take.
    pub refused: u64,
    /// Lines of queues that did not hold or are missing.
    pub damaged: u64,
    /// Alerts taken over from processes that died.
    pub taken_over: u64,
    /// What went wrong, each once.
    pub faults: Vec<String>,
}

/// What the couriers and the data path share, under one lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) queue: Queue,
    windows: Windows,
    run: String,
    /// When everything has to end, once nothing more comes.
    pub(crate) closing: Option<Instant>,
    /// Findings without room that were not told yet.
    untold: u64,
    /// How long the text may still be held up.
    patience: Duration,
    counted: bool,
    findings: u64,
    dropped: u64,
    pub(crate) delivered: u64,
    pub(crate) refused: u64,
    faults: Vec<String>,
}

impl State {
    pub(crate) fn is_over(&self) -> bool {
        self.closing.is_some_and(|end| Instant::now() >= end)
    }

    pub(crate) fn fault(&mut self, message: String) {
        if self.faults.len() < MAX_FAULTS && !self.faults.contains(&message) {
            self.faults.push(message);
        }
    }

    pub(crate) fn sent(&mut self, sink: &str, place: u64) {
        self.queue.sent(sink, place);
        self.tell_dropped();
        self.save();
    }

    /// Tells what is due.
    pub(crate) fn tick(&mut self) {
        let ended = self.windows.ended(now());
        if !ended.is_empty() {
            ended.into_iter().for_each(|alert| self.push(alert));
            self.save();
        }
    }

    fn push(&mut self, alert: Alert) {
        if let Err(alert) = self.queue.push(alert) {
            self.dropped += alert.count;
            self.untold += alert.count;
        }
    }

    fn tell_dropped(&mut self) {
        if self.untold > 0 && self.queue.has_room() {
            self.push_dropped();
        }
    }

    fn push_dropped(&mut self) {
        let title = "Findings without room in the alert queue";
        let count = std::mem::take(&mut self.untold);
        let alert = Alert::summed(Kind::Dropped, "", title, count, &self.run, now());
        self.queue.push_anyway(alert);
    }

    /// Alerts that still wait, at all sinks together.
    fn left(&self, sinks: &[String]) -> u64 {
        sinks.iter().map(|sink| self.queue.left(sink).0).sum()
    }

    fn save(&mut self) {
        if let Err(error) = self.queue.write() {
            self.fault(unsaved(&error));
        }
    }
}

fn unsaved(error: &io::Error) -> String {
    format!("the alert queue cannot be written, what waits is in memory only: {}", words(error))
}

fn unforced(error: &io::Error) -> String {
    format!("the alert queue cannot be forced to the disk, it may not survive: {}", words(error))
}

fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_lowercase())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// How long the end of a run looks away while couriers are at work.
const GLANCE: Duration = Duration::from_millis(1);
/// What is written to a file when time is up may still be finished.
const GRACE: Duration = Duration::from_millis(100);

/// What of a run is not delivered yet, for a caller that is interrupted.
#[derive(Debug)]
pub struct Pending {
    shared: Weak<Shared>,
    sinks: Vec<String>,
}

impl Pending {
    /// How many alerts were raised and not delivered, at all sinks together; 0 after the end of the run.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.shared.upgrade().map_or(0, |shared| shared.lock().left(&self.sinks))
    }
}

/// The alerts of one run.
#[derive(Debug)]
pub struct Alerts {
    shared: Arc<Shared>,
    couriers: Vec<JoinHandle<()>>,
    sinks: Vec<String>,
    settings: Settings,
    /// Shared with the queue, and locked apart from it: alerts are raised and delivered while the disk is waited for.
    forced: Option<Arc<Forced>>,
}

impl Alerts {
    /// Opens the queue, takes over what others left in its folder, and begins to deliver.
    ///
    /// `random` tells runs apart; no two may share it.
    ///
    /// # Errors
    /// If the folder of the queue cannot be used, or no thread can be started.
    pub fn start(sinks: Vec<Sink>, settings: Settings, random: [u8; 8]) -> io::Result<Alerts> {
        let run: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let run = mixed(&["run", &run]);
        let ids: Vec<String> = sinks.iter().map(|sink| sink.id.clone()).collect();
        let mut queue =
            Queue::open(settings.queue.as_deref(), &ids, settings.queue_bytes, &run[..16])?;
        let forced = settings.sync.then(|| queue.force());
        let patience = match settings.full {
            Full::Drop => Duration::ZERO,
            Full::Wait(most) => most,
        };
        let length = u64::try_from(settings.window.as_millis()).unwrap_or(u64::MAX);
        let shared = Arc::new(Shared::new(State {
            queue,
            windows: Windows::new(&run, length).of(settings.principal.clone()),
            run,
            closing: None,
            untold: 0,
            patience,
            counted: false,
            findings: 0,
            dropped: 0,
            delivered: 0,
            refused: 0,
            faults: Vec::new(),
        }));
        let mut couriers = Vec::new();
        for sink in sinks {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name("alert".to_owned());
            couriers.push(thread.spawn(move || courier::deliver(&shared, sink))?);
        }
        Ok(Alerts { shared, couriers, sinks: ids, settings, forced })
    }

    /// What tells how much is not delivered yet.
    #[must_use]
    pub fn pending(&self) -> Pending {
        Pending { shared: Arc::downgrade(&self.shared), sinks: self.sinks.clone() }
    }

    /// Takes a finding. It is durable after the next [`Alerts::commit`].
    pub fn raise(&self, record: &Record) {
        let mut state = self.shared.lock();
        state.findings += 1;
        match state.windows.take(record, now()) {
            Taken::Counted => state.counted = true,
            Taken::Told(alert) => {
                let begin = Instant::now();
                let patience = state.patience;
                while !state.queue.has_room() && begin.elapsed() < patience {
                    let left = patience.saturating_sub(begin.elapsed());
                    state = self.shared.nap(state, left.min(Duration::from_millis(50)));
                }
                state.patience = state.patience.saturating_sub(begin.elapsed());
                state.push(*alert);
            }
        }
    }

    /// Writes what was raised to the queue. Only then may the text go on that tells its writer that it was taken.
    ///
    /// # Errors
    /// If it cannot be written; it is in memory, and delivered unless the process dies.
    pub fn commit(&self) -> Result<(), String> {
        let mut state = self.shared.lock();
        if std::mem::take(&mut state.counted) {
            let changed = state.windows.changed();
            changed.into_iter().for_each(|alert| state.queue.count(alert));
        }
        // The control: a build that goes on before it has written must be caught by the test that kills it.
        let written =
            if cfg!(feature = "acknowledge-first") { Ok(()) } else { state.queue.write() };
        drop(state);
        self.shared.changed.notify_all();
        written.map_err(|error| unsaved(&error))?;
        self.forced.as_ref().map_or(Ok(()), |it| it.force()).map_err(|error| unforced(&error))
    }

    /// Tells that alerts arrive here.
    pub fn test(&self) {
        let mut state = self.shared.lock();
        let run = state.run.clone();
        state.queue.push_anyway(Alert::summed(Kind::Test, "", "Alert test", 0, &run, now()));
        state.save();
    }

    /// Ends all windows, waits for delivery as long as the settings say, and tells what came of it. A receiver that has not answered
    /// by then is left behind: its alerts are taken as not delivered.
    #[must_use]
    pub fn end(self) -> Outcome {
        let mut state = self.shared.lock();
        let ended = state.windows.end();
        ended.into_iter().for_each(|alert| state.push(alert));
        if state.untold > 0 {
            state.push_dropped();
        }
        state.save();
        let end = Instant::now() + self.settings.patience;
        state.closing = Some(end);
        drop(state);
        self.shared.changed.notify_all();
        // A courier that died delivered nothing more; what it had waits.
        while !self.couriers.iter().all(JoinHandle::is_finished) && Instant::now() < end + GRACE {
            std::thread::sleep(GLANCE);
        }
        let mut state = self.shared.lock();
        let left = self.sinks.iter().map(|sink| state.queue.left(sink));
        let (waiting, kept) = left.fold((0, 0), |(all, on), (left, kept)| (all + left, on + kept));
        let outcome = Outcome {
            findings: state.findings,
            delivered: state.delivered,
            waiting,
            kept,
            dropped: state.dropped,
            refused: state.refused,
            damaged: state.queue.damaged,
            taken_over: state.queue.taken_over,
            faults: std::mem::take(&mut state.faults),
        };
        // Who was left behind finds a queue of its own, and the files of ours stay as they are.
        if let Ok(none) = Queue::open(None, &[], 0, "") {
            std::mem::replace(&mut state.queue, none).close();
        }
        outcome
    }
}
