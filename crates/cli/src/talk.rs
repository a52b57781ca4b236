//! What is said to people on standard error, and the one handle of standard output.
//!
//! Standard output is for findings and clean text only. Messages never fail: if nobody can read them, they are
//! dropped. Names from outside are made harmless for terminals.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::Path;
use std::sync::OnceLock;

use keysieve::{Config, Mode, Pack, Profile, Redactor, Scanner};
use keysieve_report::neutral;
use tracing::Level;

use crate::args::{Talk, When};

/// How much goes to standard error, and in which colours output is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    pub(crate) quiet: bool,
    pub(crate) colour: bool,
    pub(crate) details: bool,
}

impl Voice {
    pub(crate) fn new(talk: &Talk) -> Voice {
        trace(talk.verbose);
        Voice { quiet: talk.quiet, colour: colour(talk.color), details: talk.verbose > 0 }
    }

    /// An error. It is said even if quiet.
    pub(crate) fn error(self, message: &str) {
        say(message);
    }

    /// A warning or a summary.
    pub(crate) fn note(self, message: &str) {
        if !self.quiet {
            say(message);
        }
    }
}

/// Prints `keysieve: message` on one line.
pub(crate) fn say(message: &str) {
    let _ = writeln!(io::stderr(), "keysieve: {}", neutral(message.as_bytes()));
}

/// A path from outside, made harmless for terminals, and without credentials.
pub(crate) fn shown(path: &Path) -> String {
    neutral(redacted(&path.to_string_lossy()).as_bytes()).into_owned()
}

/// Prints a message that may quote what the user typed or what stands in a pack: both could hold a credential, for
/// example when the wrong file was named, so it goes through the redactor first.
pub(crate) fn say_redacted(message: &str) {
    say(&redacted(message));
}

/// `message` without credentials.
pub(crate) fn redacted(message: &str) -> String {
    static REDACTOR: OnceLock<Option<Redactor>> = OnceLock::new();
    let redactor = REDACTOR.get_or_init(|| {
        let config = Config::new().profile(Profile::Redact);
        let scanner = Scanner::builder().pack(Pack::builtin()).config(config).build().ok()?;
        Some(Redactor::new(&scanner, Mode::Label))
    });
    match redactor {
        Some(redactor) => {
            String::from_utf8_lossy(&redactor.redact(message.as_bytes())).into_owned()
        }
        None => "the message cannot be shown".to_owned(),
    }
}

fn colour(when: When) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => io::stdout().is_terminal() && !set("NO_COLOR") && !dumb,
    }
}

fn trace(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_target(false)
        .without_time()
        // It would print to standard error what it cannot write to standard error, and panic.
        .log_internal_errors(false)
        .finish();
    // Set once per process; a second time would be a defect without harm.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Standard output, buffered until [`Write::flush`].
pub(crate) type Out = BufWriter<Stdout>;

pub(crate) fn stdout() -> Out {
    BufWriter::with_capacity(64 * 1024, io::stdout())
}

/// Standard output without any buffer.
pub(crate) fn direct() -> Result<File, crate::failure::Failure> {
    #[cfg(unix)]
    let owned = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned();
    #[cfg(windows)]
    let owned = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned();
    owned.map(File::from).map_err(|error| crate::failure::Failure::output(&error))
}

/// Writes a whole text to standard output.
pub(crate) fn print(text: &[u8]) -> Result<(), crate::failure::Failure> {
    let mut out = stdout();
    out.write_all(text)
        .and_then(|()| out.flush())
        .map_err(|error| crate::failure::Failure::output(&error))
}
