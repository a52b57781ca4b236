//! What is written in the place of a secret.
//!
//! A placeholder matches no rule, holds no character of the secret, and is safe inside JSON, XML, shell words and
//! headers: letters, digits, `[`, `]`, `:`, `-` and `*` only.

use crate::detect::finding::Finding;
use crate::rules::rule::Rule;
use crate::text::placeholder::PLACEHOLDER;
use crate::text::wide::Order;

/// How a secret is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Mode {
    /// `[REDACTED:rule-id]`.
    #[default]
    Label,
    /// As many `*` as the secret has bytes.
    Mask,
    /// `[REDACTED:rule-id:fp8]` with eight digits of the keyed fingerprint, equal for equal secrets. Without a key the
    /// digits are left out.
    Hash,
    /// Nothing.
    Remove,
}

impl Mode {
    /// Whether the placeholder needs only the rule, so that it can be written before the secret's end is known.
    pub(crate) fn is_immediate(self) -> bool {
        matches!(self, Mode::Label | Mode::Remove)
    }

    /// Appends the placeholder of a finding that stands for `bytes` bytes here.
    pub(crate) fn write(self, finding: &Finding, bytes: usize, out: &mut Vec<u8>) {
        let Some(order) = Order::named(finding.encoding().first().copied()) else {
            return self.write_bytes(finding, bytes, out);
        };
        let mut narrow = Vec::new();
        self.write_bytes(finding, bytes / 2, &mut narrow);
        for byte in narrow {
            out.extend(order.character(byte));
        }
    }

    fn write_bytes(self, finding: &Finding, bytes: usize, out: &mut Vec<u8>) {
        match self {
            Mode::Label | Mode::Remove => self.write_early(finding.rule(), out),
            Mode::Mask => self.write_more(bytes, out),
            Mode::Hash => {
                out.extend_from_slice(PLACEHOLDER);
                out.extend_from_slice(finding.rule_id().as_bytes());
                if let Some(print) = finding.fingerprint() {
                    let digits = print.to_string();
                    out.push(b':');
                    out.extend(digits.bytes().skip("ks1:".len()).take(8));
                }
                out.push(b']');
            }
        }
    }

    /// Appends what stands for `bytes` further bytes of a secret whose placeholder was written before.
    pub(crate) fn write_more(self, bytes: usize, out: &mut Vec<u8>) {
        if self == Mode::Mask {
            out.resize(out.len() + bytes, b'*');
        }
    }

    /// Appends the placeholder of a finding of which only the rule is known.
    pub(crate) fn write_early(self, rule: &Rule, out: &mut Vec<u8>) {
        if self == Mode::Label {
            out.extend_from_slice(PLACEHOLDER);
            out.extend_from_slice(rule.id().as_bytes());
            out.push(b']');
        }
    }
}
