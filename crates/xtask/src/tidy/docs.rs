//! Links in Markdown files resolve: the file is tracked, the heading exists. So do paths in code spans,
//! such as the tests that a document names as proof.
//!
//! Addresses on the network are not looked at; code blocks are skipped, and so are
//! spans that are patterns or have a placeholder in capitals.

use super::Fault;
use super::tree::Tree;

pub fn check(tree: &Tree, faults: &mut Vec<Fault>) {
    for (path, text) in tree.texts().filter(|(path, _)| path.ends_with(".md")) {
        for (line, target) in links(text) {
            if let Some(message) = fault_of(tree, path, &target) {
                faults.push(Fault::new(path, line, message));
            }
        }
        for (line, span) in prose(text).flat_map(|(n, line)| code_spans(line).map(move |s| (n, s)))
        {
            if is_path(span) && !tree.has(span) {
                faults.push(Fault::new(path, line, format!("`{span}`: no such file")));
            }
        }
    }
}

/// Does a code span name a file or folder of ours?
fn is_path(span: &str) -> bool {
    let folders = ["src/", "crates/", "tests/", "corpus/", "patterns/", "docs/"];
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-./".contains(&b);
    folders.iter().any(|folder| span.starts_with(folder)) && span.bytes().all(plain)
}

fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn fault_of(tree: &Tree, from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let Some(file) = resolve(from, file) else {
        return Some(format!("link `{target}` leaves the repository"));
    };
    if !tree.has(&file) {
        return Some(format!("link `{target}`: no such file"));
    }
    let text = tree.text(&file).unwrap_or_default();
    if !heading.is_empty() && !headings(text).iter().any(|slug| slug == heading) {
        return Some(format!("link `{target}`: no such heading in {file}"));
    }
    None
}

/// The path of `file` as seen from the Markdown file `from`; `None` when it climbs out.
fn resolve(from: &str, file: &str) -> Option<String> {
    if file.is_empty() {
        return Some(from.to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    if file.starts_with('/') {
        parts.clear();
    }
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Line number and target of every inline link and link definition.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code_spans(line);
        for (at, _) in line.match_indices("](") {
            let rest = &line[at + 2..];
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            found.push((number, target.trim_matches(['<', '>']).to_owned()));
        }
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            found.push((number, target.split(' ').next().unwrap_or_default().to_owned()));
        }
    }
    found
}

/// The lines outside fenced code blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

fn without_code_spans(line: &str) -> String {
    let even = line.split('`').enumerate().filter(|(index, _)| index % 2 == 0);
    even.map(|(_, part)| part).collect::<Vec<_>>().join("code")
}

/// The anchors that GitHub makes of the headings.
fn headings(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (_, line) in prose(text).filter(|(_, line)| line.starts_with('#')) {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = found.iter().filter(|old| **old == slug).count();
        found.push(if again == 0 { slug } else { format!("{slug}-{again}") });
    }
    found
}
