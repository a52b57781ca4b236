//! What waits to be delivered, in memory and on disk.
//!
//! On disk a queue is a file of lines, each with its CRC-32: an alert, what was counted so far, or how far a sink has got. A line
//! that does not hold or is missing is left out and counted; the others are read. The file is appended to with one write for
//! each commit, before the text goes on, so that it survives the death of the process. Forced to the disk it is on demand: see
//! [`crate::forced`]. Each process has a file of its own, locked while it lives, and takes over the files of those that died. How
//! far it was written stands in the lock: see [`crate::mark`].

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::forced::Forced;
use crate::mark::Mark;

/// A file that is shorter is not written anew.
const SMALL: u64 = 1024 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    /// An alert, and its place in the order.
    Told(u64, Alert),
    /// What would be told of a window if it ended now; the last of an id counts, and none if the id was told.
    Counted(Alert),
    /// A sink has everything up to this place.
    Sent(String, u64),
    /// These sinks had the alert in this place before it was taken over.
    Had(u64, BTreeSet<String>),
}

/// An alert in its place.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) place: u64,
    pub(crate) alert: Arc<Alert>,
    /// Sinks that had it before it was taken over.
    had: BTreeSet<String>,
    bytes: usize,
}

#[derive(Debug)]
struct Disk {
    path: PathBuf,
    lock_path: PathBuf,
    file: Arc<File>,
    lock: File,
    length: u64,
    /// Up to this place alerts are in the file.
    told: u64,
    /// The file does not hold what the memory holds.
    broken: bool,
}

/// The queue of one process.
#[derive(Debug)]
pub(crate) struct Queue {
    disk: Option<Disk>,
    forced: Option<Arc<Forced>>,
    waiting: VecDeque<Waiting>,
    counted: HashMap<String, Alert>,
    /// How far each sink has got.
    sent: BTreeMap<String, u64>,
    next: u64,
    bytes: usize,
    max_bytes: usize,
    unwritten: Vec<u8>,
    /// Lines that did not hold, or are missing.
    pub(crate) damaged: u64,
    /// Alerts taken over from processes that died.
    pub(crate) taken_over: u64,
}

impl Queue {
    /// A queue for these sinks; in memory only without a folder.
    pub(crate) fn open(
        folder: Option<&Path>,
        sinks: &[String],
        max_bytes: usize,
        name: &str,
    ) -> io::Result<Queue> {
        let mut queue = Queue {
            disk: None,
            forced: None,
            waiting: VecDeque::new(),
            counted: HashMap::new(),
            sent: sinks.iter().map(|sink| (sink.clone(), 0)).collect(),
            next: 1,
            bytes: 0,
            max_bytes,
            unwritten: Vec::new(),
            damaged: 0,
            taken_over: 0,
        };
        let Some(folder) = folder else { return Ok(queue) };
        make_folder(folder)?;
        let orphans = orphans(folder)?;
        queue.disk = Some(Disk::create(folder, name)?);
        for orphan in &orphans {
            let text = match fs::read(&orphan.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                read => read?,
            };
            queue.take_over(&text, Mark::read(&orphan.lock));
        }
        // What was taken over is in our file before it is gone from theirs.
        queue.rewrite()?;
        for orphan in orphans {
            let _ = fs::remove_file(&orphan.path);
            let _ = fs::remove_file(&orphan.lock_path);
        }
        Ok(queue)
    }

    /// Tells from now on what is written, so that it can be forced to the disk.
    pub(crate) fn force(&mut self) -> Arc<Forced> {
        let forced = Arc::new(Forced::default());
        self.forced = Some(Arc::clone(&forced));
        forced
    }

    fn take_over(&mut self, text: &[u8], mark: Mark) {
        let mut left = Left::read(text);
        self.damaged += left.missing(mark);
        for (place, alert) in std::mem::take(&mut left.told) {
            let had = left.had(place);
            // What all our sinks have is done; the others get it, under the same id.
            if self.sent.is_empty() || self.sent.keys().any(|sink| !had.contains(sink)) {
                self.taken_over += 1;
                self.put(alert, had);
            }
        }
        for alert in left.counted.into_values() {
            self.taken_over += 1;
            self.push_anyway(alert);
        }
        let sinks: Vec<String> = self.sent.keys().cloned().collect();
        sinks.iter().for_each(|sink| self.pass(sink));
    }

    /// Lets a sink pass what it had before, so that its place says all that it has.
    fn pass(&mut self, sink: &str) {
        let Some(sent) = self.sent.get_mut(sink) else { return };
        let first = self.waiting.partition_point(|it| it.place <= *sent);
        let had = self.waiting.iter().skip(first).take_while(|it| it.had.contains(sink));
        if let Some(last) = had.last() {
            *sent = last.place;
        }
    }

    /// Puts an alert into the queue, unless there is no room.
    pub(crate) fn push(&mut self, alert: Alert) -> Result<(), Box<Alert>> {
        if self.bytes >= self.max_bytes {
            return Err(Box::new(alert));
        }
        self.push_anyway(alert);
        Ok(())
    }

    pub(crate) fn push_anyway(&mut self, alert: Alert) {
        self.put(alert, BTreeSet::new());
    }

    fn put(&mut self, alert: Alert, had: BTreeSet<String>) {
        self.counted.remove(&alert.id);
        let line = Line::Told(self.next, alert);
        let bytes = self.line(&line);
        let Line::Told(place, alert) = line else { return };
        self.waiting.push_back(Waiting { place, alert: Arc::new(alert), had, bytes });
        self.next += 1;
        self.bytes += bytes;
    }

    /// Notes what was counted so far.
    pub(crate) fn count(&mut self, alert: Alert) {
        if self.disk.is_none() {
            return;
        }
        let line = Line::Counted(alert);
        self.line(&line);
        if let Line::Counted(alert) = line {
            self.counted.insert(alert.id.clone(), alert);
        }
    }

    /// The next alerts for a sink, at most `most`.
    pub(crate) fn next(&self, sink: &str, most: usize) -> Vec<Waiting> {
        let sent = self.sent.get(sink).copied().unwrap_or(0);
        let first = self.waiting.partition_point(|it| it.place <= sent);
        let open = self.waiting.iter().skip(first).filter(|it| !it.had.contains(sink));
        open.take(most).cloned().collect()
    }

    /// How many alerts a sink does not have yet, and how many of them are on disk.
    pub(crate) fn left(&self, sink: &str) -> (u64, u64) {
        let told = self.disk.as_ref().map_or(0, |disk| disk.told);
        let open = self.next(sink, usize::MAX);
        let kept = open.iter().filter(|it| it.place <= told).count();
        (open.len() as u64, kept as u64)
    }

    /// Notes that a sink has everything up to `place`.
    pub(crate) fn sent(&mut self, sink: &str, place: u64) {
        self.sent.insert(sink.to_owned(), place);
        self.pass(sink);
        let place = self.sent.get(sink).copied().unwrap_or(place);
        self.line(&Line::Sent(sink.to_owned(), place));
        let all = self.sent.values().copied().min().unwrap_or(u64::MAX);
        while self.waiting.front().is_some_and(|it| it.place <= all) {
            self.bytes -= self.waiting.pop_front().map_or(0, |it| it.bytes);
        }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.bytes < self.max_bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.counted.is_empty()
    }

    /// Makes a line ready to be written; gives its length.
    fn line(&mut self, line: &Line) -> usize {
        // An alert is made of strings and numbers: it can always be written.
        let json = serde_json::to_string(line).unwrap_or_default();
        let crc = crc32fast::hash(json.as_bytes());
        if self.disk.is_some() {
            self.unwritten.extend_from_slice(format!("{crc:08x} {json}\n").as_bytes());
        }
        json.len() + 10
    }

    /// Writes what is not written yet.
    ///
    /// # Errors
    /// If it cannot be written. Everything is still in memory, and written when that is possible again.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        if self.unwritten.is_empty() && !disk.broken {
            return Ok(());
        }
        let live = self.bytes as u64 + self.counted.len() as u64 * 1024;
        if disk.broken || disk.length > SMALL.max(4 * live) {
            return self.rewrite();
        }
        let written = (&*disk.file).write_all(&self.unwritten);
        match written {
            Ok(()) => {
                disk.length += self.unwritten.len() as u64;
                disk.reach(self.next - 1, &self.sent);
                if let Some(forced) = &self.forced {
                    forced.wrote(&disk.file, self.unwritten.len() as u64);
                }
            }
            Err(_) => {
                // Half a line would hide the next one.
                let _ = disk.file.set_len(disk.length);
                disk.broken = true;
            }
        }
        self.unwritten.clear();
        written
    }

    /// Writes a file of what is in memory, in the place of the one that is there.
    fn rewrite(&mut self) -> io::Result<()> {
        self.unwritten.clear();
        let told = self.waiting.iter().map(|it| Line::Told(it.place, (*it.alert).clone()));
        let had = self.waiting.iter().filter(|it| !it.had.is_empty());
        let had = had.map(|it| Line::Had(it.place, it.had.clone()));
        let counted = self.counted.values().map(|alert| Line::Counted(alert.clone()));
        let sent = self.sent.iter().map(|(sink, place)| Line::Sent(sink.clone(), *place));
        let lines: Vec<Line> = sent.chain(told).chain(had).chain(counted).collect();
        lines.iter().for_each(|line| {
            self.line(line);
        });
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let written = disk.replace(&self.unwritten);
        disk.broken = written.is_err();
        if !disk.broken {
            disk.reach(self.next - 1, &self.sent);
        }
        if let (Some(forced), false) = (&self.forced, disk.broken) {
            forced.wrote(&disk.file, self.unwritten.len() as u64);
        }
        self.unwritten.clear();
        written
    }

    /// Removes the file if nothing waits in it.
    pub(crate) fn close(mut self) {
        if self.write().is_ok()
            && self.is_empty()
            && let Some(disk) = self.disk
        {
            let _ = fs::remove_file(&disk.path);
            let _ = fs::remove_file(&disk.lock_path);
        }
    }
}

impl Disk {
    fn create(folder: &Path, name: &str) -> io::Result<Disk> {
        let path = folder.join(format!("{name}.queue"));
        let lock_path = folder.join(format!("{name}.lock"));
        // Not opened for appending: a mark covers the one before it.
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let lock = owners(&mut options).open(&lock_path)?;
        lock.lock()?;
        // On a disk that fills up later, the mark has its room.
        Mark::default().write(&lock)?;
        let file = Arc::new(private(&path, true)?);
        Ok(Disk { path, lock_path, file, lock, length: 0, told: 0, broken: false })
    }

    /// Notes that the file holds everything up to `told`.
    fn reach(&mut self, told: u64, sent: &BTreeMap<String, u64>) {
        self.told = told;
        let sent = sent.values().copied().min().unwrap_or(0);
        // Without a mark, lines that go missing are noticed less well; the queue itself is whole.
        let _ = Mark { told, sent }.write(&self.lock);
    }

    fn replace(&mut self, text: &[u8]) -> io::Result<()> {
        let new = self.path.with_extension("new");
        let mut file = private(&new, false)?;
        let written = file.write_all(text).and_then(|()| file.sync_data());
        if let Err(error) = written.and_then(|()| fs::rename(&new, &self.path)) {
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        // Now that is our file, even if the next step says no.
        self.file = Arc::new(file);
        self.length = text.len() as u64;
        sync_folder(self.path.parent())
    }
}

fn parse(line: &[u8]) -> Option<Line> {
    let (crc, json) = line.split_at_checked(9)?;
    let crc = u32::from_str_radix(std::str::from_utf8(crc).ok()?.trim_end(), 16).ok()?;
    (crc32fast::hash(json) == crc).then(|| serde_json::from_slice(json).ok())?
}

/// What a process left in its file.
#[derive(Default)]
struct Left {
    told: Vec<(u64, Alert)>,
    counted: BTreeMap<String, Alert>,
    sent: BTreeMap<String, u64>,
    had: BTreeMap<u64, BTreeSet<String>>,
    /// Where each sink was when the file began.
    begins: BTreeMap<String, u64>,
    damaged: u64,
}

impl Left {
    fn read(text: &[u8]) -> Left {
        let mut left = Left::default();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_suffix(b"\n").and_then(parse) {
                Some(Line::Told(place, alert)) => {
                    left.counted.remove(&alert.id);
                    left.told.push((place, alert));
                }
                Some(Line::Counted(alert)) => {
                    left.counted.insert(alert.id.clone(), alert);
                }
                Some(Line::Sent(sink, place)) => {
                    left.begins.entry(sink.clone()).or_insert(place);
                    left.sent.insert(sink, place);
                }
                Some(Line::Had(place, sinks)) => {
                    left.had.insert(place, sinks);
                }
                None => left.damaged += 1,
            }
        }
        left
    }

    /// How many lines do not hold or are missing. Places follow each other, from where the file begins up to the mark.
    fn missing(&self, mark: Mark) -> u64 {
        let before = self.begins.values().copied().min().unwrap_or(mark.sent);
        let last = self.told.iter().map(|(place, _)| *place).max().unwrap_or(0).max(mark.told);
        last.saturating_sub(before).saturating_sub(self.told.len() as u64).max(self.damaged)
    }

    /// The sinks that have the alert in this place.
    fn had(&mut self, place: u64) -> BTreeSet<String> {
        let mut had = self.had.remove(&place).unwrap_or_default();
        let sent = self.sent.iter().filter(|(_, sent)| place <= **sent);
        had.extend(sent.map(|(sink, _)| sink.clone()));
        had
    }
}

/// A queue whose process is gone. It is ours as long as this lives.
struct Orphan {
    path: PathBuf,
    lock_path: PathBuf,
    lock: File,
}

fn orphans(folder: &Path) -> io::Result<Vec<Orphan>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let lock_path = entry?.path();
        if lock_path.extension().is_none_or(|it| it != "lock") {
            continue;
        }
        let path = lock_path.with_extension("queue");
        let Ok(lock) = OpenOptions::new().read(true).write(true).open(&lock_path) else { continue };
        // Locked: its process is alive. Without a queue: it has just begun, or ended, or what waited was removed.
        if lock.try_lock().is_ok() && (path.is_file() || Mark::read(&lock).is_open()) {
            found.push(Orphan { path, lock_path, lock });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Opens a file that is its owner's only; an existing one only if it may not be there yet.
fn private(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(!new).create_new(new);
    owners(&mut options).open(path)
}

fn owners(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let is_new = !folder.exists();
    builder.create(folder)?;
    // The folder's own name has to survive as well.
    if is_new { sync_folder(folder.parent()) } else { Ok(()) }
}

/// Forces the names in a folder to the disk.
fn sync_folder(folder: Option<&Path>) -> io::Result<()> {
    let folder = folder.filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Elsewhere a folder cannot be opened, and names need no help.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
