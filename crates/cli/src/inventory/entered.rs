//! Findings of others on their way into the books.
//!
//! `inventory record` takes what any program wrote. What is not of the form that our own findings have is refused; free text is
//! redacted, because the books must not hold a secret.

use keysieve_inventory::Sighting;

use crate::talk;

/// The longest literal that a preview begins with.
const LITERAL: usize = 40;

/// Whether a finding is of the form that ours have: a fingerprint in hexadecimal digits, a severity, and a preview.
pub(super) fn is_sound(sighting: &Sighting) -> bool {
    let severities = ["critical", "high", "medium", "low"];
    let print = sighting.fingerprint.strip_prefix("ks1:").unwrap_or(&sighting.fingerprint);
    print.len() <= 64
        && print.bytes().all(|byte| byte.is_ascii_hexdigit())
        && severities.contains(&sighting.severity.as_str())
        && is_preview(&sighting.preview)
        && sighting.revoke.as_ref().is_none_or(|it| it.starts_with("https://"))
}

/// Whether this is a literal and a length, as in `ghp_…(40)`, and no more.
fn is_preview(text: &str) -> bool {
    let parts = text
        .rsplit_once('…')
        .and_then(|(literal, rest)| Some((literal, rest.strip_prefix('(')?.strip_suffix(')')?)));
    parts.is_some_and(|(literal, length)| {
        literal.chars().count() <= LITERAL
            && talk::redacted(literal) == literal
            && (1..=20).contains(&length.len())
            && length.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Redacts what is free text.
pub(super) fn clean(sighting: &mut Sighting) {
    let sure = [&mut sighting.rule, &mut sighting.title, &mut sighting.category];
    let sure = sure.into_iter().chain([&mut sighting.source, &mut sighting.action]);
    let more = [&mut sighting.revoke, &mut sighting.channel, &mut sighting.path];
    let more = more.into_iter().chain([&mut sighting.principal]).flatten();
    let fields: Vec<&mut String> = sure.chain(more).collect();
    // Nearly always there is nothing: one look at all of them tells.
    let all: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
    let all = all.join("\n");
    if talk::redacted(&all) != all {
        fields.into_iter().for_each(|field| *field = talk::redacted(field));
    }
}
