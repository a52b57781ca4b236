//! The bytes that every tool gets: packed once into plain files of about one MiB, with names that tell nothing.
//!
//! Scanners skip what they think is not worth reading (lock files, images, hidden folders), so that the same folder is
//! not the same bytes. Files are put together whole and in the order of their paths; the few that are larger stay whole.

use std::fs;
use std::path::{Path, PathBuf};

/// Size of a packed file.
const PACKED: usize = 1 << 20;
/// Tools that need minutes for a megabyte get about as many bytes as this, spread over all.
const SAMPLE: u64 = 2 << 20;

/// The bytes of one kind, on disk.
pub struct Bytes {
    pub kind: &'static str,
    pub all: Packed,
    /// Some of the files of `all`, for slow tools.
    pub some: Packed,
}

/// A folder of packed files.
#[derive(Default)]
pub struct Packed {
    pub dir: PathBuf,
    pub files: Vec<PathBuf>,
    pub size: u64,
}

impl Packed {
    /// One file of one line: what a tool costs before it scans.
    pub fn start_up(dir: &Path) -> Result<Packed, String> {
        let mut packed = Packed::fresh(dir.to_owned())?;
        packed.add(b"Nothing to see on this line.\n")?;
        Ok(packed)
    }

    fn fresh(dir: PathBuf) -> Result<Packed, String> {
        if dir.exists() {
            fs::remove_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        }
        fs::create_dir_all(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        Ok(Packed { dir, ..Packed::default() })
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        let path = self.dir.join(format!("{:05}.txt", self.files.len()));
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        self.files.push(path);
        self.size += bytes.len() as u64;
        Ok(())
    }
}

/// Packs the texts that `each` gives below `place`.
pub fn pack(
    kind: &'static str,
    place: &Path,
    texts: impl Iterator<Item = Result<Vec<u8>, String>>,
) -> Result<(), String> {
    let mut all = Packed::fresh(place.join(kind))?;
    let mut packed = Vec::new();
    for text in texts {
        let text = text?;
        if !packed.is_empty() && packed.len() + text.len() > PACKED {
            all.add(&packed)?;
            packed.clear();
        }
        packed.extend_from_slice(&text);
        if !packed.ends_with(b"\n") {
            packed.push(b'\n');
        }
    }
    if !packed.is_empty() {
        all.add(&packed)?;
    }
    if all.files.is_empty() {
        return Err(format!("no bytes of kind {kind}"));
    }
    sample(&all, place.join(format!("{kind}-sample")))
}

/// What an earlier run packed.
pub fn again(kind: &'static str, place: &Path) -> Result<Option<Bytes>, String> {
    let (all, some) = (place.join(kind), place.join(format!("{kind}-sample")));
    if !all.is_dir() {
        return Ok(None);
    }
    Ok(Some(Bytes { kind, all: open(all)?, some: open(some)? }))
}

fn open(dir: PathBuf) -> Result<Packed, String> {
    let files = below(std::slice::from_ref(&dir))?;
    let size = files.iter().filter_map(|path| fs::metadata(path).ok()).map(|meta| meta.len()).sum();
    Ok(Packed { dir, files, size })
}

/// Whole files of `all`, evenly spread.
fn sample(all: &Packed, dir: PathBuf) -> Result<(), String> {
    let mut some = Packed::fresh(dir)?;
    let every = usize::try_from((all.size / SAMPLE).max(1)).unwrap_or(1);
    for path in all.files.iter().skip(every / 2).step_by(every) {
        some.add(&fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?)?;
    }
    Ok(())
}

/// All files below the folders, in the order of their paths.
pub fn below(folders: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(path) = open.pop() {
        let told = |error: std::io::Error| format!("{}: {error}", path.display());
        let kind = fs::symlink_metadata(&path).map_err(told)?.file_type();
        if kind.is_dir() {
            for entry in fs::read_dir(&path).map_err(told)? {
                open.push(entry.map_err(told)?.path());
            }
        } else if kind.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
