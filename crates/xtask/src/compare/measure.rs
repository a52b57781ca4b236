//! One run of another process: how much processor time it took, with all its threads and children.
//!
//! The kernel counts (`wait4`), so other work on the machine lengthens the wall time, and the processor time only as
//! far as it takes caches and the second thread of a core away.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// User and system time.
    pub cpu: Duration,
    pub wall: Duration,
    /// The most memory it had, in KiB.
    pub peak: u64,
}

/// Runs it to its end. Standard output goes to `out`, or nowhere; standard error to `log`.
pub fn run(command: &mut Command, out: Option<&Path>, log: &Path) -> Result<Cost, String> {
    let told = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let output = match out {
        Some(path) => Stdio::from(File::create(path).map_err(|error| told(path, error))?),
        None => Stdio::null(),
    };
    let errors = File::create(log).map_err(|error| told(log, error))?;
    let program = Path::new(command.get_program()).to_owned();
    command.stdout(output).stderr(errors);
    let started = Instant::now();
    let mut child = command.spawn().map_err(|error| told(&program, error))?;
    let end = child.wait4().map_err(|error| told(&program, error))?;
    let wall = started.elapsed();
    // What a scanner exits with when it found something is its own choice; 2 is a fault for all of ours.
    if end.status.code().is_none_or(|code| code == 2 || code == 101) {
        let tail = std::fs::read_to_string(log).unwrap_or_default();
        let tail: Vec<&str> = tail.lines().rev().take(3).collect();
        return Err(format!("{} failed ({}): {}", program.display(), end.status, tail.join("; ")));
    }
    let used = end.rusage;
    Ok(Cost { cpu: used.utime + used.stime, wall, peak: used.maxrss / 1024 })
}
