//! The file behind a vault: reading on, appending, taking turns.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use keysieve::{Original, Secret};

use crate::frame::{Entry, HEAD, HEADER, Head, MAGIC, Seal, tampered};
use crate::key::VaultKey;

/// Where the frame of a stand-in is, and how long it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    at: u64,
    length: usize,
    number: u64,
    pub(crate) expires: u64,
}

/// An open file and what is known of it.
pub(crate) struct Log {
    path: PathBuf,
    key: VaultKey,
    file: File,
    seal: Seal,
    kept: HashMap<Vec<u8>, Kept>,
    /// Frames before this offset are known, and so many of them.
    end: u64,
    frames: u64,
}

impl Log {
    pub(crate) fn open(path: &Path, key: &VaultKey, create: bool) -> io::Result<Log> {
        if fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) {
            return Err(io::Error::other("is no regular file; a vault is"));
        }
        let mut file = locked(path, create)?;
        let identity = identity(&mut file, create)?;
        let mut log = Log::of(path, key, file, identity);
        let ready = log.begin(path);
        log.file.unlock()?;
        ready.map(|()| log)
    }

    fn of(path: &Path, key: &VaultKey, file: File, identity: [u8; 16]) -> Log {
        Log {
            path: path.to_owned(),
            key: key.clone(),
            file,
            seal: Seal::new(key, identity),
            kept: HashMap::new(),
            end: HEADER,
            frames: 0,
        }
    }

    /// Reads what is there; of a new file, writes the beginning.
    fn begin(&mut self, path: &Path) -> io::Result<()> {
        self.read_on()?;
        if self.frames == 0 {
            let first = self.seal.first()?;
            self.put(&first)?;
            // So that the file's name survives as well.
            sync_folder(path)?;
        }
        Ok(())
    }

    /// Runs `work` with nobody else at the file, and everything known that others wrote.
    pub(crate) fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Log) -> io::Result<T>,
    ) -> io::Result<T> {
        self.file.lock()?;
        let done = self.follow().and_then(|()| self.read_on()).and_then(|()| work(self));
        self.file.unlock()?;
        done
    }

    /// Goes on in the file that has taken the place of this one, which is locked, as it will be.
    fn follow(&mut self) -> io::Result<()> {
        if is_current(&self.path, &self.file)? {
            return Ok(());
        }
        let mut file = locked(&self.path, false)?;
        let identity = identity(&mut file, false)?;
        let other = Log::of(&self.path, &self.key, file, identity);
        // Its lock goes with it.
        *self = other;
        Ok(())
    }

    /// Reads what other processes have written since.
    pub(crate) fn refresh(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() == self.end {
            return Ok(());
        }
        // Not shared with others who read: it may turn out to be another file.
        self.exclusively(|_| Ok(()))
    }

    /// The live entry of a stand-in.
    pub(crate) fn find(&self, stand_in: &[u8], now: u64) -> io::Result<Option<Kept>> {
        Ok(self.kept.get(stand_in).filter(|kept| kept.expires > now).copied())
    }

    /// Live stand-ins.
    pub(crate) fn live(&self, now: u64) -> impl Iterator<Item = &[u8]> {
        self.kept.iter().filter(move |(_, kept)| kept.expires > now).map(|(name, _)| &name[..])
    }

    /// Entries that nobody can use any more: expired, or written anew since.
    pub(crate) fn stale(&self, now: u64) -> usize {
        // The first frame is no entry.
        (self.frames as usize).saturating_sub(1 + self.live(now).count())
    }

    /// Removes entries that nobody can use any more, and overwrites them. Only for whoever has the file for himself.
    ///
    /// What is left is written into a new file, which takes the place of the old one when it is on disk, so that there is a
    /// whole vault at every moment.
    pub(crate) fn purge(&mut self, now: u64) -> io::Result<usize> {
        let stale = self.stale(now);
        if stale == 0 {
            return Ok(0);
        }
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let path = PathBuf::from(name);
        let written = self.copy_live(&path, now).and_then(|log| {
            fs::rename(&path, &self.path)?;
            sync_folder(&self.path)?;
            Ok(log)
        });
        let log = match written {
            Ok(log) => log,
            Err(error) => {
                let _ = fs::remove_file(&path);
                return Err(error);
            }
        };
        let mut old = std::mem::replace(self, Log { path: self.path.clone(), ..log });
        // Whoever still has it open notices by its length, and that another file has its name.
        let erased = erase(&mut old.file);
        old.file.unlock()?;
        erased.map(|()| stale)
    }

    /// A new file with what is live.
    fn copy_live(&mut self, path: &Path, now: u64) -> io::Result<Log> {
        // What a killed process has left behind, or somebody else has put there.
        let _ = fs::remove_file(path);
        let mut file = options().create_new(true).open(path)?;
        // Kept locked until it has its name.
        file.lock()?;
        let identity = identity(&mut file, true)?;
        let mut log = Log::of(path, &self.key, file, identity);
        let first = log.seal.first()?;
        log.write(&first)?;
        let mut live: Vec<(Vec<u8>, Kept)> =
            self.kept.iter().map(|(n, k)| (n.clone(), *k)).collect();
        live.retain(|(_, kept)| kept.expires > now);
        live.sort_by_key(|(_, kept)| kept.number);
        for (stand_in, kept) in live {
            let original = self.read(kept)?;
            let entry = Entry { stand_in, expires: kept.expires };
            let frame = log.seal.frame(log.frames, &entry, original.secret())?;
            let (at, number, length) = (log.end, log.frames, frame.len() - HEAD);
            log.write(&frame)?;
            let kept = Kept { at, length, number, expires: kept.expires };
            log.kept.insert(entry.stand_in, kept);
        }
        log.file.sync_all()?;
        Ok(log)
    }

    /// Reads an original.
    pub(crate) fn read(&mut self, kept: Kept) -> io::Result<Original> {
        let mut frame = vec![0; kept.length];
        self.file.seek(SeekFrom::Start(kept.at + HEAD as u64))?;
        self.file.read_exact(&mut frame)?;
        let opened = self.seal.open(kept.number, &frame)?;
        opened.map(|(_, original)| original).ok_or_else(tampered)
    }

    /// Writes an entry. When this returns, it is on disk. Only for whoever has the file for himself.
    pub(crate) fn append(
        &mut self,
        stand_in: &[u8],
        original: Secret<'_>,
        expires: u64,
    ) -> io::Result<()> {
        let entry = Entry { stand_in: stand_in.to_vec(), expires };
        let frame = self.seal.frame(self.frames, &entry, original)?;
        let (at, number, length) = (self.end, self.frames, frame.len() - HEAD);
        self.put(&frame)?;
        self.kept.insert(entry.stand_in, Kept { at, length, number, expires });
        Ok(())
    }

    /// Writes a frame behind the last, over what may be torn there, and waits for the disk.
    fn put(&mut self, frame: &[u8]) -> io::Result<()> {
        self.file.set_len(self.end)?;
        let (end, frames) = (self.end, self.frames);
        let written = self.write(frame).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // What is half written is no entry; the next writer would cut it off as well.
            (self.end, self.frames) = (end, frames);
            let _ = self.file.set_len(self.end);
            return Err(error);
        }
        Ok(())
    }

    /// Writes a frame behind the last.
    fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(frame)?;
        self.end += frame.len() as u64;
        self.frames += 1;
        Ok(())
    }

    /// Takes note of the frames behind those that are known.
    fn read_on(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() < self.end {
            let message = "the vault was wiped or cut meanwhile; open it again";
            return Err(io::Error::other(message));
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        let mut rest = Vec::new();
        self.file.read_to_end(&mut rest)?;
        let mut rest = &rest[..];
        while !rest.is_empty() {
            let Head::Frame(length) = self.seal.head(self.frames, rest)? else { break };
            let frame = rest.get(HEAD..HEAD + length).ok_or_else(tampered)?;
            if let Some((entry, _)) = self.seal.open(self.frames, frame)? {
                let Entry { stand_in, expires } = entry;
                let kept = Kept { at: self.end, length, number: self.frames, expires };
                self.kept.insert(stand_in, kept);
            }
            rest = rest.get(HEAD + length..).unwrap_or_default();
            self.end += (HEAD + length) as u64;
            self.frames += 1;
        }
        Ok(())
    }
}

/// The identity of a vault; of a new one, drawn and written.
fn identity(file: &mut File, create: bool) -> io::Result<[u8; 16]> {
    let mut header = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(HEADER).read_to_end(&mut header)?;
    // Less than a header can only be left of one that was being written.
    if header.len() < HEADER as usize
        && MAGIC.starts_with(header.get(..16).unwrap_or(&header))
        && create
    {
        let mut identity = [0; 16];
        getrandom::fill(&mut identity).map_err(|error| io::Error::other(error.to_string()))?;
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&[&MAGIC[..], &identity].concat())?;
        file.sync_all()?;
        return Ok(identity);
    }
    match header.split_at_checked(16) {
        Some((magic, identity)) if magic == MAGIC => identity.try_into().map_err(|_| tampered()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "is no vault")),
    }
}

/// How vaults are opened: only their owners can read them.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The file of this name, locked. It may have been wiped, or another may have taken its place, while somebody else had the lock.
fn locked(path: &Path, create: bool) -> io::Result<File> {
    loop {
        let file = options().create(create).open(path)?;
        file.lock()?;
        if is_current(path, &file)? {
            return Ok(file);
        }
    }
}

/// Whether `path` still names this file. Where that cannot be told, no other can take its place while it is open.
fn is_current(path: &Path, file: &File) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mine = file.metadata()?;
        let named = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            named => named?,
        };
        Ok((mine.dev(), mine.ino()) == (named.dev(), named.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, file);
        Ok(true)
    }
}

/// Waits until the disk has the names in the folder of `path`.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

/// Overwrites and empties a file.
fn erase(file: &mut File) -> io::Result<()> {
    let mut left = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    let zeros = [0; 8192];
    while left > 0 {
        let part = left.min(zeros.len() as u64);
        file.write_all(zeros.get(..part as usize).unwrap_or(&zeros))?;
        left -= part;
    }
    file.sync_all()?;
    file.set_len(0)?;
    file.sync_all()
}

/// Overwrites and removes a vault.
pub(crate) fn wipe(path: &Path) -> io::Result<()> {
    let mut file = locked(path, false)?;
    identity(&mut file, false)?;
    erase(&mut file)?;
    fs::remove_file(path)?;
    sync_folder(path)
}
