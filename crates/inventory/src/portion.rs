//! What is entered at once: each credential and each of its places once, with how often it was seen.
//!
//! In the order of the fingerprints, so that the pages of the index are visited one after the other, and so that one statement
//! can enter all of it, which may not meet a row twice.

use crate::Sighting;

/// A credential, and where it was seen.
#[derive(Debug)]
pub(crate) struct Seen<'s> {
    pub(crate) first: &'s Sighting,
    pub(crate) times: i64,
    pub(crate) places: Vec<Place<'s>>,
}

/// A place, and what was done there the last time.
#[derive(Debug)]
pub(crate) struct Place<'s> {
    pub(crate) last: &'s Sighting,
    pub(crate) times: i64,
}

impl Place<'_> {
    /// Source, channel, path and principal; what is not known is empty.
    pub(crate) fn key(&self) -> [&str; 4] {
        key(self.last)
    }
}

fn key(sighting: &Sighting) -> [&str; 4] {
    [&sighting.source, word(&sighting.channel), word(&sighting.path), word(&sighting.principal)]
}

fn word(word: &Option<String>) -> &str {
    word.as_deref().unwrap_or_default()
}

/// What has a lasting fingerprint, gathered; and how many have not.
pub(crate) fn gathered(sightings: &[Sighting]) -> (Vec<Seen<'_>>, u64) {
    let mut lasting: Vec<(usize, &Sighting)> =
        sightings.iter().enumerate().filter(|(_, sighting)| sighting.lasts()).collect();
    // Stable: what was seen first stays before what was seen later in the same place.
    lasting.sort_by(|(_, a), (_, b)| {
        a.fingerprint.cmp(&b.fingerprint).then_with(|| key(a).cmp(&key(b)))
    });
    let same = |a: &(usize, &Sighting), b: &(usize, &Sighting)| a.1.fingerprint == b.1.fingerprint;
    let gathered = lasting.chunk_by(same).filter_map(seen).collect();
    (gathered, (sightings.len() - lasting.len()) as u64)
}

fn seen<'s>(of_one: &[(usize, &'s Sighting)]) -> Option<Seen<'s>> {
    let (_, first) = *of_one.iter().min_by_key(|(n, _)| n)?;
    let places = of_one.chunk_by(|(_, a), (_, b)| key(a) == key(b));
    let place = |at: &[(usize, &'s Sighting)]| {
        let (_, last) = *at.last()?;
        Some(Place { last, times: times(at) })
    };
    Some(Seen { first, times: times(of_one), places: places.filter_map(place).collect() })
}

fn times(sightings: &[(usize, &Sighting)]) -> i64 {
    i64::try_from(sightings.len()).unwrap_or(i64::MAX)
}
