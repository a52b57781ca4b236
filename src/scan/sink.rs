//! Where findings go.

use std::ops::ControlFlow;

use crate::detect::finding::Finding;

/// Receives findings in the order of their offsets. Any closure of the right shape is one.
///
/// Answering [`ControlFlow::Break`] ends the scan.
pub trait Sink {
    /// Takes one finding.
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()>;
}

impl<F: FnMut(&Finding) -> ControlFlow<()>> Sink for F {
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()> {
        self(finding)
    }
}
