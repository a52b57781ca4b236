//! Texts made of what detection finds hard: tokens, near misses, bare anchors, names without values, quotes at every
//! depth, escapes, glued together at random. Drawn from a seed. The engine's own tests use this file too.
#![allow(dead_code)]

use keysieve::synth::{Dice, Template};
use keysieve::{Pack, Rule};

const GLUE: [&str; 40] = [
    " ",
    "\n",
    "=",
    ": ",
    "\"",
    "\\\"",
    "\\\\\\\"",
    "'",
    ",",
    "; ",
    "&",
    "\\n",
    "\\u000a",
    "%3D",
    "\u{1b}[32m",
    "-",
    "_",
    ".",
    "/",
    "+",
    "==",
    "<",
    ">",
    "|",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "`",
    "\t",
    "\r\n",
    "\0",
    "é",
    "：",
    "密码是",
    " is ",
    "://",
    "@",
];
const WORDS: [&str; 24] = [
    "password",
    "PASSWORD=",
    "\"password\": \"",
    "api_key",
    "secret",
    "token: ",
    "Authorization: Bearer ",
    "the db password is ",
    "key=",
    "-----BEGIN ",
    "-----END ",
    "PRIVATE KEY-----",
    "eyJ",
    "sk-",
    "ghp_",
    "AKIA",
    "postgres://",
    "user:",
    "hello",
    "MAX_TOKENS=100",
    "os.getenv(\"",
    "${",
    "}",
    "[REDACTED:github-pat]",
];

/// The texts of all hits and misses of a rule, expanded.
pub fn examples(pack: &Pack, rule: &Rule, seed: u64) -> Vec<Vec<u8>> {
    let own = |t: &String| {
        let named = t.replace("{secret}", &format!("{{secret:{}}}", rule.id()));
        let named = named.replace("{near}", &format!("{{near:{}}}", rule.id()));
        Template::parse(&named).expand(pack, seed).unwrap().text
    };
    rule.hits().iter().chain(rule.misses()).map(own).collect()
}

/// A valid token of the rule.
pub fn token(pack: &Pack, rule: &Rule, seed: u64) -> Vec<u8> {
    Template::parse(&format!("{{secret:{}}}", rule.id())).expand(pack, seed).unwrap().text
}

/// A text of about `parts` pieces, glued together without mercy.
pub fn soup(pack: &Pack, seed: u64, parts: usize) -> Vec<u8> {
    mix(pack, seed, parts, &[""])
}

/// The same with something between the pieces that no token goes on over.
pub fn sentence(pack: &Pack, seed: u64, parts: usize) -> Vec<u8> {
    mix(pack, seed, parts, &[" ", "\n", "\t", ", ", "; ", "\" \"", "\r\n"])
}

fn mix(pack: &Pack, seed: u64, parts: usize, between: &[&str]) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let rules: Vec<&Rule> = pack.rules().collect();
    let mut out = Vec::new();
    for _ in 0..parts {
        let rule = rules[dice.below(rules.len())];
        match dice.below(12) {
            0 | 1 => {
                let all = examples(pack, rule, dice.roll());
                out.extend_from_slice(&all[dice.below(all.len())]);
            }
            2 => out.extend(token(pack, rule, dice.roll())),
            3 => {
                let mut cut = token(pack, rule, dice.roll());
                cut.truncate(dice.below(cut.len()));
                out.extend(cut);
            }
            4 if !rule.anchors().is_empty() => {
                out.extend(rule.anchors()[dice.below(rule.anchors().len())].bytes());
            }
            5 => {
                let n = dice.below(70);
                out.extend((0..n).map(|_| b"abcXYZ0189_-+/="[dice.below(15)]));
            }
            6 | 7 => out.extend(WORDS[dice.below(WORDS.len())].bytes()),
            _ => out.extend(GLUE[dice.below(GLUE.len())].bytes()),
        }
        out.extend(between[dice.below(between.len())].bytes());
    }
    out
}
