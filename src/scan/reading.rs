//! Texts that are read out of a text: a decoded run, or what a stream sends in pieces.
//!
//! Each is detected in by the one detect function, like the text it came from; what is found is told with the original
//! bytes that hide it.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::config::Config;
use crate::detect::advance::{Output, advance};
use crate::detect::exempt::Exempt;
use crate::detect::finding::{Companion, Finding};
use crate::detect::program::{GATED, Program};
use crate::detect::scratch::Caches;
use crate::detect::state::State;
use crate::rules::rule::{Kind, Rule};
use crate::text::base64::{self, Runs};
use crate::text::byteset::ByteSet;
use crate::text::hex;
use crate::text::packed;
use crate::text::secret::Erased;
use crate::text::span::Span;
use crate::text::view::View;
use crate::text::words::{Decoded, Words};

/// Bytes by which a token is told that goes on over the edge of a line.
const MARK: usize = 3;
/// What a word is made of that goes on.
const GOES_ON: ByteSet = ByteSet::ALNUM.with(b"_-+/=");
/// Bytes of the line before a decoded word that are read with it.
const CONTEXT: usize = 96;

/// What detection needs besides the text and its state.
pub(crate) struct Reader<'a> {
    pub(crate) program: &'a Program,
    pub(crate) config: &'a Config,
    pub(crate) exempt: &'a Exempt,
    pub(crate) caches: &'a mut Caches,
    /// Bytes that compressed data may still become.
    pub(crate) allowance: usize,
}

impl Reader<'_> {
    pub(crate) fn advance(
        &mut self,
        state: &mut State,
        view: &View<'_>,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        advance(self.program, (self.config.key(), self.exempt), state, self.caches, view, out)
    }

    /// What a base64 run stands for holds, to a depth of `depth` encodings; spans are those of `run` in its text.
    pub(crate) fn decoded(&mut self, bytes: &[u8], run: Span, depth: u8) -> Vec<Finding> {
        let Some((text, encoding)) = self.undone(bytes) else { return Vec::new() };
        let text = Erased::new(text);
        let view = View::new(&text, 0, true);
        let mut found = self.gather(&view);
        if depth > 1 {
            found.extend(self.inner(&view, depth - 1));
            let mut words = Vec::new();
            Words::default().read(&view, &mut words);
            for word in words {
                let seen = self.word(&view, word, depth - 1);
                found.extend(seen.into_iter().map(|(finding, _)| finding));
            }
        }
        for finding in &mut found {
            finding.span = run;
            finding.companion = finding.companion.take().map(|c| Companion { span: run, ..c });
            finding.encoding.splice(0..0, encoding.iter().copied());
        }
        found
    }

    /// The text that a run holds, and through what.
    fn undone(&mut self, run: &[u8]) -> Option<(Vec<u8>, Vec<&'static str>)> {
        if let Some(bytes) = hex::bytes_of(run) {
            return Some((base64::as_text(bytes)?, vec!["hex"]));
        }
        let bytes = Erased::new(base64::bytes_of(run));
        let Some(unpacked) = packed::unpack(&bytes, self.allowance) else {
            return Some((base64::text_of(run)?, vec!["base64"]));
        };
        self.allowance -= unpacked.text.len().min(self.allowance);
        self.caches.stats.limits_hit += u64::from(unpacked.cut);
        Some((base64::as_text(unpacked.text)?, vec!["base64", unpacked.format]))
    }

    /// What is found in a text that was decoded. Unnamed tokens are left out: decoded by chance, anything looks random.
    fn gather(&mut self, view: &View<'_>) -> Vec<Finding> {
        let mut gather = Gather { found: Vec::new(), unnamed: false };
        let counted = self.caches.stats.bytes;
        let _ = self.advance(&mut State::default(), view, &mut gather);
        // They were counted as part of the text around them already.
        self.caches.stats.bytes = counted;
        gather.found
    }

    /// What the runs of base64 in a decoded text hold.
    fn inner(&mut self, view: &View<'_>, depth: u8) -> Vec<Finding> {
        let mut runs = Vec::new();
        Runs::default().read(view, &mut runs);
        let mut found = Vec::new();
        for run in runs {
            found.extend(self.decoded(view.slice(run.start(), run.end()), run, depth));
        }
        found
    }

    /// What a word reads when its escapes are undone; with each finding, whether an escape is a part of it.
    pub(crate) fn word(&mut self, view: &View<'_>, word: Span, depth: u8) -> Vec<(Finding, bool)> {
        self.placed(view, word, &Decoded::new(view, word, depth), depth)
    }

    /// What a word reads that goes on over the edge of a line.
    pub(crate) fn wrapped(&mut self, view: &View<'_>, word: Span) -> Vec<Finding> {
        self.marked(view, word, &Decoded::joined(view, word))
    }

    /// What a word reads whose parts were taken apart.
    pub(crate) fn spread(&mut self, view: &View<'_>, parts: &[Span]) -> Vec<Finding> {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Vec::new() };
        let word = Span::new(first.start(), last.end());
        self.marked(view, word, &Decoded::together(view, parts))
    }

    /// Only formats that need more than one part and begin with a mark of their own.
    fn marked(&mut self, view: &View<'_>, word: Span, decoded: &Decoded) -> Vec<Finding> {
        // Lines that end in a number are common; a word without any rule's mark is not worth more.
        let mut hits = Vec::new();
        let text = View::new(&decoded.text, 0, true);
        self.program.find(&text, 0, decoded.text.len(), self.caches, &mut hits);
        if hits.iter().all(|hit| hit.user >= GATED) {
            return Vec::new();
        }
        let mut found = self.placed(view, word, decoded, 1);
        // What goes on behind it is no token that was taken apart, but more of something longer.
        let goes_on = |finding: &Finding| {
            let end = finding.span.end();
            view.slice(end, end + 1).iter().any(|b| GOES_ON.contains(*b))
        };
        found.retain(|(finding, joined)| {
            let marked = finding.rule.kind == Kind::Anchored && finding.prefix.len() >= MARK;
            *joined && marked && !goes_on(finding)
        });
        found.into_iter().map(|(finding, _)| finding).collect()
    }

    fn placed(
        &mut self,
        view: &View<'_>,
        word: Span,
        decoded: &Decoded,
        depth: u8,
    ) -> Vec<(Finding, bool)> {
        let before = view.look_back(word.start(), CONTEXT);
        let line = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let before = before.get(line..).unwrap_or_default();
        let behind = view.slice(word.end(), word.end() + 1);
        let text = Erased::new([before, &decoded.text, behind].concat());
        let inner = View::new(&text, 0, true);
        let mut found = self.gather(&inner);
        if depth > 1 {
            found.extend(self.inner(&inner, depth - 1));
        }
        let place = |span: Span| {
            let start = span.start().checked_sub(before.len())?;
            decoded.raw(start, span.end() - before.len())
        };
        let mut placed = Vec::new();
        for mut finding in found {
            let Some(span) = place(finding.span) else { continue };
            let escaped = span.len() > finding.span.len();
            let in_word = escaped || finding.encoding.is_empty();
            finding.span = span;
            finding.companion = finding
                .companion
                .take()
                .and_then(|other| place(other.span).map(|span| Companion { span, ..other }));
            finding.encoding.splice(0..0, decoded.kinds.iter().map(|kind| kind.as_str()));
            if in_word {
                placed.push((finding, escaped));
            }
        }
        placed
    }
}

/// Collects findings.
pub(super) struct Gather {
    pub(super) found: Vec<Finding>,
    /// Whether unnamed tokens count.
    pub(super) unnamed: bool,
}

impl Output for Gather {
    fn clean(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn certain(&mut self, _: &Arc<Rule>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn secret(&mut self, finding: &Finding, _: &[u8]) -> ControlFlow<()> {
        if self.unnamed || finding.rule.kind != Kind::Random {
            self.found.push(finding.clone());
        }
        ControlFlow::Continue(())
    }

    fn more(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn beside(&mut self, _: &Finding) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
