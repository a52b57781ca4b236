//! `cargo xtask rules-doc`: `docs/RULES.md`, the catalogue of the built-in rules, made from the packs.
//!
//! The page is derived and never edited. With `--check` nothing is written, and a page that is not what the packs say is
//! a fault; CI runs it so.

use std::fmt::Write as _;
use std::fs;

use keysieve::{Pack, Rule};
use toml::Table;

const PAGE: &str = "docs/RULES.md";

/// Writes the page, or compares it.
pub fn run(args: &[String]) -> Result<(), String> {
    let check = match args {
        [] => false,
        [arg] if arg == "--check" => true,
        [other, ..] => return Err(format!("rules-doc takes --check or nothing, got `{other}`")),
    };
    let wanted = page(&Pack::builtin())?;
    let path = crate::root().join(PAGE);
    if !check {
        fs::write(&path, wanted).map_err(|error| format!("{PAGE}: {error}"))?;
        println!("{PAGE} written");
        return Ok(());
    }
    let found = fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    match difference(&found, &wanted) {
        None => {
            println!("{PAGE} is what the packs say");
            Ok(())
        }
        Some(line) => Err(format!(
            "{PAGE}:{line}: not what the packs say; run `cargo xtask rules-doc` and commit the page"
        )),
    }
}

/// The first line that differs.
fn difference(found: &str, wanted: &str) -> Option<usize> {
    let same = found.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count();
    (found != wanted).then_some(same + 1)
}

fn page(pack: &Pack) -> Result<String, String> {
    let mut packs: Vec<&str> = Vec::new();
    for rule in pack.rules() {
        if !packs.contains(&rule.origin().0) {
            packs.push(rule.origin().0);
        }
    }
    let mut out = format!(
        "# Rules\n\nThe {} rules that are built in, by pack. Made from `patterns/` by `cargo xtask rules-doc`: do not edit it. What the\n\
         columns mean stands in [patterns/README.md](../patterns/README.md#fields). `keysieve rules show ID` tells all that is known of one.\n\n",
        pack.len()
    );
    // Writing to a string cannot fail.
    let _ = writeln!(out, "| pack | rules | about |\n|---|---|---|");
    for name in &packs {
        let count = pack.rules().filter(|rule| rule.origin().0 == *name).count();
        let _ = writeln!(out, "| [{name}](#{name}) | {count} | {} |", cell(&title(name)?));
    }
    for name in &packs {
        let _ = writeln!(out, "\n## {name}\n\n{}.\n", title(name)?);
        let _ = writeln!(out, "| id | what | severity | confidence | checks | revoke |");
        let _ = writeln!(out, "|---|---|---|---|---|---|");
        for rule in pack.rules().filter(|rule| rule.origin().0 == *name) {
            out.push_str(&row(rule));
        }
    }
    Ok(out)
}

/// What the pack's own header says it is about.
fn title(pack: &str) -> Result<String, String> {
    let file = format!("patterns/{pack}.toml");
    let text = fs::read_to_string(crate::root().join(&file))
        .map_err(|error| format!("{file}: {error}"))?;
    let table: Table = text.parse().map_err(|error| format!("{file}: {error}"))?;
    let title = table.get("pack").and_then(|header| header.get("title")?.as_str());
    title.map(str::to_owned).ok_or_else(|| format!("{file}: [pack] has no title"))
}

fn row(rule: &Rule) -> String {
    let checks: Vec<String> = rule.checks().iter().map(|check| kind(check)).collect();
    let checks = if checks.is_empty() { "–".to_owned() } else { checks.join(", ") };
    let revoke = rule.revoke().map_or("–".to_owned(), |url| format!("[link]({url})"));
    format!(
        "| `{}` | {} | {} | {} | {} | {revoke} |\n",
        rule.id(),
        cell(rule.title()),
        rule.severity(),
        rule.confidence(),
        cell(&checks),
    )
}

/// A check in few words: what it measures and its bar; lists of words and patterns are left to `rules show`.
fn kind(check: &str) -> String {
    let word = check.split(' ').next().unwrap_or_default();
    match word {
        "near" | "allow" | "companion" => word.to_owned(),
        _ => check.replace(">=", "≥"),
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_one_row_with_its_link() {
        let pack = Pack::builtin();
        let page = page(&pack).unwrap();
        for rule in pack.rules() {
            let mark = format!("| `{}` |", rule.id());
            let rows: Vec<&str> = page.lines().filter(|line| line.starts_with(&mark)).collect();
            let [row] = rows.as_slice() else { panic!("{}: {} rows", rule.id(), rows.len()) };
            assert_eq!(row.matches(" | ").count(), 5, "{row}");
            assert!(rule.revoke().is_none_or(|url| row.contains(url)), "{row}");
        }
    }

    #[test]
    fn a_stale_page_is_told_from_a_fresh_one() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(difference("a\n", "a\nc\n"), Some(2));
    }
}
