//! Many sources on many threads, results in order.
//!
//! Each thread takes the next source, in order, and hands its results to the [`Turn`], which writes them out when all
//! sources before it are done. What waits is bounded: a thread with too much in hand waits for its turn. The thread
//! whose turn it is never waits, so that there is always progress.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::failure::Failure;
use crate::sources::Source;

#[cfg(test)]
mod tests;

/// Results of one source that may wait in its thread's hands, and of all that may wait for their turn.
const IN_HAND: usize = 4096;
const WAITING: usize = 64 * 1024;

/// Results in the order of their sources, whatever thread they come from.
pub(crate) struct Turn<'a, T> {
    inner: Mutex<Inner<'a, T>>,
    changed: Condvar,
}

struct Inner<'a, T> {
    next: usize,
    done: BTreeMap<usize, Vec<T>>,
    waiting: usize,
    write: Box<dyn FnMut(Vec<T>) -> Result<(), Failure> + Send + 'a>,
    failure: Option<Failure>,
}

impl<'a, T> Turn<'a, T> {
    pub(crate) fn new(write: impl FnMut(Vec<T>) -> Result<(), Failure> + Send + 'a) -> Self {
        let inner = Inner {
            next: 0,
            done: BTreeMap::new(),
            waiting: 0,
            write: Box::new(write),
            failure: None,
        };
        Turn { inner: Mutex::new(inner), changed: Condvar::new() }
    }

    /// Whether writing has failed, so that further work is in vain.
    fn failed(&self) -> bool {
        self.lock().failure.is_some()
    }

    /// Writes a part of the results of source `index` as soon as its turn has come.
    fn part(&self, index: usize, results: Vec<T>) {
        let mut inner = self.wait(index);
        inner.write(results);
    }

    /// The last results of source `index`.
    fn done(&self, index: usize, results: Vec<T>) {
        let mut inner = self.lock();
        if inner.waiting + results.len() > WAITING && inner.next != index {
            drop(inner);
            inner = self.wait(index);
        }
        inner.waiting += results.len();
        inner.done.insert(index, results);
        while let Some(results) = {
            let next = inner.next;
            inner.done.remove(&next)
        } {
            inner.next += 1;
            inner.waiting -= results.len();
            inner.write(results);
        }
        drop(inner);
        self.changed.notify_all();
    }

    fn wait(&self, index: usize) -> MutexGuard<'_, Inner<'a, T>> {
        self.changed
            .wait_while(self.lock(), |inner| inner.next != index && inner.failure.is_none())
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Inner<'a, T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first failure of writing, if there was one.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        inner.failure.map_or(Ok(()), Err)
    }
}

impl<T> Inner<'_, T> {
    fn write(&mut self, results: Vec<T>) {
        if self.failure.is_none()
            && !results.is_empty()
            && let Err(failure) = (self.write)(results)
        {
            self.failure = Some(failure);
        }
    }
}

/// Threads that have nothing to do, for whoever has a large file.
#[derive(Debug, Default)]
pub(crate) struct Idle(AtomicUsize);

impl Idle {
    /// All but one of so many threads; 0 means one for each core.
    pub(crate) fn but_one(threads: usize) -> Idle {
        Idle(AtomicUsize::new(of_machine(threads) - 1))
    }

    /// Takes one of them, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |idle| idle.checked_sub(1))
            .is_ok()
    }

    pub(crate) fn add(&self, threads: usize) {
        self.0.fetch_add(threads, Ordering::Relaxed);
    }
}

/// The results of one source on their way to the [`Turn`].
pub(crate) struct Hand<'t, 'a, T> {
    turn: &'t Turn<'a, T>,
    index: usize,
    results: Vec<T>,
    /// Whether each result is written at once, because the source is a live stream.
    live: bool,
}

impl<T> Hand<'_, '_, T> {
    pub(crate) fn put(&mut self, result: T) {
        self.results.push(result);
        if self.results.len() >= IN_HAND {
            self.turn.part(self.index, std::mem::take(&mut self.results));
        }
    }

    /// From here on results are written as they come, if it is this source's turn in time.
    pub(crate) fn live(&mut self) {
        self.live = true;
    }

    /// The source has nothing more for now.
    pub(crate) fn pause(&mut self) {
        if self.live && !self.results.is_empty() {
            self.turn.part(self.index, std::mem::take(&mut self.results));
        }
    }
}

/// Works on all sources: each thread makes its bench with `bench` and calls `work` for source after source. Gives the
/// benches back, for what they counted.
pub(crate) fn run<T: Send, B: Send>(
    threads: usize,
    sources: &[Source],
    turn: &Turn<'_, T>,
    idle: &Idle,
    bench: impl Fn() -> B + Sync,
    work: impl Fn(&mut B, &Source, &mut Hand<'_, '_, T>) + Sync,
) -> Result<Vec<B>, Failure> {
    let next = AtomicUsize::new(0);
    let shift = || {
        let mut bench = bench();
        while !turn.failed() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(index) else { break };
            let mut hand = Hand { turn, index, results: Vec::new(), live: false };
            work(&mut bench, source, &mut hand);
            turn.done(index, hand.results);
        }
        idle.add(1);
        bench
    };
    let threads = of_machine(threads);
    let busy = threads.min(sources.len().max(1));
    idle.add(threads - busy);
    if sources.len() == 1 {
        return Ok(vec![shift()]);
    }
    let threads = busy;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::Fault(format!("cannot start threads: {error}")))?;
    Ok(pool.broadcast(|_| shift()))
}

/// So many threads as were asked for, at least one; 0 means one for each core.
fn of_machine(threads: usize) -> usize {
    match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        // More than a machine can use only cost memory.
        threads => threads.min(256),
    }
}
