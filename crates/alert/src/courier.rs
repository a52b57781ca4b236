//! A thread that brings alerts to one sink: again and again, with growing pauses, until they arrive.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::alert::Alert;
use crate::alerts::State;
use crate::sink::{Failure, Sink};

/// How long a courier sleeps if nothing happens. Windows end no later than this after their time.
const NAP: Duration = Duration::from_millis(200);
/// The pause after a first failure, and the longest.
const PAUSE: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// What the data path and the couriers share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) changed: Condvar,
}

impl Shared {
    pub(crate) fn new(state: State) -> Shared {
        Shared { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that died leaves a state in which every alert is either waiting or told.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn nap<'a>(
        &self,
        state: MutexGuard<'a, State>,
        time: Duration,
    ) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Delivers until everything is delivered and nothing more comes, or time is up.
pub(crate) fn deliver(shared: &Shared, mut sink: Sink) {
    let mut failures = 0;
    loop {
        let mut state = shared.lock();
        let batch = loop {
            state.tick();
            let batch = state.queue.next(&sink.id, sink.batch());
            if !batch.is_empty() || state.is_over() {
                break batch;
            }
            if state.closing.is_some() {
                return;
            }
            state = shared.nap(state, NAP);
        };
        let over = state.is_over();
        drop(state);
        let Some(last) = batch.last().filter(|_| !over) else { return };
        let alerts: Vec<&Alert> = batch.iter().map(|waiting| &*waiting.alert).collect();
        match sink.send(&alerts) {
            Ok(()) => {
                failures = 0;
                let mut state = shared.lock();
                state.delivered += alerts.len() as u64;
                state.sent(&sink.id, last.place);
                drop(state);
                // The data path may wait for room.
                shared.changed.notify_all();
            }
            Err(Failure::Never(why)) => {
                let mut state = shared.lock();
                state.refused += alerts.len() as u64;
                state.fault(format!("{}: {why}; an alert was refused", sink.name()));
                state.sent(&sink.id, last.place);
            }
            Err(Failure::Later(why, wait)) => {
                failures += 1;
                shared.lock().fault(format!("{}: {why}", sink.name()));
                let pause = wait.unwrap_or_else(|| pause(failures));
                if !rest(shared, pause) {
                    return;
                }
            }
        }
    }
}

/// The pause after so many failures in a row, with up to a quarter more, so that couriers do not march in step.
fn pause(failures: u32) -> Duration {
    let doubled = PAUSE.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST);
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    doubled + doubled.mul_f64(f64::from(since.subsec_nanos() % 1000) / 4000.0)
}

/// Waits, but not beyond the end. Whether there is time left.
fn rest(shared: &Shared, pause: Duration) -> bool {
    let until = Instant::now() + pause;
    let mut state = shared.lock();
    loop {
        state.tick();
        let now = Instant::now();
        if state.is_over() {
            return false;
        }
        if now >= until {
            return true;
        }
        let end = state.closing.map_or(until, |end| end.min(until));
        state = shared
            .nap(state, end.saturating_duration_since(now).min(NAP).max(Duration::from_millis(1)));
    }
}
