//! The file behind a vault: reading on, appending, taking turns.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

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
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(create).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.lock()?;
        let identity = identity(&mut file, create)?;
        let seal = Seal::new(key, identity);
        let mut log = Log { file, seal, kept: HashMap::new(), end: HEADER, frames: 0 };
        let ready = log.begin(path);
        log.file.unlock()?;
        ready.map(|()| log)
    }

    /// Reads what is there; of a new file, writes the beginning.
    fn begin(&mut self, path: &Path) -> io::Result<()> {
        self.read_on()?;
        if self.frames == 0 {
            let first = self.seal.first()?;
            self.put(&first)?;
            // So that the file's name survives as well.
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                File::open(folder)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// Runs `work` with nobody else at the file, and everything known that others wrote.
    pub(crate) fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Log) -> io::Result<T>,
    ) -> io::Result<T> {
        self.file.lock()?;
        let done = self.read_on().and_then(|()| work(self));
        self.file.unlock()?;
        done
    }

    /// Reads what other processes have written since.
    pub(crate) fn refresh(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() == self.end {
            return Ok(());
        }
        self.file.lock_shared()?;
        let done = self.read_on();
        self.file.unlock()?;
        done
    }

    /// The live entry of a stand-in.
    pub(crate) fn find(&self, stand_in: &[u8], now: u64) -> io::Result<Option<Kept>> {
        Ok(self.kept.get(stand_in).filter(|kept| kept.expires > now).copied())
    }

    /// Live stand-ins.
    pub(crate) fn live(&self, now: u64) -> impl Iterator<Item = &[u8]> {
        self.kept.iter().filter(move |(_, kept)| kept.expires > now).map(|(name, _)| &name[..])
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
        self.file.seek(SeekFrom::Start(self.end))?;
        let written = self.file.write_all(frame).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            // What is half written is no entry; the next writer would cut it off as well.
            let _ = self.file.set_len(self.end);
            return Err(error);
        }
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

/// Overwrites and removes a vault.
pub(crate) fn wipe(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    file.lock()?;
    identity(&mut file, false)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    let zeros = [0; 8192];
    let mut left = length;
    while left > 0 {
        let part = left.min(zeros.len() as u64);
        file.write_all(zeros.get(..part as usize).unwrap_or(&zeros))?;
        left -= part;
    }
    file.sync_all()?;
    file.set_len(0)?;
    file.sync_all()?;
    file.unlock()?;
    fs::remove_file(path)
}
