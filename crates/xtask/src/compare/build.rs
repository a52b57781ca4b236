//! Builds what is measured: keysieve and the yardsticks in their release profile, Hyperscan's patterns into a database.
//!
//! What cannot be built here is left out with a message; only keysieve has to be there.

use super::peers::{self, Places};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where builds go: what cargo uses for this repository, or would.
pub fn target() -> PathBuf {
    let set = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    set.unwrap_or_else(|| crate::root().join("target"))
}

/// The release profile as the manifest has it: what the environment says about profiles is left out.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PROFILE_") || text == "CARGO_INCREMENTAL" {
            command.env_remove(name);
        }
    }
    command.current_dir(crate::root());
    command
}

fn succeed(command: &mut Command, what: &str) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{what}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what}: {status}")) }
}

/// The command line tool as it is released, and this program beside it.
pub fn keysieve(work: &Path) -> Result<(), String> {
    eprintln!("building keysieve");
    let target = work.join("keysieve");
    let build = |features: &[&str]| {
        let mut build = cargo();
        build.args(["build", "-q", "--release", "-p", "keysieve-cli", "-p", "xtask"]);
        build.args(features).arg("--target-dir").arg(&target);
        succeed(&mut build, "keysieve")
    };
    // With Hyperscan it is a program of its own: a library more to load would count against every start.
    let with = ["--features", "keysieve-cli/hyperscan"];
    let kept = with_hyperscan(work);
    let _ = fs::remove_file(&kept);
    match build(&with) {
        Ok(()) => fs::copy(released(work), &kept).map(drop).map_err(|error| error.to_string())?,
        Err(message) => eprintln!("skipped: the engine hyperscan: {message}"),
    }
    build(&[])
}

/// Where it is with Hyperscan inside, if that could be built.
pub fn with_hyperscan(work: &Path) -> PathBuf {
    work.join("keysieve-with-hyperscan")
}

/// Where that is, once built.
pub fn released(work: &Path) -> PathBuf {
    work.join("keysieve/release/keysieve")
}

/// Programs around libraries.
pub fn yardsticks(places: &Places) {
    eprintln!("building the yardsticks");
    let manifest = crate::root().join("benches/compare/yardsticks/Cargo.toml");
    let target = places.work.join("yardsticks");
    let mut build = cargo();
    build.args(["build", "-q", "--release", "--locked"]);
    build.arg("--manifest-path").arg(manifest).arg("--target-dir").arg(target);
    if let Err(message) = succeed(&mut build, "yardsticks") {
        eprintln!("skipped: {message}");
    }
    if let Err(message) = hyperscan(places) {
        eprintln!("skipped: hyperscan: {message}");
    }
}

/// The patterns are asked for at run time, as they are not ours to keep.
fn hyperscan(places: &Places) -> Result<(), String> {
    let kingfisher = peers::kingfisher(places).ok_or("no kingfisher to ask for its patterns")?;
    let program = places.work.join("hyperscan");
    let source = crate::root().join("benches/compare/hyperscan.c");
    let mut compile = Command::new("cc");
    compile.args(["-O2", "-o"]).arg(&program).arg(source).arg("-lhs").stderr(Stdio::null());
    succeed(&mut compile, "cc (needs libhyperscan-dev or libvectorscan-dev)")?;
    let listed = Command::new(kingfisher)
        .args(["rules", "list", "--format", "json", "--no-update-check"])
        .output()
        .map_err(|error| error.to_string())?;
    let rules: Vec<serde_json::Value> =
        serde_json::from_slice(&listed.stdout).map_err(|error| format!("rules list: {error}"))?;
    let patterns = rules.iter().filter_map(|rule| rule.get("pattern")?.as_str());
    let text: String = patterns.flat_map(|pattern| [pattern, "\0"]).collect();
    let (list, database) = (places.work.join("patterns"), places.work.join("patterns.hyperscan"));
    let same = fs::read_to_string(&list).is_ok_and(|earlier| earlier == text);
    if same && database.exists() {
        return Ok(());
    }
    fs::write(&list, text).map_err(|error| error.to_string())?;
    let mut build = Command::new(program);
    build.arg("build").arg(list).arg(database).stdout(Stdio::inherit());
    succeed(&mut build, "compiling the patterns")
}

/// A virtual environment with the peers that come as Python packages.
pub fn install(places: &Places) -> Result<(), String> {
    succeed(Command::new("python3").args(["-m", "venv"]).arg(&places.venv), "python3 -m venv")?;
    let mut pip = Command::new(places.venv.join("bin/pip"));
    succeed(pip.args(["-q", "install"]).args(peers::PACKAGES), "pip install")
}
