//! What can go wrong with an inventory. No message holds what was recorded.

use std::fmt;

/// Why an inventory could not do what was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file is of a later version of keysieve, or no inventory at all.
    Foreign,
    /// This build has no PostgreSQL.
    NoPostgres,
    /// The file was kept with another key.
    OtherKey,
    /// A decision was to be written without the key.
    NoKey,
    /// Too few digits of a fingerprint to name a credential by.
    Short,
    /// No credential has this fingerprint, or several begin with it.
    Unknown(usize),
    /// Another process holds the database, for longer than was waited.
    Busy,
    /// The database said no.
    Database(String),
    /// A reader said stop. Not seen outside.
    #[doc(hidden)]
    Stopped,
    /// The file could not be made.
    Io(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Foreign => f.write_str("not an inventory of this version of keysieve"),
            Error::NoPostgres => f.write_str("this build of keysieve has no PostgreSQL (feature `postgres`)"),
            Error::OtherKey => f.write_str(
                "kept with another key: fingerprints could not be compared (KEYSIEVE_KEY or --key-file)",
            ),
            Error::NoKey => f.write_str("decisions need the key: set KEYSIEVE_KEY or --key-file"),
            Error::Short => f.write_str("give four digits of the fingerprint at least"),
            Error::Unknown(0) => f.write_str("no credential with this fingerprint"),
            Error::Unknown(n) => write!(f, "{n} credentials begin with this; give more digits"),
            Error::Busy => f.write_str("another process holds it"),
            Error::Database(error) => f.write_str(error),
            Error::Stopped => f.write_str("stopped"),
            Error::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        match crate::sqlite::is_busy(&error) {
            true => Error::Busy,
            false => Error::Database(error.to_string()),
        }
    }
}

#[cfg(feature = "postgres")]
impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Error {
        // What the server says of a row may quote the row; its first line does not.
        let said = error.as_db_error().map(|it| it.message().to_owned());
        // What else goes wrong, goes wrong on the way there: its cause says what.
        let cause = || std::error::Error::source(&error).map(|it| format!(": {it}"));
        let whole = || format!("{error}{}", cause().unwrap_or_default());
        Error::Database(said.unwrap_or_else(whole))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Io(error)
    }
}
