//! Foreign patterns taken apart: what is the secret, what stands around it, what does a finite pattern make of it.
//!
//! All of it works on the parsed tree, never on the text. Boundaries at the ends (`\b`, `$`, a class of quotes) are the
//! engine's business here and fall away; everything else that falls away is said.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{
    Capture, Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition,
};

/// Where an unbounded repetition ends: of token characters, and of anything.
const MOST: u32 = 256;
const MOST_OF_ANYTHING: u32 = 3000;
/// Anchors are not longer than this, and not more.
const LONGEST_ANCHOR: usize = 40;
const MOST_ANCHORS: usize = 48;

/// A pattern in three parts.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) before: Vec<Hir>,
    pub(super) secret: Hir,
    pub(super) after: Vec<Hir>,
    /// Whether a boundary was asked for on each side.
    pub(super) bounded: (bool, bool),
    /// What fell away or was changed.
    pub(super) notes: Vec<String>,
}

/// Parses a pattern as this engine does: bytes, ASCII.
pub(super) fn parse(source: &str) -> Result<Hir, String> {
    let mut parser =
        regex_syntax::ParserBuilder::new().unicode(false).utf8(false).nest_limit(64).build();
    parser.parse(source).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => {
            format!("the pattern does not parse: {}", error.kind())
        }
        regex_syntax::Error::Translate(error) => {
            format!("the pattern is not for bytes: {}", error.kind())
        }
        _ => "the pattern does not parse".to_owned(),
    })
}

/// Takes a pattern apart around its secret: group `group`, or the first one.
pub(super) fn apart(source: &str, group: Option<usize>) -> Result<Parts, String> {
    let mut notes = Vec::new();
    let hir = bounded(&parse(source)?, &mut notes);
    let groups = hir.properties().explicit_captures_len();
    let wanted = group.unwrap_or(1) as u32;
    let mut parts = match split(&hir, wanted) {
        Some((before, secret, after)) => {
            Parts { before, secret, after, bounded: (false, false), notes }
        }
        None => {
            if groups > 0 {
                let what =
                    "the secret's group does not stand in every match; the whole match is hidden";
                notes.push(what.to_owned());
            }
            Parts {
                before: Vec::new(),
                secret: hir,
                after: Vec::new(),
                bounded: (false, false),
                notes,
            }
        }
    };
    parts.trim();
    Ok(parts)
}

/// The tree cut at capture group `wanted`, if it stands in every match.
fn split(hir: &Hir, wanted: u32) -> Option<(Vec<Hir>, Hir, Vec<Hir>)> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.index == wanted => {
            Some((Vec::new(), (*capture.sub).clone(), Vec::new()))
        }
        HirKind::Capture(capture) => split(&capture.sub, wanted),
        HirKind::Concat(items) => items.iter().enumerate().find_map(|(at, item)| {
            let (before, secret, after) = split(item, wanted)?;
            let before = items.iter().take(at).cloned().chain(before).collect();
            let after = after.into_iter().chain(items.iter().skip(at + 1).cloned()).collect();
            Some((before, secret, after))
        }),
        _ => None,
    }
}

impl Parts {
    /// Takes boundaries off both ends, and assertions out of the rest.
    fn trim(&mut self) {
        self.before = flat(&self.before);
        self.after = flat(&self.after);
        let mut secret = flat(std::slice::from_ref(&self.secret));
        if self.before.is_empty() {
            self.bounded.0 = trim_front(&mut secret);
        }
        if self.after.is_empty() {
            secret.reverse();
            self.bounded.1 = trim_front(&mut secret);
            secret.reverse();
        }
        self.secret = Hir::concat(secret);
        self.bounded.0 |= trim_front(&mut self.before);
        self.after.reverse();
        self.bounded.1 |= trim_front(&mut self.after);
        self.after.reverse();
        let mut removed = false;
        let clean = |hir: &Hir, removed: &mut bool| without_looks(hir, removed);
        self.secret = clean(&self.secret, &mut removed);
        for part in self.before.iter_mut().chain(&mut self.after) {
            *part = clean(part, &mut removed);
        }
        if removed {
            self.notes.push("an assertion within the pattern falls away".to_owned());
        }
    }

    /// Before, secret and after as one pattern.
    pub(super) fn whole(&self) -> Hir {
        if self.before.is_empty() && self.after.is_empty() {
            return self.secret.clone();
        }
        let secret =
            Capture { index: 1, name: Some("secret".into()), sub: Box::new(self.secret.clone()) };
        let items = self.before.iter().cloned().chain([Hir::capture(secret)]);
        Hir::concat(items.chain(self.after.iter().cloned()).collect())
    }
}

/// The items of nested sequences as one.
fn flat(items: &[Hir]) -> Vec<Hir> {
    items
        .iter()
        .flat_map(|item| match item.kind() {
            HirKind::Concat(inner) => flat(inner),
            HirKind::Capture(capture) => flat(std::slice::from_ref(&capture.sub)),
            HirKind::Empty => Vec::new(),
            _ => vec![item.clone()],
        })
        .collect()
}

/// Takes boundaries off the front: assertions, alternations with one, classes of what no token has.
fn trim_front(items: &mut Vec<Hir>) -> bool {
    let edge = items.iter().take_while(|item| is_edge(item)).count();
    items.drain(..edge);
    edge > 0
}

fn is_edge(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(_) => true,
        HirKind::Capture(capture) => is_edge(&capture.sub),
        HirKind::Alternation(items) => items.iter().any(is_edge),
        HirKind::Class(class) => !has_token_bytes(class),
        HirKind::Repetition(rep) => is_edge(&rep.sub),
        _ => false,
    }
}

fn has_token_bytes(class: &Class) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    // A class of everything but quotes and blanks is no edge; one of everything but token characters is.
    ranges(class).iter().any(|(from, to)| (*from..=*to).any(token))
}

/// A class as ranges of bytes.
pub(super) fn ranges(class: &Class) -> Vec<(u8, u8)> {
    match class {
        Class::Bytes(class) => class.ranges().iter().map(|r| (r.start(), r.end())).collect(),
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .filter_map(|r| {
                let end = u8::try_from(u32::from(r.end())).unwrap_or(0x7f);
                Some((u8::try_from(u32::from(r.start())).ok()?, end))
            })
            .collect(),
    }
}

/// Every part of the tree rebuilt, from the leaves up.
fn map(hir: &Hir, change: &mut dyn FnMut(Hir) -> Hir) -> Hir {
    let built = match hir.kind() {
        HirKind::Repetition(rep) => {
            Hir::repetition(Repetition { sub: Box::new(map(&rep.sub, change)), ..rep.clone() })
        }
        HirKind::Capture(capture) => {
            Hir::capture(Capture { sub: Box::new(map(&capture.sub, change)), ..capture.clone() })
        }
        HirKind::Concat(items) => Hir::concat(items.iter().map(|item| map(item, change)).collect()),
        HirKind::Alternation(items) => {
            Hir::alternation(items.iter().map(|item| map(item, change)).collect())
        }
        _ => hir.clone(),
    };
    change(built)
}

/// The tree with every repetition bounded.
fn bounded(hir: &Hir, notes: &mut Vec<String>) -> Hir {
    let mut most = 0;
    let out = map(hir, &mut |hir| match hir.kind() {
        HirKind::Repetition(rep) if rep.max.is_none() => {
            let anything = matches!(rep.sub.kind(), HirKind::Class(class)
                if ranges(class).iter().map(|(a, b)| usize::from(b - a) + 1).sum::<usize>() > 128);
            let limit = if anything { MOST_OF_ANYTHING } else { MOST }.max(rep.min);
            most = most.max(limit);
            Hir::repetition(Repetition { max: Some(limit), ..rep.clone() })
        }
        _ => hir,
    });
    if most > 0 {
        notes.push(format!("an unbounded repetition ends after {most} here"));
    }
    out
}

fn without_looks(hir: &Hir, removed: &mut bool) -> Hir {
    map(hir, &mut |hir| match hir.kind() {
        HirKind::Look(look) => {
            // A boundary inside an optional part says nothing that `bounds` does not.
            *removed |= !matches!(look, Look::WordAscii | Look::WordUnicode);
            Hir::empty()
        }
        _ => hir,
    })
}

/// The tree without any capture group.
pub(super) fn without_groups(hir: &Hir) -> Hir {
    map(hir, &mut |hir| match hir.kind() {
        HirKind::Capture(capture) => (*capture.sub).clone(),
        _ => hir,
    })
}

/// Whether the tree holds a letter in both cases.
pub(super) fn has_folds(hir: &Hir) -> bool {
    let mut found = false;
    map(hir, &mut |hir| {
        found |= folded(&hir).is_some();
        hir
    });
    found
}

/// The letter of a class that is one letter in both cases.
fn folded(hir: &Hir) -> Option<u8> {
    let HirKind::Class(class) = hir.kind() else { return None };
    match ranges(class).as_slice() {
        [(a, b), (c, d)] if a == b && c == d && a.eq_ignore_ascii_case(c) => Some(*c),
        _ => None,
    }
}

/// The tree with letters in both cases as small ones.
fn lowered(hir: &Hir) -> Hir {
    map(hir, &mut |hir| match folded(&hir) {
        Some(letter) => Hir::literal([letter.to_ascii_lowercase()]),
        None => hir,
    })
}

/// Literals one of which every match begins with, and whether they hold in any case. None if they would be too many or too
/// short to look for.
pub(super) fn anchors(hir: &Hir) -> Option<(Vec<String>, bool)> {
    let caseless = has_folds(hir);
    let hir = lowered(&without_groups(hir));
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_class(12).limit_total(256);
    let mut seq = extractor.extract(&hir);
    seq.dedup();
    for longest in [LONGEST_ANCHOR, 16, 8, 5] {
        seq.keep_first_bytes(longest);
        seq.dedup();
        if seq.len().is_some_and(|n| n <= MOST_ANCHORS) {
            break;
        }
    }
    let literals = seq.literals().filter(|all| !all.is_empty() && all.len() <= MOST_ANCHORS)?;
    let mut out: Vec<String> = Vec::new();
    for literal in literals {
        let text = std::str::from_utf8(literal.as_bytes()).ok()?;
        if text.len() < 3 || text.bytes().any(|b| b.is_ascii_control()) {
            return None;
        }
        out.push(text.to_owned());
    }
    out.sort();
    out.dedup();
    // Of anchors that begin alike, the shortest stands for all.
    let mut kept: Vec<String> = Vec::new();
    for anchor in out {
        if !kept.iter().any(|short| anchor.starts_with(short.as_str())) {
            kept.push(anchor);
        }
    }
    Some((kept, caseless))
}

/// Words that stand in what comes before a secret: literals of three letters or more.
pub(super) fn words(items: &[Hir]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    map(&lowered(&without_groups(&Hir::concat(items.to_vec()))), &mut |hir| {
        if let HirKind::Literal(literal) = hir.kind()
            && let Ok(text) = std::str::from_utf8(&literal.0)
            && text.bytes().filter(u8::is_ascii_alphabetic).count() >= 3
        {
            let word = text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_lowercase();
            if !found.contains(&word) {
                found.push(word);
            }
        }
        hir
    });
    found
}

/// `hir` with anything before and after it, as an allow list's pattern is meant.
pub(super) fn anywhere(source: &str) -> Result<Hir, String> {
    let hir = parse(source)?;
    let items = flat(std::slice::from_ref(&hir));
    let is_start = |hir: &Hir| matches!(hir.kind(), HirKind::Look(Look::Start | Look::StartLF));
    let is_end = |hir: &Hir| matches!(hir.kind(), HirKind::Look(Look::End | Look::EndLF));
    let (from, to) = (items.first().is_some_and(is_start), items.last().is_some_and(is_end));
    let mut notes = Vec::new();
    let mut removed = false;
    let core = without_looks(&bounded(&Hir::concat(items), &mut notes), &mut removed);
    let any = || {
        let class = ClassBytes::new([ClassBytesRange::new(b' ', b'~')]);
        let sub = Box::new(Hir::class(Class::Bytes(class)));
        Hir::repetition(Repetition { min: 0, max: Some(MOST), greedy: true, sub })
    };
    let mut all = Vec::new();
    if !from {
        all.push(any());
    }
    all.push(core);
    if !to {
        all.push(any());
    }
    Ok(Hir::concat(all))
}

/// A pattern over paths as globs, if it is no more than that.
pub(super) fn globs(source: &str) -> Option<Vec<String>> {
    let hir = parse(source).ok()?;
    let mut items = flat(std::slice::from_ref(&hir));
    let is_any = |hir: &Hir| {
        matches!(hir.kind(), HirKind::Repetition(r) if r.max.is_none()
        && matches!(r.sub.kind(), HirKind::Class(c) if ranges(c).len() <= 2))
    };
    let ends =
        items.last().is_some_and(|h| matches!(h.kind(), HirKind::Look(Look::End | Look::EndLF)));
    // `(^|/)`: where a part of the path begins, which is where a glob may begin.
    let is_part = |hir: &Hir| {
        matches!(hir.kind(), HirKind::Alternation(two) if two.len() == 2
        && two.iter().any(|h| matches!(h.kind(), HirKind::Look(Look::Start | Look::StartLF)))
        && two.iter().any(|h| matches!(h.kind(), HirKind::Literal(l) if &*l.0 == b"/")))
    };
    let at_part = items.first().is_some_and(is_part);
    if at_part {
        items.remove(0);
    }
    if items.first().is_some_and(|h| matches!(h.kind(), HirKind::Look(_))) {
        // A path from the root of a repository; where that is, is not known here.
        return None;
    }
    items.retain(|item| !matches!(item.kind(), HirKind::Look(_)));
    let loose_back = items.last().is_some_and(is_any);
    items.retain(|item| !is_any(item));
    if items.is_empty() || items.iter().any(|item| !item.properties().look_set().is_empty()) {
        return None;
    }
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_class(4).limit_repeat(2);
    let seq = extractor.extract(&lowered(&without_groups(&Hir::concat(items))));
    let literals = seq.literals().filter(|all| seq.is_exact() && (1..=40).contains(&all.len()))?;
    let front = if at_part { "" } else { "**" };
    let back = if ends && !loose_back { "" } else { "**" };
    literals
        .iter()
        .map(|l| {
            let text = std::str::from_utf8(l.as_bytes()).ok()?;
            let plain = !text.is_empty() && !text.contains(['*', '?']);
            plain.then(|| format!("{front}{text}{back}"))
        })
        .collect()
}
