//! One token from one rule.

use regex_syntax::hir::{Hir, HirKind};

use super::{ALNUM, Dice};
use crate::check::checksum::Checksum;
use crate::rules::pattern::Pattern;
use crate::rules::rule::{Check, Kind, Rule};
use crate::rules::shape;
use crate::text::byteset::ByteSet;
use crate::text::span::Span;

/// How often a token is drawn before giving up.
const TRIES: usize = 1024;
/// How much longer than its least a repetition becomes at most.
const STRETCH: usize = 24;
/// A class of more bytes says what is forbidden, not what tokens are made of.
const WIDE: u32 = 80;
/// What fillings are drawn from where a pattern allows it.
const PLAIN: ByteSet = ByteSet::ALNUM;
/// Of white space, what texts really hold.
const BLANK: ByteSet = ByteSet::EMPTY.with(b" \n");
const PRINTABLE: ByteSet = ByteSet::EMPTY.with_range(0x21, 0x7e);

/// A match of the rule, with the place of the secret in it.
pub(super) fn valid(rule: &Rule, dice: &mut Dice) -> Option<(Vec<u8>, Span)> {
    let Some(pattern) = &rule.pattern else {
        let token = generic(rule.kind, dice);
        let span = Span::new(0, token.len());
        return Some((token, span));
    };
    (0..TRIES).find_map(|_| {
        let mut draw = Draw { dice, out: Vec::new(), secret: None, shortest: false };
        draw.sample(pattern.hir());
        let Draw { out, secret, .. } = draw;
        let span = secret.unwrap_or(Span::new(0, out.len()));
        let (text, span) = repaired(rule, out, span, dice)?;
        if !matches_whole(pattern, &text) || !believable(rule, text.get(span.range())?) {
            return None;
        }
        Some(with_tail(rule, text, span, dice))
    })
}

/// Something that only just is no match: a wrong checksum, or one character short.
pub(super) fn near_miss(rule: &Rule, dice: &mut Dice) -> Option<Vec<u8>> {
    let Some(pattern) = &rule.pattern else {
        let mut token = generic(rule.kind, dice);
        let words = token.iter().rposition(|b| *b == b' ').filter(|_| rule.kind == Kind::Phrase);
        token.truncate(words.unwrap_or(4));
        return Some(token);
    };
    let mut draw = Draw { dice, out: Vec::new(), secret: None, shortest: true };
    draw.sample(pattern.hir());
    draw.out.pop();
    Some(draw.out)
}

fn generic(kind: Kind, dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    match kind {
        Kind::Password => super::password(14, dice, &mut out),
        Kind::Phrase => {
            out.extend(b"a b c d e f g h i j k l");
            Checksum::Bip39.repair(&mut out, &mut || dice.roll() as u32);
        }
        _ => out.extend((0..40).map(|_| dice.pick(ALNUM))),
    }
    out
}

fn repaired(
    rule: &Rule,
    mut text: Vec<u8>,
    span: Span,
    dice: &mut Dice,
) -> Option<(Vec<u8>, Span)> {
    let sum = rule.checks.iter().find_map(|check| match check {
        Check::Checksum(sum) => Some(*sum),
        _ => None,
    });
    let Some(sum) = sum else { return Some((text, span)) };
    let mut secret = text.get(span.range())?.to_vec();
    let mut next = || dice.roll() as u32;
    if !sum.repair(&mut secret, &mut next) {
        return None;
    }
    let end = span.start() + secret.len();
    text.splice(span.range(), secret);
    Some((text, Span::new(span.start(), end)))
}

fn matches_whole(pattern: &Pattern, text: &[u8]) -> bool {
    let mut walk = Pattern::walk(0);
    let mut examined = 0;
    pattern.advance(&mut None, &mut walk, text, 0, true, &mut examined);
    walk.matched == Some(text.len())
}

/// Whether the checks that look at the secret alone would let it pass.
fn believable(rule: &Rule, secret: &[u8]) -> bool {
    !crate::check::allow::is_filler(secret)
        && rule.checks.iter().all(|check| match check {
            Check::Entropy(least) => crate::check::randomness::entropy(secret) >= *least,
            Check::Classes(least) => crate::check::context::classes(secret) >= *least,
            Check::Password => {
                crate::check::plausible::in_url(secret) >= crate::check::plausible::Belief::Fair
            }
            Check::Allow(words) => !crate::check::allow::holds_any(secret, words),
            Check::Checksum(sum) => sum.check(secret) != Some(false),
            Check::Near { .. } | Check::Companion(_) => true,
        })
}

fn with_tail(rule: &Rule, mut text: Vec<u8>, span: Span, dice: &mut Dice) -> (Vec<u8>, Span) {
    let Some(tail) = &rule.tail else { return (text, span) };
    let set = choices(tail.class);
    let len = (20 + dice.below(STRETCH)).min(tail.max);
    text.extend((0..len).map(|_| dice.pick(&set)));
    if let Some(end) = &tail.end {
        let mut draw = Draw { dice, out: text, secret: None, shortest: false };
        draw.sample(end.hir());
        text = draw.out;
    }
    let end = text.len();
    (text, Span::new(span.start(), end))
}

/// What to draw from where a pattern allows `set`: letters and digits if it can be.
fn choices(set: ByteSet) -> Vec<u8> {
    let plain = set.intersection(PLAIN);
    // A class such as `[^\s@]` says what is forbidden; a narrow one says what tokens are made of.
    let wide = set.len() > WIDE;
    let wanted = if wide && plain.len() > 0 { plain } else { set.intersection(PRINTABLE) };
    let blank = set.intersection(BLANK);
    let wanted = match (wanted.len(), blank.len()) {
        (0, 0) => set,
        (0, _) => blank,
        _ => wanted,
    };
    wanted.iter().collect()
}

/// Whether a pattern begins with any bytes or none: what a mail or a log writes before a line of the token.
fn begins_with_anything(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Concat(subs) => subs.first().is_some_and(begins_with_anything),
        HirKind::Capture(cap) => begins_with_anything(&cap.sub),
        HirKind::Repetition(rep) => {
            let class = matches!(rep.sub.kind(), HirKind::Class(_));
            rep.min == 0 && class && shape::bytes(&rep.sub).len() > WIDE
        }
        _ => false,
    }
}

struct Draw<'d> {
    dice: &'d mut Dice,
    out: Vec<u8>,
    secret: Option<Span>,
    shortest: bool,
}

impl Draw<'_> {
    fn sample(&mut self, hir: &Hir) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(lit) => self.out.extend_from_slice(&lit.0),
            HirKind::Class(_) => {
                let set = choices(shape::bytes(hir));
                let byte = self.dice.pick(&set);
                self.out.push(byte);
            }
            HirKind::Capture(cap) => {
                let start = self.out.len();
                self.sample(&cap.sub);
                if cap.name.as_deref() == Some("secret") {
                    self.secret = Some(Span::new(start, self.out.len()));
                }
            }
            HirKind::Concat(subs) => subs.iter().for_each(|sub| self.sample(sub)),
            HirKind::Alternation(subs) => {
                let which = if self.shortest {
                    let least = |sub: &Hir| shape::lengths(sub).map_or(usize::MAX, |(min, _)| min);
                    (0..subs.len())
                        .min_by_key(|&i| subs.get(i).map_or(usize::MAX, least))
                        .unwrap_or(0)
                } else {
                    self.dice.below(subs.len())
                };
                // A layout that text around the token brings about is no other token.
                let drawn = subs.get(which).filter(|sub| !begins_with_anything(sub));
                if let Some(sub) = drawn.or_else(|| subs.first()) {
                    self.sample(sub);
                }
            }
            HirKind::Repetition(rep) => {
                let min = rep.min as usize;
                let max = rep.max.map_or(min, |max| max as usize).min(min + STRETCH);
                let n = if self.shortest { min } else { min + self.dice.below(max - min + 1) };
                (0..n).for_each(|_| self.sample(&rep.sub));
            }
        }
    }
}
