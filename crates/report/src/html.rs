//! A page for people: one file without anything from outside, which works without scripts too.
//!
//! Findings are grouped by credential, worst first. Everything foreign is made neutral and escaped; the page forbids itself
//! every source but its own style and script, which it names by their hashes. What is held while findings come is bounded;
//! what is beyond the bound is counted and said.

mod group;
mod page;

use std::collections::HashMap;
use std::io::{self, Write};

use crate::{Context, Entry, Report};
use group::Group;

/// Credentials that are shown one by one.
const MAX_GROUPS: usize = 5_000;
/// Places that are shown, of one credential and of all.
const MAX_PLACES_EACH: usize = 50;
const MAX_PLACES: usize = 20_000;

/// How exposures developed, day by day, from the inventory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trend {
    /// Days in order.
    pub days: Vec<TrendDay>,
    /// Credentials whose status is open, rotated and accepted.
    pub statuses: [u64; 3],
}

/// One day of a [`Trend`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrendDay {
    /// `2026-11-21`, in UTC.
    pub date: String,
    /// Credentials seen for the first time.
    pub new: u64,
    /// Credentials that were open at the end of the day.
    pub open: u64,
}

/// The page.
#[derive(Debug)]
pub struct Html {
    context: Context,
    trend: Option<Trend>,
    groups: Vec<Group>,
    by_key: HashMap<String, usize>,
    places: usize,
    findings: u64,
    /// Findings of credentials beyond [`MAX_GROUPS`].
    unshown: u64,
}

impl Html {
    /// A page by the program of `context`.
    #[must_use]
    pub fn new(context: Context) -> Html {
        Html {
            context,
            trend: None,
            groups: Vec::new(),
            by_key: HashMap::new(),
            places: 0,
            findings: 0,
            unshown: 0,
        }
    }

    /// With the development over time.
    #[must_use]
    pub fn trend(mut self, trend: Option<Trend>) -> Html {
        self.trend = trend;
        self
    }
}

impl Report for Html {
    fn entry(&mut self, _out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
        self.findings += 1;
        let key = group::key(&entry.record);
        let index = match self.by_key.get(&key) {
            Some(index) => *index,
            None if self.groups.len() >= MAX_GROUPS => {
                self.unshown += 1;
                return Ok(());
            }
            None => {
                self.groups.push(Group::new(&entry.record));
                self.by_key.insert(key, self.groups.len() - 1);
                self.groups.len() - 1
            }
        };
        if let Some(group) = self.groups.get_mut(index) {
            let room = self.places < MAX_PLACES && group.places.len() < MAX_PLACES_EACH;
            group.add(entry, room);
            self.places += usize::from(room);
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.groups.sort_by_cached_key(Group::rank);
        out.write_all(page::page(self).as_bytes())
    }
}
