//! What is written in the place of a finding: a placeholder, a stand-in, or the original of a stand-in.

use std::io;
use std::sync::Arc;

use super::action::Action;
use super::placeholder::Mode;
use super::restore::{Restoring, Surroundings};
use super::stand_in::{self, StandIns};
use crate::detect::finding::Finding;
use crate::text::secret::{Original, append};
use crate::text::wide::Order;

/// How findings are replaced.
#[derive(Debug, Clone)]
pub(crate) struct Replacement {
    pub(crate) mode: Mode,
    pub(crate) exchange: Option<Exchange>,
    around: Surroundings,
}

/// What takes the place of findings that are to be turned back, or are.
#[derive(Debug, Clone)]
pub(crate) enum Exchange {
    StandIns(Arc<StandIns>),
    Restoring(Arc<Restoring>),
}

/// What takes the place of one finding.
#[derive(Debug)]
pub(crate) enum Exchanged {
    /// Nothing that is turned back: the placeholder.
    No,
    /// The bytes stay.
    Stays,
    By(Original),
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Replaced,
    /// Nothing: the bytes stay.
    Stays,
}

impl Replacement {
    pub(crate) fn new(mode: Mode, exchange: Option<Exchange>) -> Replacement {
        Replacement { mode, exchange, around: Surroundings::default() }
    }

    /// A new text begins.
    pub(crate) fn restart(&mut self) {
        self.around = Surroundings::default();
    }

    /// What is done to findings where no policy decides.
    pub(crate) fn otherwise(&self) -> Action {
        match &self.exchange {
            Some(Exchange::StandIns(_)) => Action::Pseudonymize,
            _ => Action::Redact,
        }
    }

    /// Whether the placeholder needs only the rule.
    pub(crate) fn is_immediate(&self) -> bool {
        self.exchange.is_none() && self.mode.is_immediate()
    }

    /// Bytes are handed out as they are.
    pub(crate) fn passed(&mut self, bytes: &[u8]) {
        if let Some(Exchange::Restoring(_)) = self.exchange {
            self.around.read(bytes);
        }
    }

    /// What takes the place of a finding that stands for `bytes`, if that is turned back, or is to be.
    pub(crate) fn exchange(
        &self,
        action: Action,
        finding: &Finding,
        bytes: &[u8],
    ) -> io::Result<Exchanged> {
        let exchange = self.exchange.as_ref().filter(|_| action == Action::Pseudonymize);
        let text = match exchange {
            None => return Ok(Exchanged::No),
            Some(Exchange::Restoring(restoring)) => match restoring.write(finding, self.around)? {
                None => return Ok(Exchanged::Stays),
                Some(original) => original,
            },
            Some(Exchange::StandIns(stand_ins)) => match stand_in::original_of(finding, bytes) {
                None => return Ok(Exchanged::No),
                Some(kept) => Original::new(stand_ins.make(finding, kept.secret().expose())?),
            },
        };
        Ok(Exchanged::By(text))
    }

    /// Appends what takes the place of a finding that stands for `bytes` here.
    pub(crate) fn write(
        &self,
        action: Action,
        finding: &Finding,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> io::Result<Written> {
        match self.exchange(action, finding, bytes)? {
            Exchanged::Stays => return Ok(Written::Stays),
            Exchanged::By(text) => write_wide(finding, text.secret().expose(), out),
            Exchanged::No => self.mode.write(finding, bytes.len(), out),
        }
        Ok(Written::Replaced)
    }

    /// Appends what stands for `bytes` further bytes of a finding that was replaced before.
    pub(crate) fn write_more(&self, bytes: usize, out: &mut Vec<u8>) {
        if self.exchange.is_none() {
            self.mode.write_more(bytes, out);
        }
    }
}

/// Appends `text`, in UTF-16 if the finding stands in such.
fn write_wide(finding: &Finding, text: &[u8], out: &mut Vec<u8>) {
    match Order::named(finding.encoding().first().copied()) {
        Some(order) => text.iter().for_each(|byte| out.extend(order.character(*byte))),
        None => append(out, text),
    }
}
