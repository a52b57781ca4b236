//! One large file on several threads.
//!
//! Stretches are read one after the other, by whoever takes the next one, and read ahead by all threads; this thread takes them up
//! in order ([`keysieve::Scanner::ahead`]). With nothing to take up, it reads ahead, too, or the next stretch itself. What waits is
//! bounded: no stretch is begun that is too far ahead. Helpers are threads that have no file of their own; they come as
//! they get free. With none, the file is read stretch by stretch, and nothing is read ahead.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use keysieve::{Ahead, Scanner, Scratch};

use crate::crew::Idle;
use crate::sources;

/// Bytes of a stretch, at most. A multiple of the lead that is read twice.
const STRETCH: usize = 1024 * 1024;

/// Some bytes of the file, and a few before them.
struct Stretch {
    /// Its place among all.
    number: usize,
    /// Offset of the first byte that is at hand.
    base: usize,
    bytes: Vec<u8>,
    /// How many of the bytes come before it.
    lead: usize,
}

impl Stretch {
    fn read_ahead(&self, scanner: &Scanner, scratch: &mut Scratch) -> Ahead {
        scanner.ahead(scratch, &self.bytes, self.base, self.base + self.lead)
    }

    fn own(&self) -> &[u8] {
        self.bytes.get(self.lead..).unwrap_or_default()
    }
}

/// Where stretches come from.
struct Source<'r> {
    reader: &'r mut (dyn Read + Send),
    /// Bytes of the last stretch, which are the lead of the next.
    lead: Vec<u8>,
    /// Bytes that were read and belong to the next.
    rest: Vec<u8>,
    /// Offset of `rest`.
    at: usize,
    /// Number of the next stretch.
    next: usize,
    /// Stretches that were taken up.
    taken: usize,
    ended: bool,
    failure: Option<io::Error>,
    done: BTreeMap<usize, (Stretch, Ahead)>,
    helpers: usize,
}

impl Source<'_> {
    /// The next stretch; none at the end, or if reading fails.
    fn stretch(&mut self) -> Option<Stretch> {
        if self.ended {
            return None;
        }
        let mut bytes = std::mem::take(&mut self.lead);
        let (lead, base) = (bytes.len(), self.at - bytes.len());
        bytes.reserve_exact(STRETCH.max(self.rest.len()));
        bytes.append(&mut self.rest);
        if let Err(error) = self.fill(&mut bytes, lead + STRETCH) {
            // What was read before is still told.
            self.failure = Some(error);
            self.ended = true;
        }
        if !self.ended {
            let cut = lead + Ahead::cut(bytes.get(lead..).unwrap_or_default());
            self.rest = bytes.split_off(cut);
        }
        if bytes.len() == lead {
            return None;
        }
        self.lead =
            bytes.get(bytes.len().saturating_sub(Ahead::LEAD)..).unwrap_or_default().to_vec();
        self.at = base + bytes.len();
        self.next += 1;
        Some(Stretch { number: self.next - 1, base, bytes, lead })
    }

    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        let mut got = bytes.len();
        bytes.resize(wanted.max(got), 0);
        while got < wanted && !self.ended {
            match sources::read(self.reader, bytes.get_mut(got..).unwrap_or_default()) {
                Ok(0) => self.ended = true,
                Ok(more) => got += more,
                Err(error) => {
                    bytes.truncate(got);
                    return Err(error);
                }
            }
        }
        bytes.truncate(got);
        Ok(())
    }
}

/// The stretches between the threads.
struct Desk<'r> {
    source: Mutex<Source<'r>>,
    changed: Condvar,
}

/// What a thread does next.
enum Task {
    /// Its turn has come, and it was read ahead.
    TakeUp(Stretch, Ahead),
    /// Its turn has come.
    Read(Stretch),
    ReadAhead(Stretch),
    Leave,
}

impl<'r> Desk<'r> {
    fn lock(&self) -> MutexGuard<'_, Source<'r>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task for a helper, or for the thread that takes up.
    fn task(&self, takes_up: bool) -> Task {
        let mut source = self.lock();
        loop {
            let turn = source.taken;
            if takes_up && let Some((stretch, ahead)) = source.done.remove(&turn) {
                return Task::TakeUp(stretch, ahead);
            }
            let own = takes_up && source.next == turn;
            if own || source.next < turn + 2 * (1 + source.helpers) {
                match source.stretch() {
                    Some(stretch) if own => return Task::Read(stretch),
                    Some(stretch) => return Task::ReadAhead(stretch),
                    None if own || !takes_up => return Task::Leave,
                    None => {}
                }
            }
            source = self.changed.wait(source).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, stretch: Stretch, ahead: Ahead) {
        self.lock().done.insert(stretch.number, (stretch, ahead));
        self.changed.notify_all();
    }

    fn taken(&self) {
        self.lock().taken += 1;
        self.changed.notify_all();
    }

    /// Nothing more is to be read: helpers leave.
    fn close(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }
}

/// Reads all of a file that begins with `head` and goes on in `reader`, and hands it to `take` in order, with what was read
/// ahead of it.
pub(crate) fn read(
    scanner: &Scanner,
    idle: &Idle,
    reader: &mut (dyn Read + Send),
    head: &[u8],
    mut take: impl FnMut(&[u8], Option<Ahead>) -> io::Result<()>,
) -> io::Result<()> {
    let source = Source {
        reader,
        lead: Vec::new(),
        rest: head.to_vec(),
        at: 0,
        next: 0,
        taken: 0,
        ended: false,
        failure: None,
        done: BTreeMap::new(),
        helpers: 0,
    };
    let desk = Desk { source: Mutex::new(source), changed: Condvar::new() };
    let outcome = std::thread::scope(|scope| {
        let mut scratch = Scratch::new();
        let outcome = loop {
            while idle.take() {
                desk.lock().helpers += 1;
                scope.spawn(|| help(&desk, scanner));
            }
            let told = match desk.task(true) {
                Task::TakeUp(stretch, ahead) => take(stretch.own(), Some(ahead)),
                Task::Read(stretch) => take(stretch.own(), None),
                Task::ReadAhead(stretch) => {
                    let ahead = stretch.read_ahead(scanner, &mut scratch);
                    desk.put(stretch, ahead);
                    continue;
                }
                Task::Leave => break Ok(()),
            };
            if told.is_err() {
                break told;
            }
            desk.taken();
        };
        desk.close();
        outcome
    });
    let source = desk.source.into_inner().unwrap_or_else(PoisonError::into_inner);
    idle.add(source.helpers);
    outcome.and(source.failure.map_or(Ok(()), Err))
}

fn help(desk: &Desk<'_>, scanner: &Scanner) {
    let mut scratch = Scratch::new();
    while let Task::ReadAhead(stretch) = desk.task(false) {
        let ahead = stretch.read_ahead(scanner, &mut scratch);
        desk.put(stretch, ahead);
    }
}
