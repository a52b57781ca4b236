//! Where and when something was measured: processor, memory, commit, day.

use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The head of a record.
pub fn described(rounds: usize) -> Vec<(&'static str, String)> {
    vec![
        ("day", day()),
        ("commit", commit()),
        ("processor", processor()),
        ("vectors", vectors()),
        ("cores", cores().to_string()),
        ("rounds", format!("{rounds}, the best counts")),
    ]
}

/// `benches/record/DATE-MACHINE.md`
pub fn record_path() -> PathBuf {
    let words = processor().to_lowercase();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let slug: Vec<String> = words
        .chars()
        .map(plain)
        .collect::<String>()
        .split('-')
        .filter(|word| !word.is_empty() && !["r", "tm", "cpu", "processor"].contains(word))
        .map(str::to_owned)
        .collect();
    let name = format!("{}-{}-{}.md", day(), slug.join("-"), cores());
    crate::root().join("benches/record").join(name)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn cpuinfo(key: &str) -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn processor() -> String {
    let name = cpuinfo("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    match (cpuinfo("cpu family"), cpuinfo("model\t")) {
        (Some(family), Some(model)) => format!("{name} family {family} model {model}"),
        _ => name,
    }
}

fn vectors() -> String {
    let flags = cpuinfo("flags").unwrap_or_default();
    let known = ["sse4_2", "avx2", "avx512bw", "avx512vbmi"];
    let has = |name: &&str| flags.split(' ').any(|flag| flag == *name);
    known.into_iter().filter(has).collect::<Vec<_>>().join(" ")
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").current_dir(crate::root()).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let id = git(&["rev-parse", "--short=12", "HEAD"]).unwrap_or_default();
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if !changes.is_empty() => format!("{id} with changes"),
        _ => id,
    }
}

/// Today in UTC.
fn day() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = civil(since.as_secs() / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let (mut year, mut left) = (1970, days);
    while left >= 365 + u64::from(leap(year)) {
        left -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_have_their_dates() {
        assert_eq!(super::civil(0), (1970, 1, 1));
        assert_eq!(super::civil(59), (1970, 3, 1));
        assert_eq!(super::civil(11_016), (2000, 2, 29));
        assert_eq!(super::civil(20_453), (2025, 12, 31));
    }
}
