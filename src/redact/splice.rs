//! What becomes of a secret where its text is spliced: it is shown, let through, refused, or replaced.
//!
//! The one way in which a decision is carried out: for whole texts, for texts that are written on as they come, and for parts
//! that are put back elsewhere.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::action::Action;
use super::replacement::Written;
use super::treatment::{Blocked, Treatment};
use crate::detect::advance::Output;
use crate::detect::finding::Finding;
use crate::rules::rule::Rule;

/// Where clean bytes go, and what stands for secrets.
pub(super) trait Splicing {
    fn treatment(&mut self) -> &mut Treatment;
    /// Tells a sink of a finding. One that had enough does not stop redaction.
    fn show(&mut self, finding: &Finding);
    /// Hands the next bytes on as they are.
    fn keep(&mut self, bytes: &[u8]) -> ControlFlow<()>;
    /// Puts something in the place of these bytes, unless they stay.
    fn replace(&mut self, action: Action, finding: &Finding, bytes: &[u8]) -> io::Result<Written>;
    /// Puts what is due, if anything, in the place of further bytes of the same secret.
    fn replace_more(&mut self, bytes: &[u8]);
    /// A secret of this rule begins here whose end is not known. Where the finding itself is waited for, nothing is due yet.
    fn announce(&mut self, _: &Rule) {}
    /// The text should not go on, for this reason; nothing more is handed on, or what hides these bytes.
    fn fail(&mut self, error: io::Error, finding: &Finding, bytes: &[u8]) -> ControlFlow<()>;

    /// Does with the bytes of a finding what is decided about it.
    fn splice(&mut self, finding: &Finding, bytes: &[u8]) -> ControlFlow<()> {
        let action = self.treatment().secret(finding, bytes.len());
        self.show(finding);
        if action.lets_through() {
            return self.keep(bytes);
        }
        if action == Action::Block {
            return self.fail(Blocked::by(finding), finding, bytes);
        }
        match self.replace(action, finding, bytes) {
            Ok(Written::Replaced) => ControlFlow::Continue(()),
            Ok(Written::Stays) => {
                self.treatment().stays();
                self.keep(bytes)
            }
            Err(error) => self.fail(error, finding, bytes),
        }
    }

    /// The same with further bytes of it.
    fn splice_more(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        if self.treatment().more_passes(bytes.len()) {
            return self.keep(bytes);
        }
        self.replace_more(bytes);
        ControlFlow::Continue(())
    }
}

impl<S: Splicing> Output for S {
    fn clean(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.treatment().clean(bytes.len());
        self.keep(bytes)
    }

    fn together(&mut self, findings: &mut dyn Iterator<Item = &Finding>) {
        self.treatment().together(findings);
    }

    fn certain(&mut self, rule: &Arc<Rule>) -> ControlFlow<()> {
        self.announce(rule);
        ControlFlow::Continue(())
    }

    fn secret(&mut self, finding: &Finding, bytes: &[u8]) -> ControlFlow<()> {
        self.splice(finding, bytes)
    }

    fn more(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.splice_more(bytes)
    }

    fn beside(&mut self, finding: &Finding) -> ControlFlow<()> {
        self.show(finding);
        ControlFlow::Continue(())
    }
}
