//! No live-looking token in any tracked file, test data and documents included.
//!
//! A short list of shapes that push protection and other people's scanners act on, matched by hand so
//! that this check does not depend on the engine it guards. Templates (`{secret:rule-id}`) and patterns
//! (`[0-9A-Z]{16}`) do not match, because a brace or bracket ends the body. Filler (`xxxx…`) and
//! documented samples that say EXAMPLE are let through. The message never repeats the token.

use super::Fault;
use super::tree::Tree;

/// A literal prefix and the shortest body that makes it look real.
struct Shape {
    name: &'static str,
    prefixes: &'static [&'static str],
    body: fn(u8) -> bool,
    least: usize,
}

/// Fewer different bytes than this are filler, not a token.
const LEAST_DISTINCT: usize = 8;

const SHAPES: &[Shape] = &[
    Shape { name: "AWS access key id", prefixes: &["AKIA", "ASIA"], body: upper_digit, least: 16 },
    Shape {
        name: "GitHub token",
        prefixes: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        body: alnum,
        least: 36,
    },
    Shape { name: "GitHub token", prefixes: &["github_pat_"], body: word, least: 60 },
    Shape { name: "GitLab token", prefixes: &["glpat-"], body: word_dash, least: 20 },
    Shape {
        name: "Slack token",
        prefixes: &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"],
        body: alnum_dash,
        least: 24,
    },
    Shape { name: "Anthropic key", prefixes: &["sk-ant-api03-"], body: word_dash, least: 80 },
    Shape {
        name: "OpenAI key",
        prefixes: &["sk-proj-", "sk-svcacct-"],
        body: word_dash,
        least: 64,
    },
    Shape { name: "Stripe key", prefixes: &["sk_live_", "rk_live_"], body: alnum, least: 24 },
    Shape { name: "Google API key", prefixes: &["AIza"], body: word_dash, least: 35 },
    Shape { name: "npm token", prefixes: &["npm_"], body: alnum, least: 36 },
    Shape { name: "Hugging Face token", prefixes: &["hf_"], body: alnum, least: 34 },
    Shape { name: "SendGrid key", prefixes: &["SG."], body: word_dash_dot, least: 64 },
    Shape { name: "DigitalOcean token", prefixes: &["dop_v1_"], body: hex, least: 64 },
    Shape { name: "age key", prefixes: &["AGE-SECRET-KEY-1"], body: upper_digit, least: 58 },
];

pub fn check(tree: &Tree, faults: &mut Vec<Fault>) {
    for (path, bytes) in tree.files() {
        for (at, name) in find(bytes) {
            let line = bytes[..at].iter().filter(|&&b| b == b'\n').count() + 1;
            let message =
                format!("looks like a live {name}: write a template or build it at run time");
            faults.push(Fault::new(path, line, message));
        }
    }
}

/// Offset and name of every live-looking token.
fn find(bytes: &[u8]) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for at in 0..bytes.len() {
        if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
            continue;
        }
        let rest = &bytes[at..];
        if let Some(shape) = SHAPES.iter().find(|shape| shape.matches(rest)) {
            found.push((at, shape.name));
        } else if is_jwt(rest) {
            found.push((at, "JWT"));
        } else if is_private_key(rest) {
            found.push((at, "private key"));
        }
    }
    found
}

impl Shape {
    fn matches(&self, rest: &[u8]) -> bool {
        let prefix = self.prefixes.iter().find(|prefix| rest.starts_with(prefix.as_bytes()));
        let Some(prefix) = prefix else { return false };
        let body = run(&rest[prefix.len()..], self.body);
        body.len() >= self.least && is_random(body)
    }
}

fn run(bytes: &[u8], class: fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|&b| !class(b)).unwrap_or(bytes.len());
    &bytes[..end]
}

fn is_random(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    body.iter().for_each(|&b| seen[usize::from(b)] = true);
    let sample = body.windows(7).any(|window| window.eq_ignore_ascii_case(b"EXAMPLE"));
    !sample && seen.iter().filter(|&&seen| seen).count() >= LEAST_DISTINCT
}

/// Three base64url parts, the first two of which decode to the start of a JSON object.
fn is_jwt(rest: &[u8]) -> bool {
    if !rest.starts_with(b"eyJ") {
        return false;
    }
    let header = run(rest, word_dash);
    let Some(rest) = rest[header.len()..].strip_prefix(b".") else {
        return false;
    };
    let payload = run(rest, word_dash);
    let Some(rest) = rest[payload.len()..].strip_prefix(b".") else {
        return false;
    };
    let signature = run(rest, word_dash);
    let parts = header.len() >= 17 && payload.starts_with(b"eyJ") && payload.len() >= 12;
    parts && signature.len() >= 20 && is_random(signature)
}

/// A PEM header of a private key and a line's worth of body near it, raw or inside a JSON string.
fn is_private_key(rest: &[u8]) -> bool {
    const LEAST_BODY: usize = 48;
    if !rest.starts_with(b"-----BEGIN ") {
        return false;
    }
    let label = run(&rest[11..], |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
    let Some(body) = rest[11 + label.len()..].strip_prefix(b"-----") else {
        return false;
    };
    if !label.ends_with(b"PRIVATE KEY") {
        return false;
    }
    let near = &body[..body.len().min(400)];
    near.split(|&b| !(b.is_ascii_alphanumeric() || b == b'+' || b == b'/'))
        .any(|line| line.len() >= LEAST_BODY && is_random(line))
}

fn alnum(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn alnum_dash(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-'
}

fn word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn word_dash(b: u8) -> bool {
    word(b) || b == b'-'
}

fn word_dash_dot(b: u8) -> bool {
    word_dash(b) || b == b'.'
}

fn upper_digit(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

fn hex(b: u8) -> bool {
    b.is_ascii_hexdigit()
}
