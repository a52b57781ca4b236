//! Ready objects: a built scanner and everything else that a run needs, checked.
//!
//! After this no option is looked at again. What can fail because of options fails here, before any input is read.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use keysieve::{
    BoundPolicy, Confidence, Config, Envelope, Finding, FingerprintKey, KnownSecrets, Mode, Pack,
    Profile, Record, Redactor, Scanner, Subject,
};

use crate::args::{self, ConfidenceArg, EngineArg, EngineArgs, PackArgs, ProfileArg, VectorsArg};
use crate::failure::Failure;
use crate::known;
use crate::scan::baseline::Baseline;
use crate::select::{self, Today};
use crate::sources::{self, Kind, Name};
use crate::talk::Voice;

/// The scanner and what records need besides findings.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) scanner: Scanner,
    /// What is masked in shown lines, besides the built-in rules.
    known: Vec<Pack>,
    pub(crate) baseline: Baseline,
    pub(crate) stats: bool,
    /// What decides about findings, if anything does.
    pub(crate) policy: Option<BoundPolicy>,
    /// What the text is to a model, where its payload does not tell.
    pub(crate) channel: Option<String>,
    input: args::Input,
    profile: Profile,
    key_given: bool,
    /// The key of fingerprints, if it was given.
    pub(crate) key: Option<FingerprintKey>,
    careful: OnceLock<Vec<Scanner>>,
}

impl Engine {
    /// What stands around the text of an input that begins with `head`.
    pub(crate) fn envelope(&self, head: &[u8]) -> Option<Envelope> {
        match self.input {
            args::Input::OtlpProtobuf => Some(Envelope::OtlpProtobuf),
            args::Input::AwsEventstream => Some(Envelope::EventStream),
            args::Input::Auto => Envelope::of(head),
            _ => None,
        }
    }

    /// What the engine makes of a text that begins with `head`.
    pub(crate) fn kind(&self, head: &[u8]) -> Kind {
        match sources::kind(head) {
            _ if self.envelope(head).is_some() => Kind::Text,
            Kind::Utf16 if self.scanner.config().effective_decode_depth() > 0 => Kind::Text,
            kind => kind,
        }
    }

    pub(crate) fn new(
        packs: &PackArgs,
        args: &EngineArgs,
        default: Profile,
        voice: Voice,
    ) -> Result<Engine, Failure> {
        let pack = select::pack(packs)?;
        let profile = args.profile.map_or(default, profile);
        let (key, key_given) = key(args.key_file.as_deref())?;
        select::dormant(&pack, key_given).iter().for_each(|said| voice.note(said));
        let Today(year, month, day) = select::today();
        let known = known::read(&args.known, &key, key_given, voice)?;
        let lasting = key_given.then(|| key.clone());
        let mut config =
            Config::new().profile(profile).fingerprint_key(key).today(year, month, day);
        if let Some(least) = args.min_confidence {
            config = config.min_confidence(match least {
                ConfidenceArg::Certain => Confidence::Certain,
                ConfidenceArg::Likely => Confidence::Likely,
                ConfidenceArg::Possible => Confidence::Possible,
            });
        }
        if let Some(depth) = args.decode_depth {
            config = config.decode_depth(depth);
        }
        config = config.engine(match args.engine {
            EngineArg::Auto => keysieve::Engine::Auto,
            EngineArg::Native => keysieve::Engine::Native,
            EngineArg::Hyperscan => keysieve::Engine::Hyperscan,
        });
        if let Some(level) = args.vectors {
            limit(level)?;
        }
        if args.input == args::Input::Text {
            config = config.input(keysieve::Input::Text);
        }
        let baseline = match &args.baseline {
            Some(path) => Baseline::read(path)?,
            None => Baseline::default(),
        };
        let engine = Engine::build(pack.clone(), vec![pack], config, key_given, known)?;
        let by = engine.scanner.config().effective_engine().as_str();
        let vectors = keysieve::Vectors::in_use().as_str();
        tracing::info!(profile = profile.as_str(), key_given, input = ?args.input, by, vectors, "scanner built");
        let (stats, input) = (args.stats, args.input);
        Ok(Engine { baseline, stats, input, key: lasting, ..engine })
    }

    /// An engine for looking at rules: no baseline, a key of this run only, all costs counted. `known` is what is masked in
    /// shown lines besides what is found.
    pub(crate) fn for_rules(
        pack: Pack,
        known: Vec<Pack>,
        profile: Profile,
    ) -> Result<Engine, Failure> {
        let Today(year, month, day) = select::today();
        let config = Config::new().profile(profile).fingerprint_key(key(None)?.0);
        let engine = Engine::build(pack, known, config.today(year, month, day), false, None)?;
        Ok(Engine { stats: true, ..engine })
    }

    fn build(
        pack: Pack,
        known: Vec<Pack>,
        config: Config,
        key_given: bool,
        secrets: Option<KnownSecrets>,
    ) -> Result<Engine, Failure> {
        let profile = config.effective_profile();
        let mut scanner = Scanner::builder().pack(pack).config(config);
        if let Some(secrets) = secrets {
            scanner = scanner.known(secrets);
        }
        let scanner = scanner.build()?;
        Ok(Engine {
            scanner,
            known,
            baseline: Baseline::default(),
            stats: false,
            policy: None,
            channel: None,
            input: args::Input::Auto,
            profile,
            key_given,
            key: None,
            careful: OnceLock::new(),
        })
    }

    /// Scanners of all rules that find what a redactor would hide, whatever a pack lets through; built when first asked for.
    pub(crate) fn careful(&self) -> &[Scanner] {
        let build = |pack: &Pack| {
            let config = Config::new().profile(Profile::Redact);
            let pack = Pack::builtin().merge(pack.clone()).without_exemptions();
            Scanner::builder().pack(pack).config(config).build().ok()
        };
        self.careful.get_or_init(|| self.known.iter().filter_map(build).collect())
    }

    /// A source's name as it is told: without secrets. A name without any is told as it is.
    pub(crate) fn told(&self, source: &str) -> String {
        if is_stdin(Path::new(source)) {
            return source.to_owned();
        }
        let scanners = std::iter::once(&self.scanner).chain(self.careful());
        let name = scanners.fold(source.as_bytes().to_vec(), |name, scanner| {
            Redactor::new(scanner, Mode::Label).redact(&name).into_owned()
        });
        String::from_utf8_lossy(&name).into_owned()
    }

    /// The record of a finding.
    pub(crate) fn record(&self, finding: &Finding, source: &Name, at: (usize, usize)) -> Record {
        let mut record =
            Record::new(finding, source.told(|name| self.told(name)), at, self.profile);
        if !self.key_given {
            record.fingerprint_key = "run";
        }
        if record.channel.is_none() {
            record.channel.clone_from(&self.channel);
        }
        if let Some(policy) = &self.policy {
            let there = policy.context().clone().source(source.given());
            let decision = policy.policy().decide(&there, &Subject::of(finding));
            record.action = decision.action().as_str();
            record.policy_rule = Some(decision.rule_id().unwrap_or("default").to_owned());
        }
        record
    }
}

pub(crate) fn profile(arg: ProfileArg) -> Profile {
    match arg {
        ProfileArg::Alert => Profile::Alert,
        ProfileArg::Redact => Profile::Redact,
    }
}

/// Limits the vector instructions. What the processor lacks is no fallback but an error: whoever compares has to know.
fn limit(level: VectorsArg) -> Result<(), Failure> {
    let name = match level {
        VectorsArg::Avx512 => "avx512",
        VectorsArg::Avx2 => "avx2",
        VectorsArg::Portable => "portable",
    };
    match keysieve::Vectors::named(name) {
        Some(level) if level.limit() == level => Ok(()),
        _ => Err(Failure::Fault(format!(
            "--vectors {name}: this processor has no such instructions"
        ))),
    }
}

/// The key of fingerprints, and whether it was given.
pub(crate) fn key(file: Option<&Path>) -> Result<(FingerprintKey, bool), Failure> {
    let given = |text: &[u8]| (FingerprintKey::from_text(text.trim_ascii_end()), true);
    if let Some(path) = file {
        let text = fs::read(path).map_err(|error| Failure::at(path, &error))?;
        if text.trim_ascii().is_empty() {
            return Err(Failure::Fault(format!("{}: the key file is empty", path.display())));
        }
        return Ok(given(&text));
    }
    if let Some(text) = std::env::var_os("KEYSIEVE_KEY").filter(|text| !text.is_empty()) {
        return Ok(given(text.as_encoded_bytes()));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Fault(format!("no random numbers for the key: {error}")))?;
    Ok((FingerprintKey::new(bytes), false))
}

/// The paths as given; standard input if there are none and it is not a terminal.
pub(crate) fn paths(given: Vec<PathBuf>) -> Result<Vec<PathBuf>, Failure> {
    if !given.is_empty() {
        if given.iter().filter(|path| is_stdin(path)).count() > 1 {
            return Err(Failure::Fault("`-` can be given once only".to_owned()));
        }
        return Ok(given);
    }
    if io::stdin().is_terminal() {
        let message = "nothing to read: name files or directories, or pipe text in";
        return Err(Failure::Fault(message.to_owned()));
    }
    Ok(vec![PathBuf::from("-")])
}

pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == OsStr::new("-")
}
