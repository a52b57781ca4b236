//! Who may import whom inside the engine.
//!
//! The table is docs/ARCHITECTURE.md in code: a module sees what stands before it, never what comes
//! after. Paths that start at `crate` or climb to it with `super` are seen; tests may import anything.
//! The front door (`lib.rs`) sees everything and is not imported from inside: modules name each other.

use super::Fault;
use super::source::{Source, ident, is_ident};

/// A module of the engine and the modules it may name.
const LAYERS: &[(&str, &[&str])] = &[
    ("text", &["error"]),
    ("error", &["text"]),
    ("check", &["text", "error"]),
    ("rules", &["text", "error", "check"]),
    ("synth", &["text", "error", "check", "rules"]),
    ("detect", &["text", "error", "check", "rules"]),
    ("payload", &["text", "error"]),
    ("scan", &["text", "error", "check", "rules", "detect", "payload"]),
    ("redact", &["text", "error", "check", "rules", "detect", "payload", "scan"]),
    ("policy", &["text", "error", "check", "rules", "detect", "scan", "redact"]),
    ("record", &["text", "error", "rules", "detect", "scan"]),
    ("explain", &["text", "error", "check", "rules", "detect", "scan"]),
    ("plan", &["rules", "detect"]),
    ("lint", &["text", "error", "rules", "synth", "detect", "scan"]),
];

pub fn check(path: &str, source: &Source, faults: &mut Vec<Fault>) {
    let Some(module) = module_path(path) else {
        return;
    };
    let Some(&first) = module.first() else { return };
    let Some((_, seen)) = LAYERS.iter().find(|(name, _)| *name == first) else {
        let message =
            format!("module `{first}` has no line in the layer table (xtask tidy/layers.rs)");
        faults.push(Fault::new(path, 1, message));
        return;
    };
    for (at, target) in imports(source.code(), module.len()) {
        let line = source.line_at(at);
        if target == first || seen.contains(&target) || source.in_test(line) {
            continue;
        }
        let message = if LAYERS.iter().any(|(name, _)| *name == target) {
            format!("`{first}` may not import `{target}`: it stands later in the flow")
        } else {
            format!("`crate::{target}` is the front door; name the module it lives in")
        };
        faults.push(Fault::new(path, line, message));
    }
}

/// `src/a/b.rs` is `["a", "b"]`, `src/a.rs` and `src/a/mod.rs` are `["a"]`; `None` for a crate root.
fn module_path(path: &str) -> Option<Vec<&str>> {
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    if matches!(inner, "lib" | "main") {
        return None;
    }
    Some(inner.strip_suffix("/mod").unwrap_or(inner).split('/').collect())
}

/// Offset and name of every top-level module that a path in `code` reaches.
fn imports(code: &str, depth: usize) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `pub(in crate::x)` and `$crate::x` name a module too; an identifier that ends so does not.
        if !code.as_bytes()[..at].last().copied().is_some_and(is_ident) {
            heads(&code[at + "crate::".len()..], at, &mut found);
        }
    }
    let climb = "super::".repeat(depth);
    for (at, _) in code.match_indices(&climb) {
        let before = &code[..at];
        let rest = &code[at + climb.len()..];
        if !before.ends_with("super::") && !rest.starts_with("super::") {
            heads(rest, at, &mut found);
        }
    }
    found
}

/// The first names of a path, or of each member of a `{…}` group.
fn heads<'a>(rest: &'a str, at: usize, found: &mut Vec<(usize, &'a str)>) {
    let Some(group) = rest.strip_prefix('{') else {
        let name = ident(rest);
        if !name.is_empty() {
            found.push((at, name));
        }
        return;
    };
    let mut depth = 1usize;
    let mut member = true;
    for (offset, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return,
            b'}' => depth -= 1,
            b',' if depth == 1 => member = true,
            _ if member && is_ident(byte) => {
                found.push((at, ident(&group[offset..])));
                member = false;
            }
            _ => {}
        }
    }
}
