//! A connection string around its password: scheme, whether there is a user, and the service behind the `@`.

use super::{Attribute, Attributes};

const SCHEMES: &[&str] = &[
    "bolt",
    "cassandra",
    "cloudinary",
    "mysql2",
    "mysqlx",
    "pgsql",
    "postgis",
    "pyamqp",
    "redshift",
    "snowflake",
    "sqlserver",
    "trino",
    "valkey",
    "amqp",
    "amqps",
    "clickhouse",
    "cockroachdb",
    "couchbase",
    "couchbases",
    "elasticsearch",
    "ftp",
    "ftps",
    "git",
    "git+https",
    "http",
    "https",
    "imap",
    "imaps",
    "jdbc",
    "kafka",
    "ldap",
    "ldaps",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "mqtt",
    "mqtts",
    "mssql",
    "mysql",
    "nats",
    "neo4j",
    "oracle",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "sftp",
    "smtp",
    "smtps",
    "socks5",
    "ssh",
];

/// Public domains of database and queue services, and the names of the machine itself. What is not here is not told:
/// a host may be a secret of its own.
const SERVICES: &[&str] = &[
    "amazonaws.com",
    "aivencloud.com",
    "azure.com",
    "clever-cloud.com",
    "cloudamqp.com",
    "cockroachlabs.cloud",
    "cloud.redislabs.com",
    "confluent.cloud",
    "digitalocean.com",
    "elastic-cloud.com",
    "github.com",
    "gitlab.com",
    "heroku.com",
    "mongodb.net",
    "neon.tech",
    "planetscale.com",
    "psdb.cloud",
    "railway.app",
    "railway.internal",
    "redis.cache.windows.net",
    "render.com",
    "rlwy.net",
    "supabase.co",
    "supabase.com",
    "timescaledb.io",
    "upstash.io",
    "windows.net",
];

const SELF: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal"];

pub(super) fn read(before: &[u8], after: &[u8]) -> Attributes {
    let mut out = Attributes::new();
    let opens = |at: &usize| {
        let rest = before.get(*at..).and_then(|rest| rest.strip_prefix(b":"));
        let slashes = rest.map(|rest| rest.iter().skip_while(|b| **b == b'\\').take(1));
        slashes.is_some_and(|mut slash| slash.next() == Some(&b'/'))
    };
    let Some(at) = (0..before.len()).rev().find(opens) else { return out };
    let head = before.get(..at).unwrap_or_default();
    let letter = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'+';
    let len = head.iter().rev().take_while(letter).count();
    let scheme = head.get(at - len..).unwrap_or_default();
    // `postgresql+psycopg` names the driver, too.
    let bare = scheme.split(|b| *b == b'+').next().unwrap_or_default();
    let is = |known: &&&str| known.as_bytes().eq_ignore_ascii_case(scheme);
    let known = SCHEMES.iter().find(is);
    let known = known.or_else(|| SCHEMES.iter().find(|k| k.as_bytes().eq_ignore_ascii_case(bare)));
    if let Some(known) = known {
        out.push((Attribute::ConnectionScheme, (*known).to_owned()));
    }
    let user = before.get(at + 3..).unwrap_or_default();
    let user = user.iter().filter(|b| !b"\\/:".contains(b)).count();
    out.push((Attribute::ConnectionUser, if user > 0 { "present" } else { "absent" }.to_owned()));
    if let Some(host) = after.strip_prefix(b"@").and_then(service) {
        out.push((Attribute::ConnectionHost, host.to_owned()));
    }
    out
}

/// The service a host belongs to, in our own words.
fn service(after: &[u8]) -> Option<&'static str> {
    let len = after.iter().take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b)).count();
    let host = after.get(..len)?.to_ascii_lowercase();
    SELF.into_iter().find(|own| host == own.as_bytes()).or_else(|| {
        SERVICES.iter().copied().find(|domain| {
            host.strip_suffix(domain.as_bytes())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
        })
    })
}
