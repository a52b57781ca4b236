//! What a user may set. Unset and default are different, so that layers of configuration can be laid over each other.

use crate::detect::finding::FingerprintKey;
use crate::error::{Error, ErrorKind};
use crate::rules::exemption::Day;
use crate::rules::rule::Confidence;

/// Where the engine draws the line between silence and a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Profile {
    /// For alerts: what is likely or certain.
    #[default]
    Alert,
    /// For redaction: what is possible too. When in doubt, hide.
    Redact,
}

impl Profile {
    /// The word used in records and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Alert => "alert",
            Profile::Redact => "redact",
        }
    }

    fn threshold(self) -> Confidence {
        match self {
            Profile::Alert => Confidence::Likely,
            Profile::Redact => Confidence::Possible,
        }
    }
}

/// Settings of a [`crate::Scanner`].
///
/// ```
/// use keysieve::{Config, Profile};
/// let house = Config::new().profile(Profile::Redact);
/// let mine = Config::new().max_held(256 * 1024);
/// let both = house.overwrite(mine);
/// assert_eq!(both.effective_profile(), Profile::Redact);
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Config {
    profile: Option<Profile>,
    min_confidence: Option<Confidence>,
    fingerprint_key: Option<FingerprintKey>,
    max_held: Option<usize>,
    today: Option<Day>,
    decode_depth: Option<u8>,
    input: Option<Input>,
    strict: Option<bool>,
    engine: Option<Engine>,
}

/// Who looks for the literals by which rules are triggered, the one pass that all bytes go through. What is found is the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Engine {
    /// The faster one, as measured (`benches/record`).
    #[default]
    Auto,
    /// The prefilter of this crate.
    Native,
    /// Hyperscan or Vectorscan, if the cargo feature `hyperscan` is on.
    Hyperscan,
}

impl Engine {
    /// The word used on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Auto => "auto",
            Engine::Native => "native",
            Engine::Hyperscan => "hyperscan",
        }
    }
}

/// What a text is taken to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Input {
    /// Payloads are recognised where they stand; everything is read as plain text besides.
    #[default]
    Auto,
    /// Plain text only: a stream of events is read as the text it is.
    Text,
}

/// How many encodings inside each other are undone, unless set otherwise.
const DEFAULT_DEPTH: u8 = 3;

/// The bytes a stream may hold back, unless set otherwise.
const DEFAULT_MAX_HELD: usize = 1024 * 1024;

impl Config {
    /// Nothing set.
    #[must_use]
    pub fn new() -> Config {
        Config::default()
    }

    /// The operating point. Default: [`Profile::Alert`].
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Config {
        self.profile = Some(profile);
        self
    }

    /// The least confidence to report, instead of the profile's own.
    #[must_use]
    pub fn min_confidence(mut self, confidence: Confidence) -> Config {
        self.min_confidence = Some(confidence);
        self
    }

    /// The key of fingerprints. Without one, findings have none.
    #[must_use]
    pub fn fingerprint_key(mut self, key: FingerprintKey) -> Config {
        self.fingerprint_key = Some(key);
        self
    }

    /// The most bytes a stream may hold back. Building a scanner fails if a rule needs more. Default: 1 MiB.
    #[must_use]
    pub fn max_held(mut self, bytes: usize) -> Config {
        self.max_held = Some(bytes);
        self
    }

    /// The day it is, for allow entries that expire. The engine knows no clock: without a day, none of them applies.
    #[must_use]
    pub fn today(mut self, year: u16, month: u8, day: u8) -> Config {
        self.today = Some(Day(year, month, day));
        self
    }

    /// How many encodings inside each other are undone; 0 reads the bytes as they are. Default: 3.
    #[must_use]
    pub fn decode_depth(mut self, depth: u8) -> Config {
        self.decode_depth = Some(depth);
        self
    }

    /// What a text is taken to be. Default: [`Input::Auto`].
    #[must_use]
    pub fn input(mut self, input: Input) -> Config {
        self.input = Some(input);
        self
    }

    /// Whether tokens that were taken apart are put together: `g h p _ …`, `"ghp" + "_…"`. For text whose author means to
    /// hide; it costs speed, and a stream waits for what may follow a string. Default: no.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Config {
        self.strict = Some(strict);
        self
    }

    /// Who looks for literals. Default: [`Engine::Auto`].
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Config {
        self.engine = Some(engine);
        self
    }

    /// These settings, and those of `other` where it has any.
    #[must_use]
    pub fn overwrite(self, other: Config) -> Config {
        Config {
            profile: other.profile.or(self.profile),
            min_confidence: other.min_confidence.or(self.min_confidence),
            fingerprint_key: other.fingerprint_key.or(self.fingerprint_key),
            max_held: other.max_held.or(self.max_held),
            today: other.today.or(self.today),
            decode_depth: other.decode_depth.or(self.decode_depth),
            input: other.input.or(self.input),
            strict: other.strict.or(self.strict),
            engine: other.engine.or(self.engine),
        }
    }

    /// Who looks for literals: never [`Engine::Auto`].
    #[must_use]
    pub fn effective_engine(&self) -> Engine {
        match self.engine.unwrap_or_default() {
            Engine::Auto if cfg!(feature = "hyperscan-always") => Engine::Hyperscan,
            Engine::Auto => Engine::Native,
            chosen => chosen,
        }
    }

    /// The profile that applies.
    #[must_use]
    pub fn effective_profile(&self) -> Profile {
        self.profile.unwrap_or_default()
    }

    pub(crate) fn threshold(&self) -> Confidence {
        self.min_confidence.unwrap_or(self.effective_profile().threshold())
    }

    pub(crate) fn day(&self) -> Option<Day> {
        self.today
    }

    /// How many encodings inside each other are undone.
    #[must_use]
    pub fn effective_decode_depth(&self) -> u8 {
        self.decode_depth.unwrap_or(DEFAULT_DEPTH)
    }

    pub(crate) fn depth(&self) -> u8 {
        self.effective_decode_depth()
    }

    pub(crate) fn reads_events(&self) -> bool {
        self.input.unwrap_or_default() == Input::Auto
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.strict.unwrap_or(false)
    }

    pub(crate) fn key(&self) -> Option<&FingerprintKey> {
        self.fingerprint_key.as_ref()
    }

    /// Checks that a rule spanning `longest` bytes can be held.
    pub(crate) fn check(&self, rule: &str, longest: usize) -> Result<(), Error> {
        let held = self.max_held.unwrap_or(DEFAULT_MAX_HELD);
        let need = longest + crate::detect::state::State::SLACK;
        if need > held {
            let message = format!("needs to hold {need} bytes of a stream, but max_held is {held}");
            return Err(Error::new(ErrorKind::Config, message).in_rule(rule));
        }
        Ok(())
    }
}
