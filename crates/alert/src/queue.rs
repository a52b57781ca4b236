//! What waits to be delivered, in memory and on disk.
//!
//! On disk a queue is a file of lines, each with its CRC-32: an alert, what was counted so far, or how far a sink has got. A line
//! that does not hold or is missing is left out and counted; the others are read. The file is appended to with one write for
//! each commit, before the text goes on, so that it survives the death of the process. Forced to the disk it is on demand: see
//! [`crate::forced`]. Each process has a file of its own, locked while it lives, and takes over the files of those that died.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::alert::Alert;
use crate::forced::Forced;

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
}

/// An alert in its place.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) place: u64,
    pub(crate) alert: Arc<Alert>,
    bytes: usize,
}

#[derive(Debug)]
struct Disk {
    path: PathBuf,
    lock_path: PathBuf,
    file: Arc<File>,
    _lock: File,
    length: u64,
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
    /// Lines that did not hold.
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
            queue.take_over(&fs::read(&orphan.path)?);
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

    fn take_over(&mut self, text: &[u8]) {
        let mut told: Vec<(u64, Alert)> = Vec::new();
        let mut counted: BTreeMap<String, Alert> = BTreeMap::new();
        let mut sent: BTreeMap<String, u64> = BTreeMap::new();
        let mut begins: BTreeMap<String, u64> = BTreeMap::new();
        let mut damaged = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_suffix(b"\n").and_then(parse) {
                Some(Line::Told(place, alert)) => {
                    counted.remove(&alert.id);
                    told.push((place, alert));
                }
                Some(Line::Counted(alert)) => {
                    counted.insert(alert.id.clone(), alert);
                }
                Some(Line::Sent(sink, place)) => {
                    begins.entry(sink.clone()).or_insert(place);
                    sent.insert(sink, place);
                }
                None => damaged += 1,
            }
        }
        // Places follow each other, from where the file begins: one that is missing was damaged, or is gone as a whole.
        let before = begins.into_values().min().unwrap_or(0);
        let places = told.iter().map(|(place, _)| *place).max().unwrap_or(0).saturating_sub(before);
        self.damaged += places.saturating_sub(told.len() as u64).max(damaged);
        // An alert that one of our sinks does not have is told to all of them again; its id is the same.
        let has_all = self.sent.keys().map(|sink| sent.get(sink).copied().unwrap_or(0)).min();
        let open = told.into_iter().filter(|(place, _)| *place > has_all.unwrap_or(0));
        for alert in open.map(|(_, alert)| alert).chain(counted.into_values()) {
            self.taken_over += 1;
            self.push_anyway(alert);
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
        self.counted.remove(&alert.id);
        let line = Line::Told(self.next, alert);
        let bytes = self.line(&line);
        let Line::Told(place, alert) = line else { return };
        self.waiting.push_back(Waiting { place, alert: Arc::new(alert), bytes });
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
        self.waiting.iter().skip(first).take(most).cloned().collect()
    }

    /// How many alerts a sink does not have yet.
    pub(crate) fn left(&self, sink: &str) -> usize {
        let sent = self.sent.get(sink).copied().unwrap_or(0);
        self.waiting.len() - self.waiting.partition_point(|it| it.place <= sent)
    }

    /// Notes that a sink has everything up to `place`.
    pub(crate) fn sent(&mut self, sink: &str, place: u64) {
        self.line(&Line::Sent(sink.to_owned(), place));
        self.sent.insert(sink.to_owned(), place);
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
        let counted = self.counted.values().map(|alert| Line::Counted(alert.clone()));
        let sent = self.sent.iter().map(|(sink, place)| Line::Sent(sink.clone(), *place));
        let lines: Vec<Line> = sent.chain(told).chain(counted).collect();
        lines.iter().for_each(|line| {
            self.line(line);
        });
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let written = disk.replace(&self.unwritten);
        disk.broken = written.is_err();
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
        let lock = private(&lock_path, true)?;
        lock.lock()?;
        let file = Arc::new(private(&path, true)?);
        Ok(Disk { path, lock_path, file, _lock: lock, length: 0, broken: false })
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

/// A queue whose process is gone. It is ours as long as this lives.
struct Orphan {
    path: PathBuf,
    lock_path: PathBuf,
    _lock: File,
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
        // Locked: its process is alive. Without a queue: it has just begun, or ended.
        if lock.try_lock().is_ok() && path.is_file() {
            found.push(Orphan { path, lock_path, _lock: lock });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Opens a file that is its owner's only; an existing one only if it may not be there yet.
fn private(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(!new).create_new(new);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
