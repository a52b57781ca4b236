//! Unnamed tokens: runs of token characters that look drawn at random.
//!
//! The last look, at what no other finding claims; the findings themselves end runs, as their placeholders will. The
//! weakest evidence, so everything with a known harmless shape or a harmless name before it is passed over:
//! digests, identifiers of model providers and tracers, data URIs.

use super::program::Program;
use super::resolve::Found;
use super::scratch::Caches;
use super::verdict;
use crate::check::randomness;
use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::View;

/// What runs are made of.
const RUN: ByteSet = ByteSet::ALNUM.with(b"_-+/=");
const SHORTEST: usize = 20;
/// Longer runs are encoded contents, not tokens.
const LONGEST: usize = 256;
/// How far before a run its name may begin.
const NAME_BEFORE: usize = 48;

/// Beginnings of identifiers that are public by design.
const IDENTIFIERS: [&[u8]; 26] = [
    b"chatcmpl-",
    b"cmpl-",
    b"msg_",
    b"req_",
    b"call_",
    b"toolu_",
    b"run_",
    b"thread_",
    b"asst_",
    b"file-",
    b"step_",
    b"resp_",
    b"evt_",
    b"cus_",
    b"rs_",
    b"fc_",
    b"batch_",
    b"srvtoolu_",
    b"modelcmpl-",
    b"ftjob-",
    b"vs_",
    b"trace-",
    b"span-",
    b"sess_",
    b"conv_",
    b"item_",
];
/// How base64 of pictures, archives and documents begins: PNG, JPEG, GIF, zip, gzip, PDF, WebAssembly, WOFF2.
const MAGIC: [&[u8]; 8] =
    [b"iVBORw0KG", b"/9j/", b"R0lGODlh", b"UEsDB", b"H4sIA", b"JVBERi0", b"AGFzbQ", b"d09GMg"];
/// Ends of names whose values are identifiers or digests.
const HARMLESS_NAMES: [&[u8]; 24] = [
    b"id",
    b"ids",
    b"uuid",
    b"guid",
    b"hash",
    b"sha",
    b"sha1",
    b"sha256",
    b"sha512",
    b"digest",
    b"checksum",
    b"etag",
    b"integrity",
    b"fingerprint",
    b"commit",
    b"rev",
    b"revision",
    b"md5",
    b"cursor",
    b"nonce",
    b"ref",
    b"version",
    b"h1",
    b"sha384",
];

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

    /// The next run of a token's length before `to`. `closes`: a run that reaches `to` ends there.
    pub(crate) fn next(&mut self, view: &View<'_>, to: usize, closes: bool) -> Option<Span> {
        loop {
            let ahead = view.slice(self.pos, to);
            let stop = ahead.iter().position(|b| !RUN.contains(*b));
            let run = Span::new(self.start, self.pos + stop.unwrap_or(ahead.len()));
            match stop {
                Some(n) => {
                    let gap = ahead.get(n..).unwrap_or_default();
                    let next = gap.iter().position(|b| RUN.contains(*b)).unwrap_or(gap.len());
                    self.skip(run.end() + next);
                }
                None if closes => self.skip(run.end()),
                None => {
                    self.pos = run.end();
                    return None;
                }
            }
            if (SHORTEST..=LONGEST + 1).contains(&run.len()) {
                return Some(run);
            }
            stop?;
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
        let number = program.random?;
        let plan = program.plan(number)?;
        let start = token_start(view, run, self.floor);
        let token = view.slice(start, run.end());
        let before = view.slice(start.saturating_sub(NAME_BEFORE).max(self.floor), start);
        if token.len() > LONGEST || !believable(token, before) {
            return None;
        }
        caches.stats.rule(number).candidates += 1;
        let span = Span::new(start, run.end());
        let (confidence, check) = verdict::judge(&plan.rule, number, view, span, caches)?;
        (confidence >= program.threshold).then_some(Found {
            start,
            end: run.end(),
            tier: plan.tier,
            rule: number,
            confidence,
            check,
            truncated: false,
            prefix: 0,
        })
    }
}

/// Where the token in a run begins: behind an escape such as `\n`, `\/` or `\u003d` whose backslash stands before it.
pub(crate) fn token_start(view: &View<'_>, run: Span, floor: usize) -> usize {
    if run.start() <= floor || view.before(run.start()) != Some(b'\\') {
        return run.start();
    }
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    run.start()
        + match view.slice(run.start(), run.end()) {
            [b'u', a, b, c, d, ..] if hex(&[*a, *b, *c, *d]) => 5,
            [b'x', a, b, ..] if hex(&[*a, *b]) => 3,
            [b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0' | b'/', ..] => 1,
            _ => 0,
        }
}

/// Whether `token`, which stands behind `before`, looks drawn at random and is nothing harmless.
pub(crate) fn believable(token: &[u8], before: &[u8]) -> bool {
    let is_digest = token.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    let is_public = IDENTIFIERS.iter().chain(&MAGIC).any(|head| token.starts_with(head));
    let is_address = before.ends_with(b":") && token.starts_with(b"//");
    let is_content = before.ends_with(b"base64,") || in_block(token, before);
    if token.len() < SHORTEST || is_digest || is_public || is_address || is_content {
        return false;
    }
    !named_harmless(before) && randomness::is_random(token)
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
    let head = match head {
        [rest @ .., b'\\', b'n' | b'r'] => rest,
        _ if broken => head,
        _ => return false,
    };
    head.iter().rev().take_while(|b| RUN.contains(**b)).count() >= 32
}

/// Whether the text ends with a harmless name and an operator: `"trace_id": "`, `etag=`, `sha256-`.
fn named_harmless(before: &[u8]) -> bool {
    let operator = |b: &u8| b" \t\"'\\:=>@-".contains(b);
    let len = before.iter().rev().take_while(|b| operator(b)).count();
    if len == 0 {
        return false;
    }
    let head = before.get(..before.len() - len).unwrap_or_default();
    let name = head.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = head.get(head.len() - name..).unwrap_or_default();
    HARMLESS_NAMES.iter().any(|harmless| {
        name.len() >= harmless.len()
            && name.get(name.len() - harmless.len()..).is_some_and(|end| {
                end.eq_ignore_ascii_case(harmless)
                    && (name.len() == harmless.len()
                        // `traceId` and `trace_id`, but not `paid` or `grid`.
                        || end.first().is_some_and(u8::is_ascii_uppercase))
            })
    })
}
