//! What floods are made of: of each rule the texts that are repeated.

use keysieve::synth::Template;
use keysieve::{Pack, Rule};

/// What a flood of a rule is made of: its kind, and the text that is repeated.
pub(super) fn pieces(pack: &Pack, rule: &Rule) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let expand = |template: &str, seed: u64| {
        let named = template.replace("{secret}", &format!("{{secret:{}}}", rule.id()));
        let named = named.replace("{near}", &format!("{{near:{}}}", rule.id()));
        let expanded = Template::parse(&named).expand(pack, seed);
        expanded.map_err(|error| format!("{}: {error}", rule.id()))
    };
    let each = |template: &str, most: usize| -> Result<Vec<Vec<u8>>, String> {
        (0..most as u64).map(|seed| Ok(expand(template, seed)?.text)).collect()
    };
    let tokens = each("{secret}", 8)?;
    let joined = |between: &[u8], cut: usize| -> Vec<u8> {
        let parts = tokens.iter().map(|token| token.get(..token.len().saturating_sub(cut)));
        parts.flatten().flat_map(|token| [token, between].concat()).collect()
    };
    let anchor = rule.anchors().first().cloned().unwrap_or_default().into_bytes();
    let body = tokens.first().and_then(|token| token.last()).copied().unwrap_or(b'a');
    let with = |more: &[u8]| {
        if anchor.is_empty() { Vec::new() } else { [&anchor[..], more].concat() }
    };
    let hits = rule.hits().first().map(String::as_str).unwrap_or_default();
    let misses = rule.misses().first().map(String::as_str).unwrap_or_default();
    let hit = expand(hits, 1)?;
    // What stands before a secret, again and again without it.
    let lead = hit.secrets.first().and_then(|(_, span)| hit.text.get(..span.start()));
    let mut all = vec![
        ("tokens", joined(b" ", 0)),
        ("tokens glued", joined(b"", 0)),
        ("near misses", joined(b" ", 1)),
        ("near misses glued", joined(b"", 2)),
        ("halves", joined(b"\n", tokens.first().map_or(0, Vec::len) / 2)),
        ("anchor", with(b"")),
        ("anchor and 3", with(&[body; 3])),
        ("anchor and 30", with(&[body; 30])),
        ("anchor and 200", with(&[body; 200])),
        ("anchor=", with(b"=")),
        ("anchor=\\\"", with(b"=\\\"")),
        ("anchor is", with(b" is a1B!")),
        ("hits", each(hits, 8)?.concat()),
        ("misses", each(misses, 8)?.concat()),
        ("what stands before", lead.unwrap_or_default().to_vec()),
    ];
    all.retain(|(_, piece)| !piece.is_empty());
    Ok(all)
}
