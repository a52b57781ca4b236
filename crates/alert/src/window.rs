//! Which findings are told at once, and which are counted.
//!
//! A credential is told when it is first seen; until its window ends, it is counted. At most [`MAX_OPEN`] credentials have a
//! window at a time; findings of others are counted by rule, and rules beyond [`MAX_RULES`] together. Memory is bounded, and
//! every finding is in the count of exactly one alert.

use std::collections::HashMap;

use keysieve::Record;

use crate::alert::{Alert, Kind};

/// Credentials whose windows are open at a time.
pub(crate) const MAX_OPEN: usize = 1_000;
/// Rules that are counted apart when too many credentials come.
const MAX_RULES: usize = 2_000;

/// What comes of a finding.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is told now.
    Told(Box<Alert>),
    /// It is counted, and told later.
    Counted,
}

#[derive(Debug)]
struct Open {
    since: u64,
    first: Alert,
    more: u64,
    changed: bool,
}

#[derive(Debug)]
struct Overflow {
    since: u64,
    title: String,
    count: u64,
    changed: bool,
}

/// The windows of one run.
#[derive(Debug)]
pub(crate) struct Windows {
    run: String,
    /// Whose the text is.
    principal: Option<String>,
    length: u64,
    open: HashMap<String, Open>,
    overflow: HashMap<String, Overflow>,
    /// No window ends before this time.
    next_end: u64,
}

impl Windows {
    /// Windows of `length` milliseconds.
    pub(crate) fn new(run: &str, length: u64) -> Windows {
        Windows {
            run: run.to_owned(),
            principal: None,
            length,
            open: HashMap::new(),
            overflow: HashMap::new(),
            next_end: u64::MAX,
        }
    }

    /// Of a text that is somebody's.
    pub(crate) fn of(mut self, principal: Option<String>) -> Windows {
        self.principal = principal;
        self
    }

    pub(crate) fn take(&mut self, record: &Record, now: u64) -> Taken {
        let key = match record.fingerprint.as_str() {
            "" => format!("{}\0{}\0{}", record.rule, record.source, record.span[0]),
            fingerprint => fingerprint.to_owned(),
        };
        if let Some(open) = self.open.get_mut(&key) {
            open.more += 1;
            open.changed = true;
            return Taken::Counted;
        }
        self.next_end = self.next_end.min(now.saturating_add(self.length));
        if self.open.len() < MAX_OPEN {
            let mut first = Alert::of(record, &self.run, now);
            first.principal.clone_from(&self.principal);
            let told = Taken::Told(Box::new(first.clone()));
            self.open.insert(key, Open { since: now, first, more: 0, changed: false });
            return told;
        }
        let known = self.overflow.contains_key(&record.rule) || self.overflow.len() < MAX_RULES;
        let (rule, title) = match known {
            true => (record.rule.as_str(), record.title.as_str()),
            false => ("", "Credentials of many rules"),
        };
        let overflow = self.overflow.entry(rule.to_owned()).or_insert_with(|| Overflow {
            since: now,
            title: title.to_owned(),
            count: 0,
            changed: false,
        });
        overflow.count += 1;
        overflow.changed = true;
        Taken::Counted
    }

    /// What was counted since the last call, as it would be told if nothing more came: this is what has to survive.
    pub(crate) fn changed(&mut self) -> Vec<Alert> {
        let mut all = Vec::new();
        for open in self.open.values_mut().filter(|open| open.changed) {
            open.changed = false;
            all.push(open.first.repeated(open.more, open.since));
        }
        for (rule, overflow) in self.overflow.iter_mut().filter(|(_, it)| it.changed) {
            overflow.changed = false;
            all.push(overflowed(rule, overflow, &self.run));
        }
        all
    }

    /// What is told because its window is at its end.
    pub(crate) fn ended(&mut self, now: u64) -> Vec<Alert> {
        if now < self.next_end {
            return Vec::new();
        }
        let length = self.length;
        self.close(|since| since.saturating_add(length) <= now)
    }

    /// What is told because nothing more comes.
    pub(crate) fn end(&mut self) -> Vec<Alert> {
        self.close(|_| true)
    }

    fn close(&mut self, is_over: impl Fn(u64) -> bool) -> Vec<Alert> {
        let mut told = Vec::new();
        self.open.retain(|_, open| {
            let over = is_over(open.since);
            if over && open.more > 0 {
                told.push(open.first.repeated(open.more, open.since));
            }
            !over
        });
        let run = &self.run;
        self.overflow.retain(|rule, overflow| {
            let over = is_over(overflow.since);
            if over {
                told.push(overflowed(rule, overflow, run));
            }
            !over
        });
        let since =
            self.open.values().map(|it| it.since).chain(self.overflow.values().map(|it| it.since));
        self.next_end = since.min().map_or(u64::MAX, |since| since.saturating_add(self.length));
        told.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        told
    }
}

fn overflowed(rule: &str, overflow: &Overflow, run: &str) -> Alert {
    Alert::summed(Kind::Overflow, rule, &overflow.title, overflow.count, run, overflow.since)
}
