//! `keysieve rules new`: a rule from example tokens.
//!
//! Tokens come from standard input or a file, never from the command line, where they would stay in the shell's history. What
//! is printed holds nothing of them but a prefix; should it hold more, nothing is printed.

mod shape;

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use keysieve::{Config, Pack, Profile, Scanner};

use super::draft::{Draft, kebab};
use crate::args::NewArgs;
use crate::failure::{CLEAN, Count, Failure, reason};
use crate::hiargs::is_stdin;
use crate::talk::{self, Voice};
use shape::Shape;

/// More input is not a list of tokens.
const LONGEST: u64 = 64 * 1024;
/// Pieces of a token that must not be printed.
const PIECE: usize = 6;
/// The blank that a person has to fill in.
const BLANK: &str = "FILL IN";

pub(super) fn run(args: &NewArgs, voice: Voice) -> Result<u8, Failure> {
    let text = read(args)?;
    let mut tokens: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    if tokens.is_empty() {
        return Err(Failure::Fault("no example: give one token a line".to_owned()));
    }
    let shape = shape::of(&tokens, args.prefix.as_deref()).map_err(Failure::Fault)?;
    let draft = draft(args, &shape, tokens.len());
    let out = draft.text();
    if leaks(&out, &tokens, shape.prefix.len()) {
        let message =
            "the draft would show a part of the token; give --id, and --prefix if it has one";
        return Err(Failure::Fault(message.to_owned()));
    }
    talk::print(out.as_bytes())?;
    let faults = draft.faults();
    for said in remarks(&draft, &tokens, &faults)? {
        voice.note(&said);
    }
    Ok(if faults.is_empty() { CLEAN } else { 1 })
}

fn read(args: &NewArgs) -> Result<String, Failure> {
    let path = args.file.clone().unwrap_or_else(|| PathBuf::from("-"));
    let failed =
        |error: io::Error| Failure::Fault(format!("{}: {}", path.display(), reason(&error)));
    let mut bytes = Vec::new();
    if is_stdin(&path) {
        if io::stdin().is_terminal() {
            talk::say("type one example token a line, then end the input (Ctrl-D)");
        }
        io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = std::fs::File::open(&path).map_err(failed)?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > LONGEST {
        let message =
            format!("{}: more than 64 KiB; give one example token a line", path.display());
        return Err(Failure::Fault(message));
    }
    String::from_utf8(bytes).map_err(|_| Failure::Fault(format!("{}: not text", path.display())))
}

fn draft(args: &NewArgs, shape: &Shape, examples: usize) -> Draft {
    let provider = provider(&shape.prefix);
    let id = args.id.clone().unwrap_or_else(|| match &provider {
        Some(provider) => format!("{provider}-token"),
        None => match &args.name {
            Some(name) => kebab(name),
            None => "new-token".to_owned(),
        },
    });
    let name = args.name.clone().unwrap_or_else(|| id.replace('-', "_").to_uppercase());
    let title = args
        .title
        .clone()
        .unwrap_or_else(|| capitalised(&id.replace('-', " ")).replace(" api ", " API "));
    let mut draft = Draft {
        title,
        category: args.category.clone(),
        why: format!("{BLANK}: what can whoever finds it do?"),
        severity: "high".to_owned(),
        confidence: "likely".to_owned(),
        pattern: shape.pattern(),
        hits: vec![
            format!("{name}={{secret}}"),
            format!("{{\"{}\": \"{{secret}}\"}}", name.to_lowercase()),
        ],
        id,
        ..Draft::default()
    };
    if let Some(bar) = shape.entropy() {
        draft.checks.push(format!("{{ entropy = {bar} }}"));
    }
    let Shape { mark, shortest, longest, prefix, .. } = shape;
    if prefix.len() >= 3 {
        draft.confidence = "certain".to_owned();
        draft.anchors.push(prefix.clone());
        draft.misses.push(format!("{prefix}{{{mark}:4}}"));
        draft.misses.push(format!("{prefix}your-key-here"));
    } else {
        draft.keywords.push(name.to_lowercase());
        draft.misses.push(format!("{name}={{{mark}:3}}"));
        draft.misses.push(format!("{name}=${{{name}}}"));
        draft.notes.push(format!(
            "No prefix shows: the rule asks for the name `{}`. If tokens do begin alike, say --prefix.",
            name.to_lowercase()
        ));
    }
    let length =
        if shortest == longest { shortest.to_string() } else { format!("{shortest} to {longest}") };
    draft.notes.push(format!(
        "Drawn from {}: length {length} and alphabet are what was seen. Check both with the provider's documentation.",
        Count(examples as u64, "example")
    ));
    let text = "Fill in `why`, and `revoke` and `references` if there are any; look at severity and confidence.";
    draft.notes.push(text.to_owned());
    draft
}

/// The first word of a prefix, if it is more than `sk` or `key`.
fn provider(prefix: &str) -> Option<String> {
    let word = prefix.split(['_', '-', '.']).find(|word| word.len() >= 3)?.to_lowercase();
    let common = ["key", "api", "live", "test", "token", "secret", "pat", "prod"];
    let word = kebab(&word);
    (!word.is_empty() && !common.contains(&&*word)).then_some(word)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Whether a piece of a token, behind the prefix, stands in the draft.
fn leaks(out: &str, tokens: &[&str], prefix: usize) -> bool {
    let out = out.to_lowercase();
    tokens.iter().any(|token| {
        let body = token.get(prefix..).unwrap_or_default().to_lowercase();
        let pieces = body.as_bytes().windows(PIECE.min(body.len().max(1)));
        pieces.into_iter().any(|piece| out.as_bytes().windows(piece.len()).any(|w| w == piece))
    })
}

/// What is said of the draft: whether it is sound, whether it finds the examples, whether there is a rule already.
fn remarks(draft: &Draft, tokens: &[&str], faults: &[String]) -> Result<Vec<String>, Failure> {
    let mut said: Vec<String> = faults.iter().map(|fault| format!("lint: {fault}")).collect();
    let Ok(own) = draft.pack() else { return Ok(said) };
    let scanner = |pack: Pack| {
        Scanner::builder().pack(pack).config(Config::new().profile(Profile::Redact)).build()
    };
    let (alone, known) = (scanner(own)?, scanner(Pack::builtin())?);
    let name = draft.keywords.first().map_or("", String::as_str);
    let text = |token: &str| format!("{name}={token}\n").into_bytes();
    let found = tokens.iter().filter(|t| alone.find_iter(&text(t)).next().is_some()).count();
    said.push(match (found, tokens.len()) {
        (1, 1) => "the rule finds the example".to_owned(),
        (found, all) if found == all => format!("the rule finds all {all} examples"),
        (found, all) => {
            format!(
                "the rule finds {found} of {}: they may look made up",
                Count(all as u64, "example")
            )
        }
    });
    let mut others: Vec<String> = tokens
        .iter()
        .flat_map(|token| known.find_iter(&text(token)))
        .map(|finding| finding.rule_id().to_owned())
        .filter(|id| !id.starts_with("generic-"))
        .collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        said.push(format!("there are rules that find it already: {}", others.join(", ")));
    }
    if faults.is_empty() {
        said.push(format!(
            "fill in what says `{BLANK}`, then run `keysieve rules lint` on the pack"
        ));
    }
    Ok(said)
}
