//! `keysieve rules import`: packs of other tools as a pack of ours.
//!
//! What cannot be carried over is said for each rule, on standard error and as a comment in the pack: a rule that is missing
//! without a word is worse than one that never was. What is written loads and passes lint.

mod convert;
mod foreign;
mod print;
mod regex;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use keysieve::{Pack, Scanner};

use super::draft::{comment, easy};
use crate::args::{ImportArgs, Origin};
use crate::failure::{CLEAN, Count, Failure};
use crate::select;
use crate::talk::{self, Voice};
use foreign::{Allowed, Foreign};

pub(super) fn run(args: &ImportArgs, voice: Voice) -> Result<u8, Failure> {
    let name = args.file.display().to_string();
    let text = select::opened(&args.file)?.text;
    let foreign = foreign::read(&text, args.from)
        .map_err(|fault| Failure::Fault(format!("{name}:{fault}")))?;
    if foreign.rules.is_empty() && foreign.allows.is_empty() {
        let message = format!("{name}: no rules of {} stand there", args.from.name());
        return Err(Failure::Fault(message));
    }
    let import = Import::new(&foreign, args.from);
    let out = import.text(args.from);
    if let Err(error) = Pack::parse("import.toml", &out) {
        // A defect of the conversion; nothing half right is written.
        return Err(Failure::Fault(format!("{name}: what came of it does not load: {error}")));
    }
    talk::print(out.as_bytes())?;
    for piece in &import.pieces {
        for lost in &piece.lost {
            voice.note(&talk::redacted(&format!("{}: {lost}", piece.whose)));
        }
    }
    let kept = import.pieces.iter().filter(|piece| piece.rule.is_some()).count();
    voice.note(&format!(
        "{kept} of {} carried over; fill in what says `FILL IN`, then run `keysieve rules lint`",
        Count(foreign.rules.len() as u64, "rule")
    ));
    Ok(if kept == foreign.rules.len() { CLEAN } else { 1 })
}

impl Origin {
    fn name(self) -> &'static str {
        match self {
            Origin::Gitleaks => "Gitleaks",
            Origin::Betterleaks => "Betterleaks",
            Origin::Kingfisher => "Kingfisher",
            Origin::Noseyparker => "Nosey Parker",
        }
    }
}

/// What came of a rule, or of the file as a whole.
struct Piece {
    whose: String,
    /// The rule as TOML, unless it was not carried over.
    rule: Option<String>,
    entries: String,
    /// What was not carried over, with reasons.
    lost: Vec<String>,
}

/// A pack on its way: the file itself comes first, then each rule.
struct Import {
    pieces: Vec<Piece>,
}

impl Import {
    fn new(foreign: &Foreign, from: Origin) -> Import {
        let file = Piece {
            whose: "the file".to_owned(),
            rule: None,
            entries: String::new(),
            lost: foreign.lost.clone(),
        };
        let mut import = Import { pieces: vec![file] };
        let mut ids = BTreeSet::new();
        let builtin = Pack::builtin();
        for rule in &foreign.rules {
            let id = fresh(&mut ids, convert::id(rule));
            let (rule, mut lost) = match convert::rule(rule, &id, from.name()) {
                Ok(carried) => (Some(carried.draft.text()), carried.lost),
                Err(why) => (None, vec![format!("NOT CARRIED OVER: {why}")]),
            };
            if rule.is_some() && builtin.rule(&id).is_some() {
                lost.push("a built-in rule has this id, and is replaced by this one".to_owned());
            }
            import.pieces.push(Piece { whose: id, rule, entries: String::new(), lost });
        }
        import.settle();
        for (at, rule) in (1..).zip(&foreign.rules) {
            let Some(piece) = import.pieces.get(at).filter(|piece| piece.rule.is_some()) else {
                continue;
            };
            let id = piece.whose.clone();
            import.allows(at, &id, &rule.allows);
        }
        import.allows(0, "*", &foreign.allows);
        import
    }

    /// Leaves out rules that cannot stand beside the others, because those find their tokens.
    fn settle(&mut self) {
        while let Ok(pack) = Pack::parse("import.toml", &self.rules()) {
            let faults = keysieve::lint::lint(&pack);
            // Of two that collide the later one goes.
            let last = self.pieces.iter_mut().rev().find_map(|piece| {
                let fault = faults.iter().find(|fault| fault.rule == piece.whose)?;
                piece.rule.take().map(|_| (piece, fault))
            });
            let Some((piece, fault)) = last else { return };
            piece.lost.push(format!("NOT CARRIED OVER: beside the others: {}", fault.message));
        }
    }

    fn rules(&self) -> String {
        let parts =
            self.pieces.iter().flat_map(|piece| [piece.rule.as_deref(), Some(&piece.entries)]);
        parts.flatten().collect::<Vec<_>>().join("\n")
    }

    /// The pack.
    fn text(&self, from: Origin) -> String {
        let mut out = String::new();
        comment(&mut out, &format!("Imported from a file of {}.", from.name()));
        for piece in self.pieces.iter().skip(1).chain(self.pieces.first()) {
            out.push('\n');
            for lost in &piece.lost {
                comment(&mut out, &talk::redacted(&format!("{}: {lost}", piece.whose)));
            }
            out.push_str(piece.rule.as_deref().unwrap_or_default());
            out.push_str(&piece.entries);
        }
        out
    }

    /// Allow lists as entries: one where both have to hold, one each where either does.
    fn allows(&mut self, at: usize, rule: &str, lists: &[Allowed]) {
        for list in lists {
            let (mut patterns, mut paths, mut lost) = (Vec::new(), Vec::new(), Vec::new());
            for source in &list.patterns {
                match regex::anywhere(source) {
                    _ if names_secret(source) => lost.push(SECRET.to_owned()),
                    Ok(hir) => patterns.push(print::text(&hir).0),
                    Err(why) => lost.push(format!("allowed `{source}`: {why}")),
                }
            }
            for source in &list.paths {
                match regex::globs(source) {
                    Some(globs) => paths.extend(globs),
                    None => lost.push(format!("allowed path `{source}`: no glob says the same")),
                }
            }
            if list.both && !list.patterns.is_empty() && !list.paths.is_empty() {
                if !lost.is_empty() {
                    lost.push(
                        "an allow list of two conditions is left out with one of them".to_owned(),
                    );
                    patterns.clear();
                    paths.clear();
                }
                lost.extend(self.entry(at, rule, list, &patterns, &paths));
            } else {
                for pattern in &patterns {
                    lost.extend(self.entry(at, rule, list, std::slice::from_ref(pattern), &[]));
                }
                lost.extend(self.entry(at, rule, list, &[], &paths));
            }
            self.pieces[at].lost.extend(lost);
        }
    }

    /// Adds an entry, or says why not.
    fn entry(
        &mut self,
        at: usize,
        rule: &str,
        list: &Allowed,
        patterns: &[String],
        paths: &[String],
    ) -> Option<String> {
        if patterns.is_empty() && paths.is_empty() {
            return None;
        }
        let reason = list.reason.as_deref().map(talk::redacted);
        let reason = reason.filter(|reason| reason.trim().chars().count() >= 8);
        let reason =
            reason.unwrap_or_else(|| "FILL IN (imported): why is this no secret?".to_owned());
        let all = |items: &[String]| items.iter().map(|i| easy(i)).collect::<Vec<_>>().join(", ");
        let mut text = format!("\n[[allow]]\nrule = {}\n", easy(rule));
        // Writing to a string cannot fail.
        if !patterns.is_empty() {
            let _ = writeln!(text, "patterns = [{}]", all(patterns));
        }
        if !paths.is_empty() {
            let _ = writeln!(text, "paths = [{}]", all(paths));
        }
        let _ = writeln!(text, "reason = {}", easy(&reason));
        let before = self.pieces[at].entries.len();
        self.pieces[at].entries.push_str(&text);
        // What this engine refuses because it would let everything through, or what silences a rule's own hits.
        let fault = match Pack::parse("draft.toml", &self.rules()) {
            Ok(pack) => keysieve::lint::lint(&pack)
                .into_iter()
                .next()
                .map(|fault| format!("it would let through what `{}` is to find", fault.rule)),
            Err(error) => Some(super::draft::bare(&error)),
        };
        let fault = fault?;
        self.pieces[at].entries.truncate(before);
        let what = patterns.iter().chain(paths).map(String::as_str).collect::<Vec<_>>().join(" ");
        Some(format!("allowed `{what}`: {fault}"))
    }
}

/// Why a pattern that names one secret is left out.
const SECRET: &str =
    "an allowed pattern holds what looks like a credential; allow its fingerprint instead";

/// Whether a pattern holds a token that a provider's rule finds, spelled out.
fn names_secret(pattern: &str) -> bool {
    static SCANNER: OnceLock<Option<Scanner>> = OnceLock::new();
    let scanner = SCANNER.get_or_init(|| Scanner::builder().pack(Pack::builtin()).build().ok());
    let plain = pattern.replace('\\', "");
    let holds = |scanner: &Scanner, text: &str| {
        scanner.find_iter(text.as_bytes()).any(|found| found.rule().category() != "generic")
    };
    scanner.as_ref().is_none_or(|scanner| holds(scanner, pattern) || holds(scanner, &plain))
}

/// An id that no rule has yet.
fn fresh(ids: &mut BTreeSet<String>, id: String) -> String {
    let numbered = (2..).map(|n| format!("{id}-{n}"));
    let fresh = std::iter::once(id.clone()).chain(numbered).find(|id| !ids.contains(id));
    let fresh = fresh.unwrap_or(id);
    ids.insert(fresh.clone());
    fresh
}
