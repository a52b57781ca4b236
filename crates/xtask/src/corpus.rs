//! `cargo xtask corpus`: the templates of `corpus/`, expanded to samples with known secrets.
//!
//! A template looks like the real thing and holds marks instead of tokens, so nothing live-looking is
//! committed. The same template and seed give the same bytes. Next to each sample stands
//! `FILE.expected.jsonl`: one object a planted secret with the keys that a finding has too (`source`,
//! `rule`, `span`). A sample whose rules differ from its line in the manifest is refused.

mod marks;
#[cfg(test)]
mod tests;

use keysieve::Pack;
use keysieve::synth::Template;
pub use marks::Planted;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The seed when none is given; figures in documents are made with it.
pub const SEED: u64 = 1;

/// One line of `corpus/manifest.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Path below `corpus/`.
    pub file: String,
    /// prompts, traces, rag, context or benign.
    pub kind: String,
    /// What must still parse after redaction: json, jsonl, sse or text.
    pub carrier: String,
    pub about: String,
    pub source: String,
    pub licence: String,
    /// Ids of the rules whose secrets are planted, in sorted order.
    pub rules: Vec<String>,
    /// Rules of the secrets that the engine is known to miss, one entry a secret.
    #[serde(default)]
    pub missed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    sample: Vec<Sample>,
}

/// Expands all samples, or prints one.
pub fn run(args: &[String]) -> Result<(), String> {
    let mut out = crate::root().join("target/corpus");
    let mut seed = SEED;
    let mut print = None;
    let mut rest = args.iter();
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().ok_or(format!("`{flag}` wants a value"));
        match flag.as_str() {
            "--out" => out = PathBuf::from(value()?),
            "--seed" => seed = parse_seed(value()?)?,
            "--print" => print = Some(value()?.clone()),
            "--list" => return list(),
            unknown => return Err(format!("unknown argument `{unknown}`")),
        }
    }
    match print {
        Some(name) => print_one(&name, seed),
        None => write_all(&out, seed),
    }
}

pub fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a seed: a number from 0 to 2^64-1"))
}

/// All samples, in the order of the manifest.
pub fn samples() -> Result<Vec<Sample>, String> {
    let path = crate::root().join("corpus/manifest.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let manifest: Manifest =
        toml::from_str(&text).map_err(|error| format!("corpus/manifest.toml: {error}"))?;
    Ok(manifest.sample)
}

/// The sample of this path, or of this file name.
pub fn sample(name: &str) -> Result<Sample, String> {
    let same =
        |sample: &Sample| sample.file == name || sample.file.rsplit('/').next() == Some(name);
    let found = samples()?.into_iter().find(same);
    found.ok_or_else(|| format!("no sample `{name}`; `cargo xtask corpus --list` names them"))
}

/// Makes the sample and checks that what is planted is what the manifest says.
pub fn expand(sample: &Sample, pack: &Pack, seed: u64) -> Result<Planted, String> {
    let path = crate::root().join("corpus").join(&sample.file);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", sample.file))?;
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", sample.file);
    let template = Template::parse(&marks::hide(&text));
    let expanded = template.expand(pack, seed).map_err(|error| named(&error))?;
    let sown = marks::show(&expanded).map_err(|error| named(&error))?;
    let planted: BTreeSet<&str> = sown.secrets.iter().map(|(rule, _)| rule.as_str()).collect();
    let listed: BTreeSet<&str> = sample.rules.iter().map(String::as_str).collect();
    if planted != listed {
        let file = &sample.file;
        return Err(format!("{file}: the manifest lists {listed:?}, planted are {planted:?}"));
    }
    if let Some((unknown, _)) = sown.secrets.iter().find(|(id, _)| pack.rule(id).is_none()) {
        return Err(named(&format!("there is no rule `{unknown}`")));
    }
    Ok(sown)
}

fn list() -> Result<(), String> {
    for sample in samples()? {
        let Sample { file, kind, carrier, about, source, licence, missed, .. } = sample;
        let known = if missed.is_empty() { "" } else { "; not all is found yet" };
        println!("{file:<34} {kind:<8} {carrier:<6} {about} ({source}, {licence}{known})");
    }
    Ok(())
}

fn print_one(name: &str, seed: u64) -> Result<(), String> {
    let expanded = expand(&sample(name)?, &Pack::builtin(), seed)?;
    match std::io::stdout().write_all(&expanded.text) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| error.to_string()),
    }
}

fn write_all(out: &Path, seed: u64) -> Result<(), String> {
    let pack = Pack::builtin();
    let samples = samples()?;
    let mut planted = 0;
    for sample in &samples {
        let expanded = expand(sample, &pack, seed)?;
        planted += expanded.secrets.len();
        write(&out.join(&sample.file), &expanded.text)?;
        let expected = out.join(format!("{}.expected.jsonl", sample.file));
        write(&expected, expected_lines(sample, &expanded).as_bytes())?;
    }
    let place = out.display();
    println!("corpus: {} samples with {planted} secrets in {place} (seed {seed})", samples.len());
    Ok(())
}

/// One JSON object a planted secret, in the order of the text.
fn expected_lines(sample: &Sample, expanded: &Planted) -> String {
    let line = |(rule, span): &(String, keysieve::Span)| {
        let object = serde_json::json!({
            "source": sample.file, "rule": rule, "span": [span.start(), span.end()],
        });
        format!("{object}\n")
    };
    expanded.secrets.iter().map(line).collect()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told)?;
    }
    fs::write(path, bytes).map_err(told)
}
