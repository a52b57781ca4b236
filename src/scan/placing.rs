//! Findings on their way out are told where they stand: their path in a structured text, and its channel.
//!
//! What a payload must keep as it is stays: a guess in what a provider has signed or encrypted, a token told by its looks alone
//! in an id. Formats of their own are hidden there too, and so is what a decoding found.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::detect::advance::Output;
use crate::detect::finding::Finding;
use crate::payload::locate::{Guard, Locator, Place};
use crate::rules::rule::{Kind, Rule};
use crate::text::view::View;

/// Stands before the output of one step.
pub(crate) struct Placing<'a> {
    pub(crate) locator: &'a mut Locator,
    pub(crate) view: &'a View<'a>,
    pub(crate) out: &'a mut dyn Output,
    /// Where the findings stand that overlap here, by where they begin.
    pub(crate) ahead: Vec<(usize, Place)>,
}

impl Placing<'_> {
    /// Where a finding stands; none if it is none there.
    fn place(&mut self, finding: &Finding) -> Option<Place> {
        let start = finding.span.start();
        let known = self.ahead.iter().find(|known| known.0 == start);
        let place = match known {
            Some((_, place)) => place.clone(),
            None => self.locator.locate(self.view, finding.span),
        };
        let is_kept = finding.encoding.is_empty()
            && match place.guard {
                Guard::None => false,
                Guard::Name => finding.rule.kind == Kind::Random,
                Guard::Sealed => {
                    matches!(finding.rule.kind, Kind::Password | Kind::Token | Kind::Random)
                }
            };
        (!is_kept).then_some(place)
    }
}

/// The finding with its place.
fn placed(finding: &Finding, place: Place) -> Finding {
    let channel = finding.channel.or(place.channel);
    Finding { path: place.path, channel, ..finding.clone() }
}

impl Output for Placing<'_> {
    fn clean(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.out.clean(bytes)
    }

    fn together(&mut self, findings: &mut dyn Iterator<Item = &Finding>) {
        let mut findings: Vec<&Finding> = findings.collect();
        findings.sort_by_key(|finding| finding.span.start());
        self.ahead.clear();
        let mut standing = Vec::new();
        for finding in findings {
            let place = self.locator.locate(self.view, finding.span);
            self.ahead.push((finding.span.start(), place));
            standing.extend(self.place(finding).map(|place| placed(finding, place)));
        }
        self.out.together(&mut standing.iter());
    }

    fn certain(&mut self, rule: &Arc<Rule>) -> ControlFlow<()> {
        self.out.certain(rule)
    }

    fn secret(&mut self, finding: &Finding, bytes: &[u8]) -> ControlFlow<()> {
        match self.place(finding) {
            None => self.out.clean(bytes),
            Some(Place { path: None, channel: None, .. }) => self.out.secret(finding, bytes),
            Some(place) => self.out.secret(&placed(finding, place), bytes),
        }
    }

    fn more(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.out.more(bytes)
    }

    fn beside(&mut self, finding: &Finding) -> ControlFlow<()> {
        match self.place(finding) {
            None => ControlFlow::Continue(()),
            Some(place) => self.out.beside(&placed(finding, place)),
        }
    }
}
