//! Unnamed tokens: runs of token characters that a provider's name stands before, or that look drawn at random.
//!
//! The last look, at what no other finding claims; the findings themselves end runs, as their placeholders will. A run
//! that has the shape of a rule and stands behind that rule's provider is that rule's ([`super::mention`]). Without
//! one it is the weakest evidence, so digests, lines of encoded blocks, paths and addresses are passed over, and
//! everything that has one of the packs' benign shapes ([`super::harmless`]).

use super::LOOK_BACK;
use super::boundary;
use super::harmless;
use super::mention;
use super::program::Program;
use super::resolve::Found;
use super::scratch::Caches;
use super::value;
use super::verdict;
use crate::check::{plausible, randomness};
use crate::rules::rule::Confidence;
use crate::text::bits;
use crate::text::byteset::ByteSet;
use crate::text::placeholder;
use crate::text::simd::{self, Class};
use crate::text::span::Span;
use crate::text::view::View;

/// What runs are made of.
const RUN: ByteSet = ByteSet::ALNUM.with(b"_-+/=");
static DIGITS: Class = ByteSet::EMPTY.with_range(b'0', b'9').class();
static RUN_CLASS: Class = RUN.class();
const SHORTEST: usize = 20;
/// The same if a provider is named before it.
const SHORTEST_NAMED: usize = bits::SHORTEST_RUN;
/// Longer runs are encoded contents, not tokens.
const LONGEST: usize = 256;
/// The least a run has to be long to be a line of an encoded block.
const LINE: usize = 32;
/// How far before a run its surroundings matter.
pub(crate) const BEFORE: usize = 256;

/// Bytes ahead of a [`RunScan`], as bits: whether runs are made of them.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    bits: Vec<u64>,
    digits: Vec<u64>,
    from: usize,
    to: usize,
    /// Where a word that speaks of a credential may begin, from `told_from` on.
    telling: Vec<u64>,
    told_from: usize,
}

impl Ahead {
    /// Whether a word that speaks of a credential may begin in `from..to`: sooner yes than no.
    pub(crate) fn may_tell(&self, from: usize, to: usize) -> bool {
        let known = self.told_from <= from && to <= self.to;
        !known || bits::any(&self.telling, from - self.told_from, to - self.told_from)
    }
}

/// Follows the runs of the text that no other finding claims. Holds offsets only.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunScan {
    /// End of the last finding; nothing before it is looked at.
    floor: usize,
    /// Start of the run at hand.
    start: usize,
    /// Next byte to look at.
    pos: usize,
}

impl RunScan {
    /// At the beginning of what is at hand of a text.
    pub(crate) fn at(offset: usize) -> RunScan {
        RunScan { floor: 0, start: offset, pos: offset }
    }

    /// Whether the same follows from both: a finding that ends out of sight is as good as none.
    pub(crate) fn agrees(&self, other: &RunScan) -> bool {
        let of = |scan: &RunScan| {
            let floor = scan.floor.max(scan.start.saturating_sub(LOOK_BACK));
            (floor, scan.start, scan.pos)
        };
        of(self) == of(other)
    }

    /// Where a token could begin that is not complete yet; the next byte to look at if there is none.
    pub(crate) fn hold_from(&self) -> usize {
        if self.pos - self.start <= LONGEST + 1 { self.start } else { self.pos }
    }

    /// Goes on behind a finding.
    pub(crate) fn jump(&mut self, pos: usize) {
        *self = RunScan { floor: pos, start: pos, pos };
    }

    /// Remembers that everything before `pos` is claimed, so that it is no context for what follows.
    pub(crate) fn claim(&mut self, pos: usize) {
        self.floor = pos;
    }

    /// Passes over the bytes before `to` without looking at them.
    pub(crate) fn skip(&mut self, to: usize) {
        self.start = to;
        self.pos = to;
    }

    /// Reads on to `to` and writes down the bytes that runs are made of.
    pub(crate) fn read(&self, view: &View<'_>, to: usize, ahead: &mut Ahead) {
        let text = view.slice(self.pos, to);
        simd::members(&RUN_CLASS, text, &mut ahead.bits);
        simd::members(&DIGITS, text, &mut ahead.digits);
        (ahead.from, ahead.to) = (self.pos, to.max(self.pos));
        let before = view.look_back(self.pos, BEFORE);
        ahead.told_from = self.pos - before.len();
        simd::cast(&mention::TELLING, view.slice(ahead.told_from, to), &mut ahead.telling);
    }

    /// Whether `run` may hold a digit, as every token of a provider does that is looked for here.
    pub(crate) fn may_be_named(ahead: &Ahead, run: Span) -> bool {
        run.start() < ahead.from
            || bits::any(&ahead.digits, run.start() - ahead.from, run.end() - ahead.from)
    }

    /// The next run of a token's length in `ahead`. `closes`: a run that reaches its end ends there.
    pub(crate) fn next(&mut self, ahead: &Ahead, closes: bool) -> Option<Span> {
        let len = ahead.to - ahead.from;
        loop {
            let end = bits::run_end(&ahead.bits, len, self.pos - ahead.from);
            let run = Span::new(self.start, ahead.from + end);
            if end == len && !closes {
                self.pos = run.end();
                return None;
            }
            // What goes on from here is a gap or a run too short to matter.
            self.skip(ahead.from + bits::next_run::<SHORTEST_NAMED>(&ahead.bits, len, end));
            if is_run(run) {
                return Some(run);
            }
            // Not before: a run that was read to its end earlier is closed here, too.
            if self.pos >= ahead.to {
                return None;
            }
        }
    }

    /// The finding a run makes, if it is believable.
    pub(crate) fn judge(
        &self,
        program: &Program,
        view: &View<'_>,
        run: Span,
        caches: &mut Caches,
    ) -> Option<Found> {
        // Who hides when in doubt hides the alphabet, too, where a key is announced.
        let hides = program.threshold == Confidence::Possible;
        let may_be_named = RunScan::may_be_named(&caches.ahead, run)
            || hides && plausible::counts(view.slice(run.start(), run.end()));
        if !may_be_named && program.random.is_none() {
            return None;
        }
        let start = token_start(view, run, self.floor);
        let token = view.slice(start, run.end());
        let span = Span::new(start, run.end());
        if may_be_named && let Some(named) = of_provider(program, view, self.floor, span, caches) {
            return Some(named);
        }
        let number = program.random?;
        let plan = program.plan(number)?;
        let before = view.slice(start.saturating_sub(BEFORE).max(self.floor), start);
        if token.len() > LONGEST || !believable(token, before) {
            return None;
        }
        caches.stats.rule(number).candidates += 1;
        let (confidence, check) = verdict::judge(plan, number, view, span, self.floor, caches)?;
        value::accept(program, number, plan, span, confidence, check)
    }
}

/// Whether a run has a length that is judged.
pub(crate) fn is_run(run: Span) -> bool {
    (SHORTEST_NAMED..=LONGEST + 1).contains(&run.len())
}

/// The finding of a run whose provider stands before it. `floor`: where the last finding ends.
pub(crate) fn of_provider(
    program: &Program,
    view: &View<'_>,
    floor: usize,
    run: Span,
    caches: &mut Caches,
) -> Option<Found> {
    let token = view.slice(run.start(), run.end());
    if token.len() > LONGEST {
        return None;
    }
    starts(token).into_iter().flatten().find_map(|skipped| {
        let value = Span::new(run.start() + skipped, run.end());
        let before = view.slice(value.start().saturating_sub(BEFORE).max(floor), value.start());
        let near = value.start().saturating_sub(mention::NEAR);
        if !mention::may_ask(before, || caches.ahead.may_tell(near, value.start())) {
            return None;
        }
        let fits = program.mentions.may_take(view.slice(value.start(), value.end()))?;
        if in_block(token, before) {
            return None;
        }
        let asked = (mention::asked(before), &fits);
        let place = (floor, value.start());
        let claim = mention::claim(program, view, place, value, asked, caches)?;
        let plan = program.plan(claim.rule)?;
        caches.stats.rule(claim.rule).candidates += 1;
        value::accept(program, claim.rule, plan, claim.span, claim.confidence, claim.check)
    })
}

/// Where a token in a run may begin: with the run, behind a name and `=`, behind the dash of `acme-token-…`.
fn starts(run: &[u8]) -> [Option<usize>; 3] {
    let inner = run.iter().rposition(|b| *b != b'=').unwrap_or(0);
    let behind = |sign: u8| {
        let at = run.get(..inner)?.iter().rposition(|b| *b == sign)?;
        Some(at + 1)
    };
    let named = |at: &usize| mention::ends_telling(run.get(..*at - 1).unwrap_or_default());
    [Some(0), behind(b'='), behind(b'-').filter(named)]
}

/// Where the token in a run begins: behind an escape such as `\n`, `\/` or `\u003d` whose backslash stands before it.
pub(crate) fn token_start(view: &View<'_>, run: Span, floor: usize) -> usize {
    if run.start() <= floor || view.before(run.start()) != Some(b'\\') {
        return run.start();
    }
    run.start() + boundary::escape_len(view.slice(run.start(), run.end()))
}

/// Whether `token`, which stands behind `before`, looks drawn at random and is no digest, address or piece of a block.
pub(crate) fn believable(token: &[u8], before: &[u8]) -> bool {
    let is_digest = token.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    token.len() >= SHORTEST
        && (!is_digest || under_key(before))
        && !in_block(token, before)
        && !in_path(token, before)
        && !is_signature(before)
        && !names_digest(token, before)
        && !in_encoded_address(token, before)
        && !is_joined(token)
        && randomness::is_random(token)
        && without_label(token).is_none_or(randomness::is_random)
}

/// Whether hex digits are the value of a variable that is called a key, as in `ACME_KEY=…`: no digest then.
fn under_key(before: &[u8]) -> bool {
    let bound = before.iter().rev().take_while(|b| b" \"'\\:=".contains(b)).count();
    let (head, bound) = before.split_at(before.len() - bound);
    let name =
        head.iter().rev().take_while(|b| b.is_ascii_uppercase() || b"_0123456789".contains(b));
    let name = head.get(head.len() - name.count()..).unwrap_or_default();
    bound.iter().any(|b| b":=".contains(b))
        && name.len() > 6
        && name.ends_with(b"_KEY")
        && !plausible::name_speaks_against(name)
}

/// Whether the token signs what stands before it together with the time, as Django does: `value:1a2B3c:signature`.
fn is_signature(before: &[u8]) -> bool {
    let stamp = before.get(before.len().saturating_sub(8)..).unwrap_or_default();
    matches!(stamp, [b':', b'1'..=b'3', time @ .., b':'] if time.iter().all(u8::is_ascii_alphanumeric))
        && stamp.len() == 8
}

/// Whether the token is a file's name with the digest of what is in it, behind a dot: `cut.3_intro_<digest>`.
fn names_digest(token: &[u8], before: &[u8]) -> bool {
    let joint = token.iter().rposition(|b| b"_-".contains(b));
    let digest = joint.and_then(|at| token.get(at + 1..)).unwrap_or_default();
    matches!(before, [.., a, b'.'] if a.is_ascii_alphanumeric())
        && matches!(digest.len(), 32 | 40 | 64)
        && digest.iter().all(u8::is_ascii_hexdigit)
}

/// Whether the token is what stands between two percent codes in the parameters of an address.
fn in_encoded_address(token: &[u8], before: &[u8]) -> bool {
    let coded = token.iter().take(2).all(u8::is_ascii_hexdigit) && before.ends_with(b"%");
    coded && memchr::memmem::find(harmless::word_before(before), b"://").is_some()
}

/// The longest piece of a name that joins words and counts.
const PIECE: usize = 12;

/// Whether the token joins short pieces, words among them: `row_b7k29x4q5_orange`, `grids-4x900-20nk-cpu`.
fn is_joined(token: &[u8]) -> bool {
    let mut pieces = token.split(|b| b"_-/+=".contains(b));
    let short = pieces.clone().all(|piece| piece.len() < PIECE);
    let word = |piece: &[u8]| {
        piece.len() >= 5
            && piece.iter().all(u8::is_ascii_lowercase)
            && randomness::log_odds(piece) < 0.0
    };
    short && pieces.clone().count() > 2 && pieces.any(word)
}

/// The least that stands behind a label.
const LABELLED: usize = 16;

/// The token without a word before its first `_`: what is behind may be text in base64.
fn without_label(token: &[u8]) -> Option<&[u8]> {
    let at = token.iter().position(|b| *b == b'_')?;
    let (label, rest) = (token.get(..at)?, token.get(at + 1..)?);
    let worded = (3..=8).contains(&at) && label.iter().all(u8::is_ascii_lowercase);
    (worded && rest.len() >= LABELLED && !rest.iter().all(u8::is_ascii_hexdigit)).then_some(rest)
}

/// Whether the token is one line of an encoded block: of a block's usual width, or right behind another long run.
fn in_block(token: &[u8], before: &[u8]) -> bool {
    let base64 = token.iter().any(|b| b"+/".contains(b));
    if base64 && matches!(token.len(), 60 | 64 | 72 | 76) {
        return true;
    }
    // What may stand between two lines: quotes, commas, indentation, and a line break, which may be escaped.
    let gap = before.iter().rev().take_while(|b| b" \t\r\n\"',".contains(b)).count();
    let (head, gap) = before.split_at(before.len() - gap);
    let broken = gap.iter().any(|b| b"\r\n".contains(b));
    let (head, least) = match head {
        [rest @ .., b'\\', b'n' | b'r'] => (rest, LINE),
        _ if broken => (head, LINE),
        _ if gap.is_empty() => return false,
        // Pieces without a line break between them must be longer to be taken for one text.
        _ => (head, 2 * LINE),
    };
    // What was hidden may have been such a run.
    if placeholder::closes(head) {
        return true;
    }
    let run = head.iter().rev().take_while(|b| RUN.contains(**b)).count();
    run >= least && !is_assigned(head.get(head.len() - run..).unwrap_or_default())
}

/// Whether a run is a variable and its value, `GIT_SHA=…`: no line of a block.
fn is_assigned(run: &[u8]) -> bool {
    let name = run.iter().take_while(|b| b.is_ascii_uppercase() || **b == b'_').count();
    name > 2 && run.get(name) == Some(&b'=') && run.get(name + 1).is_some_and(|b| *b != b'=')
}

/// Whether the token is part of an address before its parameters, or of a path of names.
fn in_path(token: &[u8], before: &[u8]) -> bool {
    let lead = harmless::word_before(before);
    if let Some(at) = memchr::memmem::rfind(lead, b"://") {
        let rest = lead.get(at + 3..).unwrap_or_default();
        let mut parts = rest.splitn(2, |b| *b == b'/');
        // What stands before an `@` is who, not where.
        let who = parts.next().is_none_or(|host| host.contains(&b'@'));
        let anchor = rest.windows(2).any(|w| matches!(w, [before, b'#'] if *before != b'/'));
        return !who && !anchor && !rest.iter().any(|b| b"?&=".contains(b));
    }
    let starts = |head: &[u8]| {
        lead.starts_with(head)
            || head.starts_with(lead) && token.starts_with(head.get(lead.len()..).unwrap_or(head))
    };
    let relative: [&[u8]; 3] = [b"./", b"../", b"~/"];
    let named = |part: &[u8]| part.len() < SHORTEST || !randomness::is_random(part);
    before.ends_with(b":") && token.starts_with(b"//")
        || relative.into_iter().any(starts)
        || starts(b"/") && token.split(|b| *b == b'/').all(named)
}
