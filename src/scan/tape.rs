//! What a scan handed out, written down to be handed out again.
//!
//! Holds offsets and findings, and no byte of the text: whoever replays it has the text.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::detect::advance::Output;
use crate::detect::finding::Finding;
use crate::rules::rule::Rule;
use crate::text::view::View;

/// One call of an [`Output`], with the number of bytes in place of the bytes.
#[derive(Debug)]
enum Event {
    Clean(usize),
    Together(Vec<Finding>),
    Certain(Arc<Rule>),
    Secret(Box<Finding>, usize),
    More(usize),
    Beside(Box<Finding>),
}

/// Calls in their order.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    events: Vec<Event>,
    /// Whether a finding held a secret that its bytes do not tell, for a stand-in. That is not written down.
    is_partial: bool,
}

impl Tape {
    /// Whether it says all that was said.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_partial
    }

    /// An output in front of `out` that writes down what passes.
    pub(crate) fn record<'a>(&'a mut self, out: &'a mut dyn Output) -> impl Output + 'a {
        Recorder { tape: self, out }
    }

    /// Makes the calls again, for the bytes of `view` from `at` on.
    pub(crate) fn replay(
        &self,
        view: &View<'_>,
        at: usize,
        out: &mut dyn Output,
    ) -> ControlFlow<()> {
        let mut at = at;
        let mut take = |len: usize| {
            at += len;
            view.slice(at - len, at)
        };
        for event in &self.events {
            match event {
                Event::Clean(len) => out.clean(take(*len))?,
                Event::Together(findings) => out.together(&mut findings.iter()),
                Event::Certain(rule) => out.certain(rule)?,
                Event::Secret(finding, len) => out.secret(finding, take(*len))?,
                Event::More(len) => out.more(take(*len))?,
                Event::Beside(finding) => out.beside(finding)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// How many findings are told.
    pub(crate) fn findings(&self) -> u64 {
        let told = |event: &&Event| matches!(event, Event::Secret(..) | Event::Beside(_));
        self.events.iter().filter(told).count() as u64
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        let findings = self.events.iter().map(|event| match event {
            Event::Together(findings) => findings.len(),
            Event::Secret(..) | Event::Beside(_) => 1,
            Event::Clean(_) | Event::Certain(_) | Event::More(_) => 0,
        });
        self.events.capacity() * size_of::<Event>()
            + findings.sum::<usize>() * 2 * size_of::<Finding>()
    }
}

struct Recorder<'a> {
    tape: &'a mut Tape,
    out: &'a mut dyn Output,
}

impl Output for Recorder<'_> {
    fn clean(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        match self.tape.events.last_mut() {
            Some(Event::Clean(len)) => *len += bytes.len(),
            _ => self.tape.events.push(Event::Clean(bytes.len())),
        }
        self.out.clean(bytes)
    }

    fn together(&mut self, findings: &mut dyn Iterator<Item = &Finding>) {
        let findings: Vec<Finding> = findings.map(Finding::bare).collect();
        self.out.together(&mut findings.iter());
        self.tape.events.push(Event::Together(findings));
    }

    fn certain(&mut self, rule: &Arc<Rule>) -> ControlFlow<()> {
        self.tape.events.push(Event::Certain(Arc::clone(rule)));
        self.out.certain(rule)
    }

    fn secret(&mut self, finding: &Finding, bytes: &[u8]) -> ControlFlow<()> {
        self.tape.is_partial |= finding.original.is_some() && !finding.encoding.is_empty();
        self.tape.events.push(Event::Secret(Box::new(finding.bare()), bytes.len()));
        self.out.secret(finding, bytes)
    }

    fn more(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.tape.events.push(Event::More(bytes.len()));
        self.out.more(bytes)
    }

    fn beside(&mut self, finding: &Finding) -> ControlFlow<()> {
        self.tape.events.push(Event::Beside(Box::new(finding.bare())));
        self.out.beside(finding)
    }
}
