//! The tables of a comparison, as Markdown that can be read as it is.

use super::measure::Cost;
use super::{Row, Table};
use std::fmt::Write;
use std::time::Duration;

/// All tables under what is known of the machine.
pub fn render(tables: &[Table], machine: &[(&str, String)]) -> String {
    let mut text = String::from("# keysieve and its peers\n\n");
    for (name, value) in machine {
        let _ = writeln!(text, "- {name}: {value}");
    }
    for table in tables {
        let megabytes = table.size as f64 / 1e6;
        let _ = writeln!(text, "\n## {}: {megabytes:.1} MB in {} files\n", table.kind, table.files);
        write_rows(&mut text, &table.rows);
    }
    text.push_str(LEGEND);
    text
}

const LEGEND: &str = "
CPU: user and system time of the best round less that of the start-up; spread: how much more the slowest round took;
ratio: throughput of keysieve divided by the tool's (above 1: keysieve is faster); wall: MB/s by the clock, which other
work on the machine lowers. A smaller number of MB is a sample of the same bytes, for tools that need minutes.
Method and bias: [METHODOLOGY.md](../METHODOLOGY.md).
";

fn write_rows(text: &mut String, rows: &[Row]) {
    let head = [
        "tool",
        "MB",
        "start-up ms",
        "CPU s",
        "spread",
        "MB/s",
        "ratio",
        "findings",
        "peak MiB",
        "wall MB/s",
    ];
    let mut lines = vec![head.map(str::to_owned)];
    let ours = rows.first().map_or(0.0, speed);
    for row in rows {
        let cpu = net(row).as_secs_f64();
        let slowest = row.runs.iter().map(|cost| cost.cpu).max().unwrap_or_default();
        let spread = slowest.as_secs_f64() / best(&row.runs).as_secs_f64().max(1e-9) - 1.0;
        let wall = row.runs.iter().map(|cost| cost.wall).min().unwrap_or_default();
        let before = row.start_up.iter().map(|cost| cost.wall).min().unwrap_or_default();
        let peak = row.runs.iter().map(|cost| cost.peak).max().unwrap_or_default();
        let megabytes = row.size as f64 / 1e6;
        lines.push([
            row.tool.clone(),
            format!("{megabytes:.1}"),
            format!("{:.1}", best(&row.start_up).as_secs_f64() * 1e3),
            format!("{cpu:.3}"),
            format!("{:.0} %", spread * 100.0),
            if measurable(row) { format!("{:.1}", speed(row)) } else { "-".to_owned() },
            if measurable(row) { format!("{:.2}", ours / speed(row)) } else { "-".to_owned() },
            row.findings.map_or("-".to_owned(), |n| n.to_string()),
            format!("{:.0}", peak as f64 / 1024.0),
            match wall.checked_sub(before) {
                Some(wall) if measurable(row) => format!("{:.0}", megabytes / wall.as_secs_f64()),
                _ => "-".to_owned(),
            },
        ]);
    }
    write_aligned(text, &lines);
}

/// Columns as wide as their widest cell; the first to the left, numbers to the right.
fn write_aligned<const N: usize>(text: &mut String, lines: &[[String; N]]) {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or_default()).collect();
    for (number, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!(" {cell:<width$} ") } else { format!(" {cell:>width$} ") }
        });
        let _ = writeln!(text, "|{}|", cells.collect::<Vec<_>>().join("|"));
        if number == 0 {
            let rules = widths.iter().enumerate().map(|(column, &width)| {
                if column == 0 {
                    "-".repeat(width + 2)
                } else {
                    format!("{}:", "-".repeat(width + 1))
                }
            });
            let _ = writeln!(text, "|{}|", rules.collect::<Vec<_>>().join("|"));
        }
    }
}

fn best(costs: &[Cost]) -> Duration {
    costs.iter().map(|cost| cost.cpu).min().unwrap_or_default()
}

/// Processor time of the bytes alone.
fn net(row: &Row) -> Duration {
    best(&row.runs).saturating_sub(best(&row.start_up)).max(Duration::from_micros(1))
}

/// Is it more than what start-up varies by?
fn measurable(row: &Row) -> bool {
    net(row) > Duration::from_millis(1)
}

/// MB/s of processor time.
fn speed(row: &Row) -> f64 {
    row.size as f64 / 1e6 / net(row).as_secs_f64()
}
