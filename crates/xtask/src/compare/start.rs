//! What a hook waits for: the whole time of a process that looks at one line.
//!
//! Here wall time is what matters; the least and the median of many runs, in turn. `rg --version` is what starting a
//! program that does nothing takes.

use super::bytes::Packed;
use super::measure::{self, Cost};
use super::peers::{self, Places};
use std::fmt::Write;
use std::fs::{self, File};
use std::process::Command;
use std::time::Duration;

const RUNS: usize = 25;

/// The section of the report.
pub fn report(places: &Places) -> Result<String, String> {
    let told = |error: std::io::Error| error.to_string();
    let line = Packed::start_up(&places.work.join("bytes/line"))?;
    let (others, _) = peers::others(places);
    let typed = places.work.join("typed");
    fs::write(&typed, "hi\n").map_err(told)?;
    type Start<'a> = Box<dyn Fn() -> std::io::Result<Command> + 'a>;
    let mut rows: Vec<(&str, Start<'_>)> = Vec::new();
    rows.push((
        "echo hi, keysieve redact",
        Box::new(|| {
            let mut command = Command::new(&places.keysieve);
            command.args(["redact", "--no-config"]).stdin(File::open(&typed)?);
            Ok(command)
        }),
    ));
    if let Some(rg) = peers::on_path("rg") {
        rows.push((
            "rg --version",
            Box::new(move || {
                let mut command = Command::new(&rg);
                command.arg("--version");
                Ok(command)
            }),
        ));
    }
    for (name, wanted) in
        [("kingfisher, one line", "kingfisher"), ("betterleaks, one line", "betterleaks")]
    {
        if let Some(tool) = others.iter().position(|tool| tool.name.starts_with(wanted)) {
            let (others, line) = (&others, &line);
            rows.push((name, Box::new(move || Ok((others[tool].command)(line)))));
        }
    }
    let log = places.work.join("stderr");
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); rows.len()];
    for _ in 0..=RUNS {
        for ((_, command), costs) in rows.iter().zip(&mut costs) {
            costs.push(measure::run(&mut command().map_err(told)?, None, &log)?);
        }
    }
    let names = rows.iter().map(|(name, _)| *name);
    Ok(render(names.zip(&costs)))
}

fn render<'a>(rows: impl Iterator<Item = (&'a str, &'a Vec<Cost>)>) -> String {
    let mut text = String::from("\n## start-up: one line\n\n");
    text.push_str("| process | wall ms, least | wall ms, median | CPU ms, least | to keysieve's median |\n|---|--:|--:|--:|--:|\n");
    let mut ours = None;
    for (name, costs) in rows {
        // The first run warms.
        let mut walls: Vec<Duration> = costs.iter().skip(1).map(|cost| cost.wall).collect();
        walls.sort_unstable();
        let least = walls.first().copied().unwrap_or_default().as_secs_f64() * 1e3;
        let median = walls.get(walls.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3;
        let cpu = costs.iter().map(|cost| cost.cpu).min().unwrap_or_default().as_secs_f64() * 1e3;
        let ours = *ours.get_or_insert(median);
        let ratio = median / ours;
        let _ = writeln!(text, "| {name} | {least:.1} | {median:.1} | {cpu:.1} | {ratio:.2} |");
    }
    text
}
