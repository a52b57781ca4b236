//! What can go wrong with an inventory. No message holds what was recorded.

use std::fmt;

/// Why an inventory could not do what was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file is of a later version of keysieve, or no inventory at all.
    Foreign,
    /// The file was kept with another key.
    OtherKey,
    /// A decision was to be written without the key.
    NoKey,
    /// No credential has this fingerprint, or several begin with it.
    Unknown(usize),
    /// The database said no.
    Database(rusqlite::Error),
    /// The file could not be made.
    Io(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Foreign => f.write_str("not an inventory of this version of keysieve"),
            Error::OtherKey => f.write_str(
                "kept with another key: fingerprints could not be compared (KEYSIEVE_KEY or --key-file)",
            ),
            Error::NoKey => f.write_str("decisions need the key: set KEYSIEVE_KEY or --key-file"),
            Error::Unknown(0) => f.write_str("no credential with this fingerprint"),
            Error::Unknown(n) => write!(f, "{n} credentials begin with this; give more digits"),
            Error::Database(error) => write!(f, "{error}"),
            Error::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        Error::Database(error)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Io(error)
    }
}
