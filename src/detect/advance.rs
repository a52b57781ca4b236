//! The one detect function. Batch calls it once with the whole text, a stream once per chunk.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::anchored::{self, Bench, Step};
use super::assignment::{self, Parsed};
use super::companion;
use super::exempt::Exempt;
use super::finding::{Finding, FingerprintKey};
use super::prefilter::Hit;
use super::program::{GATED, Program};
use super::resolve::{Found, OPEN_END};
use super::scratch::Caches;
use super::state::{Lane, Open, Stage, State};
use super::{BLOCK, random, value};
use crate::check::describe;
use crate::rules::rule::Rule;
use crate::text::byteset::ByteSet;
use crate::text::span::Span;
use crate::text::view::View;

/// Receives a text in order: every byte exactly once, as clean or as a secret's.
pub(crate) trait Output {
    /// Bytes that belong to no finding.
    fn clean(&mut self, bytes: &[u8]) -> ControlFlow<()>;
    /// A finding of this rule is certain and begins behind what was handed out; its end is not known yet.
    /// [`Output::secret`] follows for the same finding.
    fn certain(&mut self, rule: &Arc<Rule>) -> ControlFlow<()>;
    /// These findings overlap and are handed out next, each by its own call. Not told of a finding by itself.
    fn together(&mut self, findings: &mut dyn Iterator<Item = &Finding>) {
        let _ = findings;
    }
    /// A finding and its bytes, or the first of them.
    fn secret(&mut self, finding: &Finding, bytes: &[u8]) -> ControlFlow<()>;
    /// Further bytes of a secret that was handed out before.
    fn more(&mut self, bytes: &[u8]) -> ControlFlow<()>;
    /// A finding all of whose bytes belong to secrets that were handed out before.
    fn beside(&mut self, finding: &Finding) -> ControlFlow<()>;
}

/// Detects as far as `view` allows and hands out everything that is decided.
pub(crate) fn advance(
    program: &Program,
    (key, exempt): (Option<&FingerprintKey>, &Exempt),
    state: &mut State,
    caches: &mut Caches,
    view: &View<'_>,
    out: &mut dyn Output,
) -> ControlFlow<()> {
    let mut run = Run { program, key, exempt, state, caches, view };
    run.retry();
    loop {
        let from = run.state.scanned;
        let to = view.end().min(from + BLOCK);
        run.block(from, to);
        let ends = to == view.end();
        let decided = if ends && view.is_last() {
            run.state.resolver.settle(usize::MAX)
        } else {
            let frontier = run.frontier(to);
            run.state.resolver.settle(frontier)
        };
        run.release(decided, to, out)?;
        if ends {
            return ControlFlow::Continue(());
        }
    }
}

struct Run<'a, 'v> {
    program: &'a Program,
    key: Option<&'a FingerprintKey>,
    exempt: &'a Exempt,
    state: &'a mut State,
    caches: &'a mut Caches,
    view: &'a View<'v>,
}

impl Run<'_, '_> {
    /// Looks at bytes `from..to` for triggers and evaluates those whose turn has come.
    fn block(&mut self, from: usize, to: usize) {
        let known = self.state.hits.len();
        self.program.find(self.view, from, to, self.caches, &mut self.state.hits);
        self.caches.stats.triggers += (self.state.hits.len() - known) as u64;
        self.caches.stats.bytes += (to - from) as u64;
        self.state.scanned = to;
        let last = self.view.is_last() && to == self.view.end();
        let mut found = Vec::new();
        self.state.phrase.advance(self.program, self.view, to, last, self.caches, &mut found);
        if let Some(known) = &self.program.known {
            let seen = (to, last);
            self.state.known.advance(known, self.view, seen, self.caches, &mut found);
        }
        found.into_iter().for_each(|found| self.state.resolver.push(found));
        self.state.edge = self.program.prefilter.edge(self.view, to, self.state.edge);
        let horizon = if last { usize::MAX } else { self.state.edge.horizon };
        let mut hits = std::mem::take(&mut self.state.hits);
        hits.sort_unstable();
        let due = hits.partition_point(|hit| hit.start < horizon);
        for hit in hits.drain(..due) {
            let gate = &self.caches.sieve.gate;
            if hit.user != GATED || gate.opens(hit.start + hit.len as usize) {
                self.dispatch(hit);
            }
        }
        self.state.hits = hits;
    }

    /// Where the earliest finding could begin that is not known yet.
    fn frontier(&self, to: usize) -> usize {
        let open = self.state.lanes.values().filter_map(|lane| lane.open.as_ref());
        let held = open.map(|o| o.hold).min();
        let token = self.state.edge.holding;
        let waiting = self.state.hits.iter().filter(|hit| hit.user < GATED).map(|hit| hit.start);
        let next = waiting.min().unwrap_or(token).min(token);
        let phrase = self.state.phrase.hold_from();
        let known = self.program.known.as_ref().map_or(to, |_| self.state.known.hold_from());
        held.unwrap_or(to).min(self.reach_back(next)).min(phrase).min(known).min(to)
    }

    /// The earliest offset at which the secret of an anchor at or behind `next` can begin: within the same run of
    /// token characters, and no farther back than any rule reaches.
    fn reach_back(&self, next: usize) -> usize {
        let back = self.view.look_back(next, self.program.reach_back);
        next - back.iter().rev().take_while(|b| ByteSet::TOKEN.contains(**b)).count()
    }

    /// Tries suspended candidates again, with the bytes that have arrived since.
    fn retry(&mut self) {
        let lanes: Vec<u32> = self.state.lanes.keys().copied().collect();
        for lane in lanes {
            let Some(entry) = self.state.lanes.get_mut(&lane) else { continue };
            if let Some(open) = &entry.open
                && !self.view.is_last()
                && self.view.end() < open.retry_at
                && !delimited(self.view, self.state.scanned)
            {
                continue;
            }
            if let Some(open) = entry.open.take() {
                self.evaluate(open.hit, Some(open));
            }
            self.drain(lane);
        }
        // No hit that is still to come begins before this offset.
        let floor = self.state.scanned.saturating_sub(self.program.prefilter.longest());
        self.state.lanes.retain(|_, lane| {
            lane.open.is_some() || !lane.queue.is_empty() || lane.last_end > floor
        });
    }

    /// Evaluates queued triggers of a lane until one suspends.
    fn drain(&mut self, lane: u32) {
        while let Some(entry) = self.state.lanes.get_mut(&lane) {
            if entry.open.is_some() {
                return;
            }
            match entry.queue.pop_front() {
                Some(hit) => self.dispatch(hit),
                None => return,
            }
        }
    }

    fn dispatch(&mut self, hit: Hit) {
        if let Some(lane) = self.state.lanes.get_mut(&hit.user) {
            if lane.open.is_some() {
                lane.queue.push_back(hit);
                return;
            }
            if hit.start < lane.last_end {
                return;
            }
        }
        self.evaluate(hit, None);
    }

    fn evaluate(&mut self, hit: Hit, open: Option<Open>) {
        if hit.user >= GATED {
            self.assignment(hit);
        } else {
            self.anchored(hit, open);
        }
    }

    fn anchored(&mut self, hit: Hit, open: Option<Open>) {
        let number = hit.user;
        let Some(plan) = self.program.plan(number) else { return };
        let Some(start) = hit.start.checked_sub(plan.anchor_at) else { return };
        let was_committed = open.as_ref().and_then(committed);
        let mut bench = Bench {
            program: self.program,
            view: self.view,
            caches: self.caches,
            runs: &mut self.state.runs,
        };
        let step = match open.map(|o| o.stage) {
            Some(Stage::Anchored(phase)) => anchored::resume(&mut bench, number, start, phase),
            _ => anchored::begin(&mut bench, number, start),
        };
        match step {
            Step::Reject => {}
            Step::Found(found) => {
                match was_committed {
                    Some(c) => {
                        self.state.resolver.close(number, c.start, found.end, found.truncated);
                    }
                    None => self.state.resolver.push(found),
                }
                self.lane(number).last_end = found.end;
            }
            Step::Parts(head, rest) => {
                self.lane(number).last_end = head.end;
                self.state.resolver.push(head);
                self.state.resolver.push(rest);
            }
            Step::Suspend(phase) => {
                let offset = plan.rule.pattern.as_ref().map_or(0, |p| p.secret_offset());
                // A committed finding is known already; unknown is what follows its sure part.
                let hold = phase.sure_to().unwrap_or(start + offset);
                let stage = Stage::Anchored(phase);
                let open = Open { hit, start, stage, hold, retry_at: 0 };
                if let Some(found) = committed(&open)
                    && was_committed.is_none()
                {
                    self.state.resolver.push(found);
                }
                self.lane(number).open = Some(open);
            }
        }
    }

    fn assignment(&mut self, hit: Hit) {
        let keyword = Span::new(hit.start, hit.start + hit.len as usize);
        self.caches.stats.candidates += 1;
        match assignment::parse(self.view, keyword) {
            Parsed::Suspended { hold } => {
                let end = self.view.end();
                let retry_at = end + 1 + end.saturating_sub(hit.start) / 8;
                let stage = Stage::Assignment;
                let open = Open { hit, start: hit.start, stage, hold, retry_at };
                self.lane(hit.user).open = Some(open);
            }
            Parsed::Bound(bound) => {
                let gated = (hit.user == GATED).then_some(keyword.end());
                for one in &bound {
                    if gated.is_none() && self.state.judged.replace(*one) == Some(*one) {
                        continue;
                    }
                    if let Some(found) =
                        value::believe(self.program, one, gated, self.view, self.caches)
                    {
                        // Names inside this value are looked at all the same: should a provider's format claim a part
                        // of it, they may stand for themselves.
                        self.state.resolver.push(found);
                    }
                }
            }
        }
    }

    fn lane(&mut self, number: u32) -> &mut Lane {
        self.state.lanes.entry(number).or_default()
    }

    /// Hands out everything before `decided`, and at most everything before `to`.
    fn release(&mut self, decided: usize, to: usize, out: &mut dyn Output) -> ControlFlow<()> {
        while let Some(found) = self.state.resolver.next(decided) {
            self.sweep(found.start, true, out)?;
            if found.end == OPEN_END {
                let Some(plan) = self.program.plan(found.rule) else { break };
                // What a pack may let through is announced only when it is known whether it does.
                if self.exempt.concerns(found.rule) {
                    return ControlFlow::Continue(());
                }
                if !std::mem::replace(&mut self.state.announced, true) {
                    out.certain(&plan.rule)?;
                }
                return ControlFlow::Continue(());
            }
            self.state.announced = false;
            self.state.resolver.hand_out();
            self.state.random.jump(found.end);
            self.secret(&found, out)?;
        }
        let ends = self.view.is_last() && to == self.view.end();
        self.sweep(decided.min(to), ends, out)?;
        self.state.resolver.forget_before(decided);
        ControlFlow::Continue(())
    }

    /// Looks for unnamed tokens before `to`, where nothing else was found, and hands out what is decided.
    fn sweep(&mut self, to: usize, closes: bool, out: &mut dyn Output) -> ControlFlow<()> {
        if to < self.state.random.hold_from() {
            return ControlFlow::Continue(());
        }
        if self.program.random.is_none() && self.program.mentions.is_empty() {
            self.state.random.skip(to);
            return self.clean_to(to, out);
        }
        self.state.random.read(self.view, to, &mut self.caches.ahead);
        while let Some(run) = self.state.random.next(&self.caches.ahead, closes) {
            self.run(run, out)?;
        }
        self.clean_to(self.state.random.hold_from().min(to), out)
    }

    /// Judges a run. What stands in it before its token is a run of its own: so will it be before the placeholder.
    fn run(&mut self, run: Span, out: &mut dyn Output) -> ControlFlow<()> {
        let found = self.state.random.judge(self.program, self.view, run, self.caches);
        let Some(found) = found else { return ControlFlow::Continue(()) };
        let head = Span::new(run.start(), found.start);
        if random::is_run(head) {
            self.run(head, out)?;
        }
        self.clean_to(found.start, out)?;
        self.state.random.claim(found.end);
        self.secret(&found, out)
    }

    fn secret(&mut self, found: &Found, out: &mut dyn Output) -> ControlFlow<()> {
        let Some(plan) = self.program.plan(found.rule) else { return ControlFlow::Continue(()) };
        let bytes = self.view.slice(found.start, found.end);
        if self.exempt.of(found.rule, bytes, self.key).is_some() {
            return self.clean_to(found.end, out);
        }
        let mut finding = match self.program.known.as_ref().filter(|k| k.number == found.rule) {
            None => finding(&plan.rule, found, self.key, bytes),
            // However it is spelled, it is the same secret.
            Some(known) => {
                let (secret, encoding) = known.read(bytes);
                let mut finding = finding(&plan.rule, found, self.key, &secret);
                finding.encoding = encoding;
                if self.exempt.keeps_originals() {
                    finding.keep(&secret);
                }
                finding
            }
        };
        if self.exempt.keeps_originals() && finding.original.is_none() {
            finding.keep(bytes);
        }
        let partner = self.state.singles.link(self.program, found);
        finding.companion =
            partner.or_else(|| companion::named(self.program, self.view, found, self.caches));
        if let Some(describe) = plan.rule.describe {
            let before = self.view.look_back(found.start, describe::CONNECTION_BEFORE);
            let after = self.view.slice(found.end, found.end + describe::CONNECTION_AFTER);
            finding.attributes = describe.read(before, bytes, after);
        }
        self.caches.stats.findings += 1;
        self.caches.stats.rule(found.rule).findings += 1;
        self.state.emitted = found.end;
        out.secret(&finding, bytes)
    }

    fn clean_to(&mut self, end: usize, out: &mut dyn Output) -> ControlFlow<()> {
        if end > self.state.emitted {
            let bytes = self.view.slice(self.state.emitted, end);
            self.state.emitted = end;
            out.clean(bytes)?;
        }
        ControlFlow::Continue(())
    }
}

fn committed(open: &Open) -> Option<Found> {
    match &open.stage {
        Stage::Anchored(phase) => phase.committed(),
        Stage::Assignment => None,
    }
}

/// Whether a byte that ends tokens has arrived at or behind `from`.
fn delimited(view: &View<'_>, from: usize) -> bool {
    view.slice(from, view.end()).iter().any(|b| !ByteSet::TOKEN.contains(*b))
}

fn finding(
    rule: &Arc<Rule>,
    found: &Found,
    key: Option<&FingerprintKey>,
    secret: &[u8],
) -> Finding {
    let prefix = secret.get(..found.prefix as usize).unwrap_or_default();
    let mut finding = Finding {
        rule: Arc::clone(rule),
        span: Span::new(found.start, found.end),
        confidence: found.confidence,
        check: found.check,
        fingerprint: None,
        prefix: String::from_utf8(prefix.to_vec()).unwrap_or_default(),
        truncated: found.truncated,
        length: secret.len(),
        encoding: Vec::new(),
        channel: None,
        path: None,
        attributes: Vec::new(),
        companion: None,
        original: None,
    };
    finding.sign(key, secret);
    finding
}
