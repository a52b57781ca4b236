//! What may be told of a credential without telling the credential: a small, closed set of attributes.
//!
//! Guarantees: a value is a number, a yes or no, or a word of a table in this folder. Nothing of a token's text is ever
//! copied out of it, so that an attribute can stand in any report. Total over any bytes, linear time.
//! Leaves out: whether a credential is in force; `jwt.exp` is a number, and what time it is only the caller knows.

mod connection;
mod jwt;
mod key;
#[cfg(test)]
mod tests;

/// The name of something told about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Attribute {
    /// The account that an access key id names.
    AwsAccount,
    /// The scheme of a connection string.
    ConnectionScheme,
    /// The service it leads to, if that is a public one or the machine itself.
    ConnectionHost,
    /// Whether a user stands before the password.
    ConnectionUser,
    /// What kind of GitHub token it is.
    GithubType,
    /// The signature algorithm of a JWT.
    JwtAlg,
    /// When a JWT expires, in seconds since 1970. Past or not: it is a finding.
    JwtExp,
    /// The issuer of a JWT, if it is a well-known public one.
    JwtIss,
    /// The kind of private key.
    PemKind,
    /// The size of the key: of its modulus, or its curve's.
    PemBits,
    /// Whether a passphrase protects the key.
    PemEncrypted,
    /// Whether the key is all there: its length is the one it states.
    PemComplete,
}

impl Attribute {
    /// The key used in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Attribute::AwsAccount => "aws.account",
            Attribute::ConnectionScheme => "connection.scheme",
            Attribute::ConnectionHost => "connection.host",
            Attribute::ConnectionUser => "connection.user",
            Attribute::GithubType => "github.type",
            Attribute::JwtAlg => "jwt.alg",
            Attribute::JwtExp => "jwt.exp",
            Attribute::JwtIss => "jwt.iss",
            Attribute::PemKind => "pem.kind",
            Attribute::PemBits => "pem.bits",
            Attribute::PemEncrypted => "pem.encrypted",
            Attribute::PemComplete => "pem.complete",
        }
    }
}

/// Attributes and their values, in the order in which they were read.
pub(crate) type Attributes = Vec<(Attribute, String)>;

/// What a rule says its findings are, so that they can be described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Describe {
    AwsKeyId,
    Connection,
    Github,
    Jwt,
    Pem,
}

/// The words that packs use, in the order of the alphabet.
pub(crate) const WORDS: [&str; 5] = ["aws-key-id", "connection", "github", "jwt", "pem"];

/// How far a connection string is read on either side of the password.
pub(crate) const CONNECTION_BEFORE: usize = 256;
/// A rule with `describe = "connection"` matches at least so far behind the password, or to where the host ends.
pub(crate) const CONNECTION_AFTER: usize = 81;

impl Describe {
    pub(crate) fn from_name(name: &str) -> Option<Describe> {
        Some(match name {
            "aws-key-id" => Describe::AwsKeyId,
            "connection" => Describe::Connection,
            "github" => Describe::Github,
            "jwt" => Describe::Jwt,
            "pem" => Describe::Pem,
            _ => return None,
        })
    }

    /// The attributes of `secret`, which stands between `before` and `after`.
    pub(crate) fn read(self, before: &[u8], secret: &[u8], after: &[u8]) -> Attributes {
        match self {
            Describe::AwsKeyId => key::aws(secret),
            Describe::Connection => connection::read(before, after),
            Describe::Github => key::github(secret),
            Describe::Jwt => jwt::read(secret),
            Describe::Pem => key::pem(secret),
        }
    }
}
