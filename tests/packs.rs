//! The built-in packs: all of them load, and every rule proves itself.

use keysieve::{Pack, lint};

#[test]
fn every_pack_loads() {
    let mut rules = 0;
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/patterns")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        rules += Pack::parse(&path.to_string_lossy(), &text).unwrap().len();
    }
    assert_eq!(rules, Pack::builtin().len(), "ids are unique, and no pack is left out of the list");
    assert!(rules >= 120);
}

#[test]
fn every_rule_proves_itself() {
    let faults = lint::lint(&Pack::builtin());
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} faults:\n{}", lines.len(), lines.join("\n"));
}
