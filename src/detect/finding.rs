//! What was found: which rule, where, how sure. Never the secret.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::check::describe::{Attribute, Attributes};
use crate::rules::rule::{Confidence, Rule};
use crate::text::channel::Channel;
use crate::text::secret::{Original, Secret};
use crate::text::span::Span;

/// Outcome of the offline check of a token's own redundancy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckOutcome {
    /// The checksum or structure holds.
    Passed,
    /// It does not hold: probably made up, or cut.
    Failed,
    /// The format has none, or it says nothing of this token.
    None,
}

impl CheckOutcome {
    /// The word used in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CheckOutcome::Passed => "passed",
            CheckOutcome::Failed => "failed",
            CheckOutcome::None => "none",
        }
    }
}

/// The key under which fingerprints are made. Never printed, erased when dropped.
#[derive(Clone)]
pub struct FingerprintKey([u8; 32]);

impl FingerprintKey {
    /// Takes 32 bytes drawn at random, or any secret text hashed by the caller.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> FingerprintKey {
        FingerprintKey(bytes)
    }

    /// A key from a text of any length (SHA-256 of it).
    #[must_use]
    pub fn from_text(text: &[u8]) -> FingerprintKey {
        use sha2::Digest;
        FingerprintKey(Sha256::digest(text).into())
    }

    /// The fingerprint that findings of this secret have under this key.
    ///
    /// ```
    /// use keysieve::FingerprintKey;
    /// let key = FingerprintKey::from_text(b"a long phrase");
    /// assert_eq!(key.fingerprint(b"one"), key.fingerprint(b"one"));
    /// assert_ne!(key.fingerprint(b"one"), key.fingerprint(b"two"));
    /// ```
    #[must_use]
    pub fn fingerprint(&self, secret: &[u8]) -> Fingerprint {
        self.print(secret)
    }

    /// A key for something else, from which neither this key nor one for another purpose can be told.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        self.mac(b"keysieve derived key 1\0", purpose.as_bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn print(&self, secret: &[u8]) -> Fingerprint {
        let mut out = [0; 20];
        let mac = self.mac(b"keysieve fingerprint 1\0", secret);
        out.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
        Fingerprint(out)
    }

    pub(crate) fn mac(&self, purpose: &[u8], text: &[u8]) -> [u8; 32] {
        // HMAC takes keys of every length, so that the error case does not occur.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        mac.update(purpose);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

impl Drop for FingerprintKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey([32 bytes])")
    }
}

/// A keyed, irreversible name of a secret: equal for equal secrets under one key. 160 bits of
/// HMAC-SHA256 (RFC 2104), printed as `ks1:` and 40 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 20]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ks1:")?;
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A credential's place in a text, the rule that found it, and how sure that is.
///
/// It owns nothing of the text. Whoever holds the text gets at the bytes with [`Finding::secret`].
#[derive(Clone)]
pub struct Finding {
    pub(crate) rule: Arc<Rule>,
    pub(crate) span: Span,
    pub(crate) confidence: Confidence,
    pub(crate) check: CheckOutcome,
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) prefix: String,
    pub(crate) truncated: bool,
    /// Bytes of the secret itself, decoded.
    pub(crate) length: usize,
    /// Decodings through which it was found, outermost first.
    pub(crate) encoding: Vec<&'static str>,
    pub(crate) channel: Option<Channel>,
    pub(crate) path: Option<Arc<str>>,
    pub(crate) attributes: Attributes,
    pub(crate) companion: Option<Companion>,
    /// The secret itself, decoded: only where a stand-in is made for it, and never handed out.
    pub(crate) original: Option<Original>,
}

/// The other part of the same credential: the id of a secret, the secret of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Companion {
    /// The rule that found it; for an id that is no finding of its own, what its rule calls it.
    pub rule: String,
    /// Where it stands; always before the finding.
    pub span: Span,
}

impl Finding {
    /// The rule that made it.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The rule's id.
    #[must_use]
    pub fn rule_id(&self) -> &str {
        self.rule.id()
    }

    /// Bytes of the secret itself, as offsets from the beginning of the text or stream. Of one that was found through
    /// a decoding: the smallest range of the original that hides it and leaves its carrier whole; of one that a stream
    /// sent in pieces: from the first piece to the last.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// How sure it is, checks included.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// What the offline check said.
    #[must_use]
    pub fn check(&self) -> CheckOutcome {
        self.check
    }

    /// The keyed fingerprint, if the scanner was given a key.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    /// The rule's own literal at the beginning of the secret, and the length: `ghp_…(40)`. Nothing random.
    #[must_use]
    pub fn preview(&self) -> String {
        format!("{}…({})", self.prefix, self.length)
    }

    /// The decodings through which it was found, outermost first: `base64`, `sse`, `json`. Empty for plain text.
    #[must_use]
    pub fn encoding(&self) -> &[&'static str] {
        &self.encoding
    }

    /// What the text that holds it is to a model, where the payload tells.
    #[must_use]
    pub fn channel(&self) -> Option<Channel> {
        self.channel
    }

    /// The JSONPath (RFC 9535) of the string that holds it, in its document: of the whole text, its line, or its event. None if
    /// the text is not structured, or its place is too deep. Names that may be secrets themselves are `[*]` in it.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Whether the secret went on past the rule's limit, so that `span` covers only its beginning.
    #[must_use]
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// What can be told without telling the secret: numbers, and words of closed lists.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = (Attribute, &str)> {
        self.attributes.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The other part of the same credential, if it stands close before this one.
    #[must_use]
    pub fn companion(&self) -> Option<&Companion> {
        self.companion.as_ref()
    }

    /// The secret in `text`, which must be the whole text that was scanned. Empty if `text` is too short.
    #[must_use]
    pub fn secret<'t>(&self, text: &'t [u8]) -> Secret<'t> {
        Secret::new(text.get(self.span.range()).unwrap_or_default())
    }

    /// Keeps the secret itself.
    pub(crate) fn keep(&mut self, secret: &[u8]) {
        self.original = Some(Original::new(secret.to_vec()));
    }

    /// The same finding without the secret itself, for the world outside.
    pub(crate) fn bare(&self) -> Finding {
        Finding { original: None, ..self.clone() }
    }

    pub(crate) fn sign(&mut self, key: Option<&FingerprintKey>, secret: &[u8]) {
        self.fingerprint = key.map(|key| key.print(secret));
    }
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finding")
            .field("rule", &self.rule.id())
            .field("span", &self.span)
            .field("confidence", &self.confidence)
            .field("check", &self.check)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
