//! A rule: what a credential looks like, how believable it is, and what its owner should do.
//!
//! A rule is data. It is read from a pack by [`super::parse`], checked there, and never changes afterwards.

use std::fmt;
use std::sync::Arc;

use super::packed::{From, Later, Out, Packed, Text, packed_fields, packed_words};
use super::pattern::Pattern;
use super::shape::Lead;
use crate::check::checksum::Checksum;
use crate::check::describe::{self, Describe};
use crate::text::byteset::ByteSet;

/// The longest value an assignment may have and still be looked at, in bytes.
pub(crate) const LONGEST_VALUE: usize = 2048;

/// How bad it is when the credential is abused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Little can be done with it.
    Low,
    /// Limited access.
    Medium,
    /// Access to a service's contents or money.
    High,
    /// Control over an account, a cloud or a code base.
    Critical,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Confidence {
    /// Worth hiding when in doubt; not worth waking anybody.
    Possible,
    /// Shape and surroundings fit.
    Likely,
    /// The format leaves no room for chance, or its checksum holds.
    Certain,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Severity; 4] =
        [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The word used in packs and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl Confidence {
    /// All of them, the least first.
    pub const ALL: [Confidence; 3] =
        [Confidence::Possible, Confidence::Likely, Confidence::Certain];

    /// The word used in packs and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Possible => "possible",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }

    /// One step surer.
    pub(crate) fn raised(self) -> Confidence {
        match self {
            Confidence::Possible => Confidence::Likely,
            Confidence::Likely | Confidence::Certain => Confidence::Certain,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a rule finds its candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An anchor of the token itself, then the pattern.
    Anchored,
    /// The name in an assignment, then the pattern over the whole value.
    Context,
    /// The name in an assignment says password; the value decides.
    Password,
    /// The name in an assignment says key, token or secret; the value decides.
    Token,
    /// No name at all: the words of a seed phrase.
    Phrase,
    /// No name at all: a run of characters that looks drawn at random.
    Random,
}

impl Kind {
    /// The longest finding of a rule without a pattern.
    fn longest(self) -> usize {
        if self == Kind::Phrase { 2 * LONGEST_VALUE } else { LONGEST_VALUE }
    }
}

/// Where the anchors stand in every match, and what can follow them; worked out when the rule is parsed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Anchor {
    /// Bytes from the start of a match to its anchor.
    pub(crate) at: usize,
    /// Length of the shortest anchor.
    pub(crate) shortest: usize,
    /// Every byte that can stand in a match behind the shortest anchor.
    pub(crate) body: ByteSet,
    /// The first run behind the anchor.
    pub(crate) lead: Option<Lead>,
}

/// On which sides the engine demands that a match does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) left: bool,
    pub(crate) right: bool,
}

/// The part of a secret behind its head: runs over a class with joints between them, then an optional end mark.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    pub(crate) class: ByteSet,
    pub(crate) max: usize,
    pub(crate) end: Option<Pattern>,
    /// What may interrupt the run: the quotes and operator between two string literals.
    pub(crate) join: Option<Pattern>,
}

/// One offline test of a candidate.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// Least Shannon entropy, bits per byte.
    Entropy(f32),
    /// At least so many of: lower case, upper case, digits.
    Classes(u8),
    /// Believable as a password: words, templates and code are refused, guesses are possible at most.
    Password,
    /// The token's own redundancy.
    Checksum(Checksum),
    /// One of the words stands so many bytes before the secret.
    Near { words: Later<Vec<String>>, within: usize },
    /// Never a finding if one of these is in the secret.
    Allow(Later<Vec<String>>),
    /// A match of the pattern close before the secret makes the finding surer.
    Companion(Companion),
}

/// What stands close before a secret if it is the other half of it.
#[derive(Debug, Clone)]
pub(crate) struct Companion {
    pub(crate) pattern: Box<Pattern>,
    pub(crate) within: usize,
    /// What it is, if it is an id that belongs to the secret and is told with it.
    pub(crate) name: Option<String>,
    /// Whether the secret is none without it.
    pub(crate) required: bool,
}

/// What a credential looks like and what is known of it. Read from a pack; see `patterns/README.md`.
///
/// ```
/// # #[cfg(feature = "builtin")] {
/// let pack = keysieve::Pack::builtin();
/// let rule = pack.rules().find(|rule| rule.id() == "github-pat").unwrap();
/// assert_eq!(rule.category(), "vcs");
/// # }
/// ```
#[derive(Clone)]
pub struct Rule {
    pub(crate) id: Text,
    pub(crate) severity: Severity,
    pub(crate) confidence: Confidence,
    pub(crate) kind: Kind,
    pub(crate) anchors: Later<Vec<String>>,
    pub(crate) keywords: Later<Vec<String>>,
    pub(crate) caseless: bool,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) anchor: Anchor,
    pub(crate) bounds: Bounds,
    pub(crate) tail: Option<Box<Tail>>,
    pub(crate) checks: Vec<Check>,
    /// How its findings can be described.
    pub(crate) describe: Option<Describe>,
    /// Ids of rules whose findings belong to this one's.
    pub(crate) pairs: Vec<String>,
    pub(crate) notes: Later<Box<Notes>>,
    /// Whether it is a rule from below with some fields changed.
    pub(crate) is_override: bool,
}

/// What is told of a rule and plays no part in finding.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    pub(crate) title: Text,
    pub(crate) category: Text,
    pub(crate) why: Text,
    pub(crate) revoke: Option<Text>,
    pub(crate) references: Vec<String>,
    pub(crate) hits: Vec<String>,
    pub(crate) misses: Vec<String>,
    pub(crate) pack: Text,
    pub(crate) file: Arc<str>,
    pub(crate) line: usize,
}

packed_words!(Severity { Low, Medium, High, Critical });
packed_words!(Confidence { Possible, Likely, Certain });
packed_words!(Kind { Anchored, Context, Password, Token, Phrase, Random });
packed_fields!(Anchor { at, shortest, body, lead });
packed_fields!(Bounds { left, right });
packed_fields!(Tail { class, max, end, join });
packed_fields!(Companion { pattern, within, name, required });
packed_fields!(Notes { title, category, why, revoke, references, hits, misses, pack, file, line });
packed_fields!(Rule {
    id,
    severity,
    confidence,
    kind,
    anchors,
    keywords,
    caseless,
    pattern,
    anchor,
    bounds,
    tail,
    checks,
    describe,
    pairs,
    notes,
    is_override,
});

impl Packed for Check {
    fn pack(&self, out: &mut Out) {
        match self {
            Check::Entropy(bits) => (0u8, *bits).pack(out),
            Check::Classes(n) => (1u8, *n).pack(out),
            Check::Password => 2u8.pack(out),
            Check::Checksum(sum) => {
                let number = Checksum::ALL.iter().position(|known| known == sum);
                (3u8, number.unwrap_or_default()).pack(out);
            }
            Check::Near { words, within } => {
                (4u8, *within).pack(out);
                words.pack(out);
            }
            Check::Allow(words) => {
                5u8.pack(out);
                words.pack(out);
            }
            Check::Companion(companion) => {
                6u8.pack(out);
                companion.pack(out);
            }
        }
    }

    fn unpack(from: &mut From<'_>) -> Option<Check> {
        Some(match u8::unpack(from)? {
            0 => Check::Entropy(f32::unpack(from)?),
            1 => Check::Classes(u8::unpack(from)?),
            2 => Check::Password,
            3 => Check::Checksum(*Checksum::ALL.get(usize::unpack(from)?)?),
            4 => {
                let within = usize::unpack(from)?;
                Check::Near { words: Later::unpack(from)?, within }
            }
            5 => Check::Allow(Later::unpack(from)?),
            6 => Check::Companion(Companion::unpack(from)?),
            _ => return None,
        })
    }
}

impl Packed for Describe {
    fn pack(&self, out: &mut Out) {
        let number = describe::WORDS.iter().position(|w| Describe::from_name(w) == Some(*self));
        number.unwrap_or_default().pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<Describe> {
        Describe::from_name(describe::WORDS.get(usize::unpack(from)?)?)
    }
}

impl Rule {
    /// Stable public name, kebab-case.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it finds, for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.notes.title
    }

    /// Kind of service: `ai`, `cloud`, `vcs` …
    #[must_use]
    pub fn category(&self) -> &str {
        &self.notes.category
    }

    /// What an attacker gains, in one sentence.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.notes.why
    }

    /// How bad a leak is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// How sure a match is before its checks speak.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Literals one of which stands in every match; for rules that need a name, the key names.
    #[must_use]
    pub fn anchors(&self) -> &[String] {
        if self.anchors.is_empty() { &self.keywords } else { &self.anchors }
    }

    /// The pattern as written, if the rule has one.
    #[must_use]
    pub fn pattern(&self) -> Option<&str> {
        self.pattern.as_ref().map(Pattern::source)
    }

    /// The longest stretch of text, in bytes, that one finding can span.
    #[must_use]
    pub fn max_len(&self) -> usize {
        let head = self.pattern.as_ref().map_or(self.kind.longest(), Pattern::max_len);
        let tail = self.tail.as_ref().map_or(0, |tail| {
            tail.max
                + [&tail.end, &tail.join].into_iter().flatten().map(Pattern::max_len).sum::<usize>()
        });
        head + tail
    }

    /// The offline checks, in the words of the pack.
    #[must_use]
    pub fn checks(&self) -> Vec<String> {
        self.checks.iter().map(ToString::to_string).collect()
    }

    /// Ids of the rules that find the other part of the same credential.
    #[must_use]
    pub fn pairs(&self) -> &[String] {
        &self.pairs
    }

    /// Where the owner rotates or revokes it.
    #[must_use]
    pub fn revoke(&self) -> Option<&str> {
        self.notes.revoke.as_deref()
    }

    /// Documentation of the format.
    #[must_use]
    pub fn references(&self) -> &[String] {
        &self.notes.references
    }

    /// Templates of texts in which this rule must fire.
    #[must_use]
    pub fn hits(&self) -> &[String] {
        &self.notes.hits
    }

    /// Templates of texts in which this rule must stay silent.
    #[must_use]
    pub fn misses(&self) -> &[String] {
        &self.notes.misses
    }

    /// The pack the rule came from, and the line it begins at.
    #[must_use]
    pub fn origin(&self) -> (&str, usize) {
        (&self.notes.pack, self.notes.line)
    }

    /// Whether it is a rule of another pack with some fields changed.
    #[must_use]
    pub fn is_override(&self) -> bool {
        self.is_override
    }

    /// The file of the pack, by the name it was read under.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.notes.file
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Check::Entropy(bits) => write!(f, "entropy >= {bits}"),
            Check::Classes(n) => write!(f, "classes >= {n}"),
            Check::Password => write!(f, "plausible password"),
            Check::Checksum(sum) => write!(f, "checksum {}", sum.name()),
            Check::Near { words, within } => write!(f, "near {} within {within}", words.join("|")),
            Check::Allow(words) => write!(f, "allow {}", words.join("|")),
            Check::Companion(c) => {
                let wanted = if c.required { "required " } else { "" };
                write!(f, "{wanted}companion {} within {}", c.pattern.source(), c.within)
            }
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}
