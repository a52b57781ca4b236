//! A benign shape proves itself: its hits are silent, and would not be without it; its misses are found.

use super::{Bench, Fault, SEEDS, scan};
use crate::rules::benign::{Benign, GUESSES};
use crate::rules::pack::Pack;
use crate::rules::rule::Check;
use crate::scan::config::{Config, Profile};
use crate::scan::scanner::Scanner;
use crate::scan::scratch::Scratch;
use crate::synth::Template;

/// Checks the shapes of `pack` with the rules and shapes of `against`.
pub(super) fn shapes(pack: &Pack, against: &Pack, bench: &mut Bench<'_>, faults: &mut Vec<Fault>) {
    if pack.benign().is_empty() {
        return;
    }
    let bare = Scanner::builder()
        .pack(against.clone().without_benign())
        .config(Config::new().profile(Profile::Redact))
        .build();
    // What cannot be built was reported already.
    let Ok(bare) = bare else { return };
    for shape in pack.benign() {
        let mut say = |message: String| {
            let (file, line) = (shape.file.to_string(), shape.line);
            faults.push(Fault { file, line, rule: shape.id.to_string(), message });
        };
        if let Some(Err(e)) = shape.pattern.as_ref().map(|pattern| pattern.compile()) {
            say(e.to_string());
        }
        for target in shape.against.iter().filter(|word| !GUESSES.contains(&word.as_str())) {
            if let Some(message) = refusal(against, target) {
                say(message);
            }
        }
        hits(shape, bench, &bare, &mut say);
        misses(shape, bench, &mut say);
    }
}

/// Why no shape may speak against this rule.
fn refusal(pack: &Pack, id: &str) -> Option<String> {
    let Some(rule) = pack.rule(id) else {
        return Some(format!("`against` names `{id}`, which is no rule"));
    };
    let checked = rule.checks.iter().any(|check| matches!(check, Check::Checksum(_)));
    checked.then(|| format!("`against` names `{id}`, which has a checksum of its own to go by"))
}

fn hits(shape: &Benign, bench: &mut Bench<'_>, bare: &Scanner, say: &mut dyn FnMut(String)) {
    let mut scratch = Scratch::new();
    let mut needed = false;
    for (i, hit) in shape.hits.iter().enumerate() {
        for seed in 0..SEEDS {
            let text = match Template::parse(hit).expand_for(bench.pack, None, seed) {
                Ok(expanded) => expanded.text,
                Err(e) => return say(e.to_string()),
            };
            if let Some(found) = scan(&bench.redact, &mut bench.scratch, &text).first() {
                return say(format!("hit {}: found by {}", i + 1, found.rule_id()));
            }
            if seed == 0
                && let Some(message) = bench.cuts(&text, true)
            {
                return say(format!("hit {}: {message}", i + 1));
            }
            needed |= !scan(bare, &mut scratch, &text).is_empty();
        }
    }
    if !needed {
        say("the hits are silent without this shape, too".to_owned());
    }
}

fn misses(shape: &Benign, bench: &mut Bench<'_>, say: &mut dyn FnMut(String)) {
    for (i, miss) in shape.misses.iter().enumerate() {
        let found = (0..SEEDS).any(|seed| {
            Template::parse(miss).expand_for(bench.pack, None, seed).is_ok_and(|expanded| {
                !scan(&bench.redact, &mut bench.scratch, &expanded.text).is_empty()
            })
        });
        if !found {
            say(format!("miss {}: nothing is found", i + 1));
        }
    }
}
