//! `cargo xtask instructions`: counts instructions under callgrind and holds them against `benches/instructions.toml`.
//!
//! Instructions do not depend on what else the machine does, so that a change that makes the engine do more work is
//! noticed by a shared machine too. Seconds are measured by `cargo xtask compare`. Counted is this program, built in the
//! profile `gate` (optimised, without link-time optimisation, so that it builds in a minute or so), over texts made from
//! the corpus. Valgrind has no AVX-512: what runs there is what runs on a processor with AVX2. More findings or fewer
//! than the baseline's are a fault too, since then the work is not the same.

mod cases;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const USAGE: &str = "\
usage: cargo xtask instructions [--write]

  --write   make what is counted now the baseline
";

/// Per cent by which a count may grow.
const TOLERANCE: f64 = 5.0;
const HEAD: &str = "\
# Instructions that each case of `cargo xtask instructions` took when this was written (`--write`), and what it found.
# CI fails when one takes 5 % more. Whoever makes it take more on purpose writes it anew and says why.
";

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    /// The compiler; another one makes other code.
    rustc: String,
    case: BTreeMap<String, Case>,
}

#[derive(Debug, PartialEq, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    instructions: u64,
    bytes: u64,
    findings: u64,
}

pub fn run(args: &[String]) -> Result<(), String> {
    let write = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--write"] => true,
        // What callgrind runs: the cases, and what each found.
        ["--cases"] => return cases::run(),
        ["--help" | "-h"] => {
            print!("{USAGE}");
            return Ok(());
        }
        other => return Err(format!("unknown arguments {other:?}\n\n{USAGE}")),
    };
    if crate::compare::on_path("valgrind").is_none() {
        println!("instructions: skipped, valgrind is not here");
        return Ok(());
    }
    let counted = Baseline { rustc: rustc(), case: count()? };
    let path = crate::root().join("benches/instructions.toml");
    if write {
        fs::write(&path, written(&counted)).map_err(|error| error.to_string())?;
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let baseline: Baseline = toml::from_str(&text).map_err(|error| error.to_string())?;
    if baseline.rustc != counted.rustc {
        let (then, now) = (&baseline.rustc, &counted.rustc);
        println!(
            "instructions: the baseline is of {then}, this is {now}: some difference is the compiler's"
        );
    }
    let faults = judge(&baseline.case, &counted.case);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

fn written(counted: &Baseline) -> String {
    let mut text = format!("{HEAD}rustc = \"{}\"\n\n[case]\n", counted.rustc);
    for (name, Case { instructions, bytes, findings }) in &counted.case {
        text += &format!(
            "{name} = {{ instructions = {instructions}, bytes = {bytes}, findings = {findings} }}\n"
        );
    }
    text
}

/// Prints each case next to its baseline; the faults.
fn judge(baseline: &BTreeMap<String, Case>, counted: &BTreeMap<String, Case>) -> Vec<String> {
    let mut faults = Vec::new();
    println!(
        "{:<22} {:>14} {:>10} {:>9} {:>9}",
        "case", "instructions", "per byte", "change", "findings"
    );
    for (name, now) in counted {
        let Some(then) = baseline.get(name) else {
            faults.push(format!("{name} is not in the baseline"));
            continue;
        };
        let change = (now.instructions as f64 / then.instructions.max(1) as f64 - 1.0) * 100.0;
        let each = now.instructions as f64 / now.bytes.max(1) as f64;
        println!(
            "{name:<22} {:>14} {each:>10.1} {change:>+8.1}% {:>9}",
            now.instructions, now.findings
        );
        if change > TOLERANCE {
            faults.push(format!("{name} takes {change:.1} % more instructions"));
        }
        if now.findings != then.findings {
            let (now, then) = (now.findings, then.findings);
            faults.push(format!("{name} has {now} findings, not {then}"));
        }
    }
    for name in baseline.keys().filter(|name| !counted.contains_key(*name)) {
        faults.push(format!("{name} is in the baseline and was not counted"));
    }
    faults
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().split(' ').nth(1).unwrap_or("unknown").to_owned()
}

/// Builds the program, runs its cases under callgrind and reads both outputs.
fn count() -> Result<BTreeMap<String, Case>, String> {
    let program = build()?;
    let costs = crate::compare::target().join("gate/callgrind.out");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--dump-line=no"])
        .arg(format!("--callgrind-out-file={}", costs.display()))
        .arg(program)
        .args(["instructions", "--cases"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    if !output.status.success() {
        return Err(format!("valgrind: {}", output.status));
    }
    let text = fs::read_to_string(&costs).map_err(|error| error.to_string())?;
    let instructions = inclusive(&text);
    let mut counted = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut words = line.split(' ');
        let (Some(name), Some(bytes), Some(findings)) = (words.next(), words.next(), words.next())
        else {
            continue;
        };
        let of = |(function, _): &(&String, &u64)| function.contains(&format!("::cases::{name}"));
        let instructions = *instructions.iter().find(of).ok_or(format!("no cost of {name}"))?.1;
        let number = |text: &str| text.parse().map_err(|_| format!("`{line}`: not a count"));
        let case = Case { instructions, bytes: number(bytes)?, findings: number(findings)? };
        counted.insert(name.to_owned(), case);
    }
    if counted.is_empty() { Err("no case ran".to_owned()) } else { Ok(counted) }
}

fn build() -> Result<PathBuf, String> {
    let mut build = crate::compare::cargo();
    let status = build.args(["build", "-q", "--profile", "gate", "-p", "xtask"]).status();
    match status {
        Ok(status) if status.success() => {
            Ok(crate::compare::target().join(Path::new("gate/xtask")))
        }
        Ok(status) => Err(format!("cargo build: {status}")),
        Err(error) => Err(format!("cargo build: {error}")),
    }
}

/// What calls of each function cost, with all that they called, from callgrind's output: a line `cfn=` names the
/// function (by number, and by name the first time), `calls=` follows, then a line that ends with the cost.
fn inclusive(text: &str) -> BTreeMap<String, u64> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut costs: BTreeMap<String, u64> = BTreeMap::new();
    let (mut called, mut cost_next) = ("", false);
    for line in text.lines() {
        let named = line.strip_prefix("cfn=").or_else(|| line.strip_prefix("fn="));
        if let Some((number, name)) = named.and_then(|named| named.split_once(')')) {
            if !name.is_empty() {
                names.insert(number, name.trim_start());
            }
            if line.starts_with("cfn=") {
                called = number;
            }
        } else if line.starts_with("calls=") {
            cost_next = true;
        } else if cost_next {
            cost_next = false;
            let cost = line.rsplit(' ').next().and_then(|cost| cost.parse::<u64>().ok());
            let name = names.get(called).copied().unwrap_or_default();
            // A function that calls itself would be counted twice; the cases do not.
            if name.contains("::cases::") {
                *costs.entry(name.to_owned()).or_default() += cost.unwrap_or_default();
            }
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::{Case, inclusive, judge};
    use std::collections::BTreeMap;

    #[test]
    fn costs_are_read_with_all_that_was_called() {
        let text = "fn=(1) main\n0 12\ncfn=(2) x::cases::prose\ncalls=1 0\n0 500\n\
            fn=(2)\n0 100\ncfn=(3) other\ncalls=4 0\n0 400\n";
        let costs = inclusive(text);
        assert_eq!(costs.into_iter().collect::<Vec<_>>(), [("x::cases::prose".to_owned(), 500)]);
    }

    #[test]
    fn more_work_and_other_findings_are_faults_and_less_work_is_none() {
        let of = |instructions, findings| {
            BTreeMap::from([("a".to_owned(), Case { instructions, bytes: 10, findings })])
        };
        assert!(judge(&of(1000, 1), &of(1049, 1)).is_empty());
        assert!(judge(&of(1000, 1), &of(10, 1)).is_empty());
        assert_eq!(judge(&of(1000, 1), &of(1060, 1)).len(), 1);
        assert_eq!(judge(&of(1000, 1), &of(1000, 2)).len(), 1);
        assert_eq!(judge(&of(1000, 1), &BTreeMap::new()).len(), 1);
    }
}
