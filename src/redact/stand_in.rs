//! Stand-ins: what takes the place of a secret and can be turned back by whoever has the vault.
//!
//! A stand-in is a keyed function of the secret, the rule and a scope, so that equal secrets have equal stand-ins and nobody
//! without the key can make one. It matches no rule. Shaped like a label it is `[SEALED:rule-id:name]`: twenty
//! characters of five bits, of which the last eight are a tag over the others, by which a forged one is told without a
//! vault. Shaped like the secret it keeps the rule's own beginning, the length and the alphabet, holds a mark, and fails
//! the rule's checksum. A secret is handed to the vault before its stand-in leaves.
//! Leaves out: where secrets are kept ([`Vault`] is implemented elsewhere), and when they are put back (the policy).

use std::fmt;
use std::io;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::check::allow::MARK;
use crate::detect::finding::Finding;
use crate::rules::rule::Check;
use crate::text::placeholder::STAND_IN;
use crate::text::secret::{Original, Secret};

/// Characters of names: no `l`, `o`, `0` and `1`, which people and models mistake for each other.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a name that say which secret it is: 60 bits.
const ID: usize = 12;
/// Characters that prove who made it: 40 bits.
const TAG: usize = 8;
/// The fewest characters behind the mark in a stand-in that keeps a format: 64 bits at least.
const LEAST_BODY: usize = 16;
/// How often another name is tried when one is taken by another secret, or passes a checksum.
const TRIES: u8 = 16;

/// The key under which stand-ins are made. Never printed, erased when dropped.
#[derive(Clone)]
pub struct StandInKey(Zeroizing<[u8; 32]>);

impl StandInKey {
    /// Takes 32 bytes drawn at random.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> StandInKey {
        StandInKey(Zeroizing::new(bytes))
    }

    /// 32 bytes that depend on all of `parts`.
    fn derive(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut out = [0; 32];
        // HMAC takes keys of every length, so that the error case does not occur.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0[..]) {
            for part in parts {
                mac.update(&(part.len() as u64).to_le_bytes());
                mac.update(part);
            }
            out.copy_from_slice(&mac.finalize().into_bytes());
        }
        out
    }
}

impl fmt::Debug for StandInKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandInKey([32 bytes])")
    }
}

/// What a stand-in looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum StandInShape {
    /// `[SEALED:rule-id:name]`.
    #[default]
    Label,
    /// As long as the secret, of its alphabet, with its beginning, and failing its checksum; a label where that leaves
    /// too few characters.
    Format,
}

/// Where originals are kept.
pub trait Vault: fmt::Debug + Send + Sync {
    /// Keeps what `stand_in` (with its scope behind it, if it has one) stands for. When it returns, the entry survives the end of the process. Answers false if
    /// the name is taken by another original.
    ///
    /// # Errors
    /// When it cannot be kept; the stand-in is not used then.
    fn keep(&self, stand_in: &[u8], original: Secret<'_>) -> io::Result<bool>;

    /// What `stand_in` stands for; none if it was not made here, has expired or was wiped.
    ///
    /// # Errors
    /// When the vault cannot be read, or was tampered with.
    fn original(&self, stand_in: &[u8]) -> io::Result<Option<Original>>;

    /// Every live stand-in. Those that keep a format are told by their bytes only, and labels are, where a text has broken or
    /// spelled them in its own way.
    ///
    /// # Errors
    /// Those of [`Vault::original`].
    fn names(&self) -> io::Result<Vec<Vec<u8>>>;
}

/// Makes stand-ins.
#[derive(Debug, Clone)]
pub struct StandIns {
    key: StandInKey,
    scope: String,
    shape: StandInShape,
    vault: Arc<dyn Vault>,
}

impl StandIns {
    /// Labels under `key`, with originals in `vault`.
    #[must_use]
    pub fn new(key: StandInKey, vault: Arc<dyn Vault>) -> StandIns {
        StandIns { key, scope: String::new(), shape: StandInShape::Label, vault }
    }

    /// Another scope: a conversation, a customer. Equal secrets have unequal stand-ins in unequal scopes, and what one scope has
    /// made is not put back in another.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> StandIns {
        scope.clone_into(&mut self.scope);
        self
    }

    /// The shape.
    #[must_use]
    pub fn shape(mut self, shape: StandInShape) -> StandIns {
        self.shape = shape;
        self
    }

    /// Whether the name of this label was made under this key and scope. Says nothing of the vault.
    #[must_use]
    pub fn is_genuine(&self, label: &[u8]) -> bool {
        let Some((rule, name)) = parts(label) else { return false };
        let (id, tag) = name.split_at_checked(ID).unwrap_or((name, &[]));
        let wanted = self.tag(rule, id);
        // All of it is compared, so that time tells nothing of where it differs.
        tag.len() == TAG && wanted.iter().zip(tag).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }

    fn tag(&self, rule: &[u8], id: &[u8]) -> Vec<u8> {
        let drawn = self.key.derive(&[b"stand-in tag 1", self.scope.as_bytes(), rule, id]);
        letters(&drawn, TAG)
    }

    /// The stand-in of a secret, kept in the vault.
    ///
    /// # Errors
    /// What the vault answers.
    pub(crate) fn make(&self, finding: &Finding, original: &[u8]) -> io::Result<Vec<u8>> {
        let rule = finding.rule_id().as_bytes();
        for n in 0..TRIES {
            let drawn =
                self.key.derive(&[b"stand-in 1", self.scope.as_bytes(), rule, original, &[n]]);
            // Where every stand-in of a format passes its check, the format cannot be kept.
            let shaped = match self.shape {
                StandInShape::Format if n < TRIES / 2 => self.format(finding, original, &drawn),
                _ => None,
            };
            let stand_in = shaped.unwrap_or_else(|| self.label(rule, &drawn));
            if passes_checksum(finding, &stand_in) || stand_in == original {
                continue;
            }
            if self.vault.keep(&scoped(&self.scope, &stand_in), Secret::new(original))? {
                return Ok(stand_in);
            }
        }
        Err(io::Error::other("no free name for a stand-in"))
    }

    fn label(&self, rule: &[u8], drawn: &[u8; 32]) -> Vec<u8> {
        let id = letters(drawn, ID);
        let tag = self.tag(rule, &id);
        [STAND_IN, rule, b":", &id, &tag, b"]"].concat()
    }

    /// A stand-in as long as the secret and of its alphabet; none if too little of it can be drawn.
    fn format(&self, finding: &Finding, original: &[u8], drawn: &[u8; 32]) -> Option<Vec<u8>> {
        let prefix = finding.prefix.as_bytes();
        let body = original.strip_prefix(prefix)?;
        let digit = |b: &u8| b.is_ascii_digit();
        let within = |set: &dyn Fn(&u8) -> bool| body.iter().all(|b| set(b) || digit(b));
        let (alphabet, upper): (&[u8], bool) = match body {
            _ if body.len() < MARK.len() + LEAST_BODY || body.iter().all(digit) => return None,
            _ if within(&|b| (b'a'..=b'f').contains(b)) => (b"0123456789abcdef", false),
            _ if within(&|b| (b'A'..=b'F').contains(b)) => (b"0123456789ABCDEF", true),
            _ if within(&|b| b.is_ascii_uppercase()) => (b"ABCDEFGHIJKMNPQRSTUVWXYZ23456789", true),
            _ if within(&|b| b.is_ascii_alphanumeric() || b"_-".contains(b)) => (ALPHABET, false),
            _ => return None,
        };
        let mut out = prefix.to_vec();
        let mark = if upper { MARK.to_ascii_uppercase() } else { MARK.to_vec() };
        out.extend_from_slice(&mark);
        let mut block = *drawn;
        while out.len() < original.len() {
            let left = original.len() - out.len();
            // Both alphabets divide 256, so that every character is as likely as any other.
            let next = block.iter().map(|b| alphabet.get(usize::from(*b) % alphabet.len()));
            out.extend(next.flatten().take(left));
            block = self.key.derive(&[b"stand-in more 1", &block]);
        }
        Some(out)
    }
}

/// What a stand-in is called in a vault that several scopes share: what one of them has made is not there for another.
pub(crate) fn scoped(scope: &str, stand_in: &[u8]) -> Vec<u8> {
    let name = [stand_in, b"\0", scope.as_bytes()];
    name.get(..if scope.is_empty() { 1 } else { 3 }).unwrap_or_default().concat()
}

/// The stand-in of a name, if it belongs to this scope.
pub(crate) fn unscoped<'n>(scope: &str, name: &'n [u8]) -> Option<&'n [u8]> {
    match memchr::memchr(b'\0', name) {
        None => scope.is_empty().then_some(name),
        Some(at) => {
            let (stand_in, of) = name.split_at_checked(at)?;
            (of.get(1..)? == scope.as_bytes()).then_some(stand_in)
        }
    }
}

/// Whether `stand_in` would pass for a real one by the checksum of the rule.
fn passes_checksum(finding: &Finding, stand_in: &[u8]) -> bool {
    finding.rule().checks.iter().any(|check| match check {
        Check::Checksum(sum) => sum.check(stand_in) == Some(true),
        _ => false,
    })
}

/// So many characters, five bits each.
fn letters(drawn: &[u8; 32], count: usize) -> Vec<u8> {
    let letter = |b: &u8| ALPHABET.get(usize::from(*b) & 31).copied();
    drawn.iter().filter_map(letter).take(count).collect()
}

/// The rule and the name in a label.
fn parts(label: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = label.strip_prefix(STAND_IN)?.strip_suffix(b"]")?;
    let at = inner.iter().rposition(|b| *b == b':')?;
    let (rule, name) = inner.split_at_checked(at)?;
    let name = name.get(1..)?;
    (name.len() == ID + TAG).then_some((rule, name))
}

/// What is kept of a finding that stands for `bytes`: what has to be there again when it is put back. None if that cannot
/// be had: a secret in a run of base64 that a stream sent in pieces.
pub(crate) fn original_of(finding: &Finding, bytes: &[u8]) -> Option<Original> {
    let whole = bytes.len() == finding.span().len();
    let encoding = finding.encoding();
    let runs = ["base64", "hex"];
    match encoding.iter().position(|kind| runs.contains(kind)) {
        // All of the run is replaced, and so it is all of the run that is kept.
        Some(0) => whole.then(|| Original::new(bytes.to_vec())),
        Some(_) => None,
        None if encoding.is_empty() => Some(Original::new(bytes.to_vec())),
        None => finding.original.clone(),
    }
}
