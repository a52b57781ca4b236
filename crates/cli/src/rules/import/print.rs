//! A regex tree as text again, the way patterns are written here: classes in brackets, no captures but the secret.
//!
//! A tree in which upper and lower case are one is written once, behind `(?i)`. What was written is parsed and compared; the
//! longer way is taken if the shorter one says something else.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::regex;

/// The pattern, and whether it begins with `(?i)`.
pub(super) fn text(hir: &Hir) -> (String, bool) {
    let mut folded = String::from("(?i)");
    print(hir, true, Around::Nothing, &mut folded);
    let mut plain = String::new();
    print(hir, false, Around::Nothing, &mut plain);
    let same = regex::parse(&folded).is_ok_and(|again| {
        let again = regex::without_groups(&again);
        again == regex::without_groups(hir)
    });
    if same && folded.len() < plain.len() + 4 && regex::has_folds(hir) {
        (folded, true)
    } else {
        (plain, false)
    }
}

/// What stands around a piece, and so whether it needs a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    Sequence,
    Repetition,
}

fn print(hir: &Hir, fold: bool, around: Around, out: &mut String) {
    let needs_group = match hir.kind() {
        HirKind::Literal(literal) => around == Around::Repetition && literal.0.len() > 1,
        HirKind::Concat(_) | HirKind::Repetition(_) => around == Around::Repetition,
        HirKind::Alternation(_) => around != Around::Nothing,
        HirKind::Empty | HirKind::Look(_) => around == Around::Repetition,
        HirKind::Class(_) | HirKind::Capture(_) => false,
    };
    if needs_group {
        out.push_str("(?:");
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => literal.0.iter().for_each(|b| byte(*b, false, out)),
        HirKind::Class(set) => class(set, fold, out),
        HirKind::Repetition(rep) => {
            print(&rep.sub, fold, Around::Repetition, out);
            let fixed = rep.max == Some(rep.min);
            // Writing to a string cannot fail.
            let _ = match (rep.min, rep.max) {
                (0, Some(1)) => write!(out, "?"),
                (n, Some(m)) if n == m => write!(out, "{{{n}}}"),
                (n, Some(m)) => write!(out, "{{{n},{m}}}"),
                (n, None) => write!(out, "{{{n},}}"),
            };
            if !rep.greedy && !fixed {
                out.push('?');
            }
        }
        HirKind::Capture(capture) if capture.name.as_deref() == Some("secret") => {
            out.push_str("(?<secret>");
            print(&capture.sub, fold, Around::Nothing, out);
            out.push(')');
        }
        HirKind::Capture(capture) => print(&capture.sub, fold, around, out),
        HirKind::Concat(parts) => {
            parts.iter().for_each(|part| print(part, fold, Around::Sequence, out));
        }
        HirKind::Alternation(parts) => {
            for (n, part) in parts.iter().enumerate() {
                if n > 0 {
                    out.push('|');
                }
                print(part, fold, Around::Nothing, out);
            }
        }
    }
    if needs_group {
        out.push(')');
    }
}

fn class(class: &Class, fold: bool, out: &mut String) {
    let ranges: Vec<(u8, u8)> = regex::ranges(class);
    let set: Vec<u8> = ranges.iter().flat_map(|(from, to)| *from..=*to).collect();
    let kept: Vec<u8> = set
        .iter()
        .copied()
        .filter(|b| {
            !fold
                || set.len() > 64
                || !b.is_ascii_uppercase()
                || !set.contains(&b.to_ascii_lowercase())
        })
        .collect();
    if let [one] = kept.as_slice() {
        return byte(*one, false, out);
    }
    out.push('[');
    let mut rest = kept.as_slice();
    while let Some(first) = rest.first() {
        let run =
            rest.windows(2).take_while(|pair| pair[0].checked_add(1) == Some(pair[1])).count();
        byte(*first, true, out);
        match run {
            0 => {}
            1 => byte(first + 1, true, out),
            run => {
                out.push('-');
                byte(first + run as u8, true, out);
            }
        }
        rest = rest.get(run + 1..).unwrap_or_default();
    }
    out.push(']');
}

fn byte(byte: u8, in_class: bool, out: &mut String) {
    let special: &[u8] = if in_class { b"\\]^-[&~" } else { b"\\.+*?()|[]{}^$#&~-" };
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'-' if !in_class => out.push('-'),
        b if special.contains(&b) => {
            out.push('\\');
            out.push(char::from(b));
        }
        0x20..=0x7e => out.push(char::from(byte)),
        _ => {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}
