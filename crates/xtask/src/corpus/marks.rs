//! The marks that only the corpus has, on top of those of the engine's templates.
//!
//! `{as:RULE}…{/as}` says that what stands between is one secret of a rule: a password inside an address,
//! a key over several lines. `{again:RULE}` repeats the last secret of a rule, because real traces hold the
//! same secret more than once. Both become control characters before the engine expands the template, and
//! are taken out afterwards; a sample therefore holds none of these characters itself.

use keysieve::Span;
use keysieve::synth::Expanded;

const AS: char = '\u{1}';
const NAMED: char = '\u{2}';
const END: char = '\u{3}';
const AGAIN: char = '\u{4}';

/// A sample made from a template.
#[derive(Debug, PartialEq, Eq)]
pub struct Planted {
    pub text: Vec<u8>,
    /// Rule and place of each secret, in the order of the text.
    pub secrets: Vec<(String, Span)>,
}

/// The template as the engine can expand it.
pub fn hide(template: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let from = &rest[at..];
        let named = [("{as:", AS), ("{again:", AGAIN)].iter().find_map(|(open, sign)| {
            let (rule, rest) = from.strip_prefix(open)?.split_once('}')?;
            Some((format!("{sign}{rule}{NAMED}"), rest))
        });
        let end = from.strip_prefix("{/as}").map(|rest| (END.to_string(), rest));
        let (written, next) = named.or(end).unwrap_or_else(|| ("{".to_owned(), &from[1..]));
        out.push_str(&written);
        rest = next;
    }
    out + rest
}

/// Takes the signs out of the expanded text and adds what they say to the secrets.
pub fn show(expanded: &Expanded) -> Result<Planted, String> {
    let mut planted = Planted { text: Vec::new(), secrets: Vec::new() };
    let mut known = expanded.secrets.iter().peekable();
    let mut open: Option<(String, usize)> = None;
    let mut at = 0;
    while let Some(&byte) = expanded.text.get(at) {
        if let Some((rule, span)) = known.next_if(|(_, span)| span.start() == at) {
            planted.plant(rule, &expanded.text[span.range()]);
            at = span.end();
            continue;
        }
        at += 1;
        match char::from(byte) {
            AS => open = Some((name(&expanded.text, &mut at)?, planted.text.len())),
            AGAIN => {
                let rule = name(&expanded.text, &mut at)?;
                let last = planted.secrets.iter().rev().find(|(other, _)| *other == rule);
                let (_, span) = last.ok_or(format!("{{again:{rule}}} without one before it"))?;
                let secret = planted.text[span.range()].to_vec();
                planted.plant(&rule, &secret);
            }
            END => {
                let (rule, start) = open.take().ok_or("{/as} without {as:…}")?;
                planted.secrets.push((rule, Span::new(start, planted.text.len())));
            }
            _ => planted.text.push(byte),
        }
    }
    match open {
        Some((rule, _)) => Err(format!("{{as:{rule}}} without {{/as}}")),
        None => Ok(planted),
    }
}

impl Planted {
    fn plant(&mut self, rule: &str, secret: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(secret);
        self.secrets.push((rule.to_owned(), Span::new(start, self.text.len())));
    }
}

/// The name that ends at the next sign; moves `at` behind it.
fn name(text: &[u8], at: &mut usize) -> Result<String, String> {
    let rest = &text[*at..];
    let end = rest.iter().position(|&b| char::from(b) == NAMED).ok_or("a mark without an end")?;
    *at += end + 1;
    Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
}
