//! Globs over ids and paths: `*` within a part, `**` across parts, `?` for one character. Nothing else is special.
//!
//! Matching takes time in the product of both lengths and never backtracks.

/// Whether `glob` matches all of `text`. Parts are separated by `/`; ids have one part.
pub(crate) fn matches(glob: &str, text: &str) -> bool {
    let (mut rest, text) = (glob.as_bytes(), text.as_bytes());
    // Whether what was read of the glob matches so many bytes of the text.
    let mut reached = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    while let Some((&head, tail)) = rest.split_first() {
        let part;
        (part, rest) = match (head, tail) {
            (b'*', [b'*', b'/', tail @ ..]) => (Part::Folders, tail),
            (b'*', [b'*', tail @ ..]) => (Part::Anything, tail),
            (b'*', tail) => (Part::Star, tail),
            (b'?', tail) => (Part::One, tail),
            (byte, tail) => (Part::Byte(byte), tail),
        };
        // Whether the glob so far matches up to the byte before, and up to any place before; and with this part.
        let (mut last, mut ever, mut with) = (false, false, false);
        for (at, slot) in reached.iter_mut().enumerate() {
            let here = *slot;
            let byte = at.checked_sub(1).and_then(|before| text.get(before)).copied();
            let inside = byte.is_some_and(|b| b != b'/');
            with = match part {
                Part::Folders => here || (ever && byte == Some(b'/')),
                Part::Anything => here || ever,
                Part::Star => here || (with && inside),
                Part::One => last && inside,
                Part::Byte(wanted) => last && byte == Some(wanted),
            };
            *slot = with;
            last = here;
            ever |= here;
        }
    }
    reached.last().copied().unwrap_or(false)
}

/// A piece of a glob.
enum Part {
    /// `**/`: any folders, or none.
    Folders,
    Anything,
    Star,
    One,
    Byte(u8),
}

/// Whether `glob` matches the path, or what stands behind one of its separators: `tests/*.py` is found at any depth.
pub(crate) fn matches_path(glob: &str, path: &str) -> bool {
    let path = path.trim_start_matches("./");
    let glob = glob.trim_start_matches("./");
    if glob.starts_with('/') {
        return matches(glob, path);
    }
    let starts = path.match_indices('/').map(|(at, _)| at + 1);
    std::iter::once(0).chain(starts).any(|at| path.get(at..).is_some_and(|end| matches(glob, end)))
}

/// Whether a glob leaves nothing out: it has no character of its own.
pub(crate) fn is_anything(glob: &str) -> bool {
    glob.bytes().all(|b| matches!(b, b'*' | b'/' | b'?' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_paths() {
        let cases: &[(&str, &str, bool)] = &[
            ("github-pat", "github-pat", true),
            ("github-*", "github-pat", true),
            ("*-pat", "github-pat", true),
            ("g*b-*t", "github-pat", true),
            ("*", "github-pat", true),
            ("github-?at", "github-pat", true),
            ("github-", "github-pat", false),
            ("github-pat-*", "github-pat", false),
            ("", "x", false),
            ("tests/*.py", "tests/a.py", true),
            ("tests/*.py", "tests/b/a.py", false),
            ("tests/**", "tests/b/a.py", true),
            ("tests/**/a.py", "tests/b/c/a.py", true),
            ("tests/**/a.py", "tests/a.py", true),
            ("**/a.py", "a.py", true),
            ("a**z", "a/b/z", true),
            ("a*z", "a/b/z", false),
            ("**b*/c", "a/b/bb/c", true),
        ];
        for (glob, text, yes) in cases {
            assert_eq!(matches(glob, text), *yes, "{glob} {text}");
        }
    }

    #[test]
    fn a_path_may_begin_anywhere_unless_it_is_absolute() {
        assert!(matches_path("tests/**", "/home/me/repo/tests/a.py"));
        assert!(matches_path("a.env", "./deep/down/a.env"));
        assert!(!matches_path("a.env", "./deep/down/ba.env"));
        assert!(!matches_path("/tests/**", "repo/tests/a.py"));
        assert!(matches_path("/tests/**", "/tests/a.py"));
    }

    #[test]
    fn globs_without_a_character_of_their_own() {
        assert!(["*", "**", "**/*", "*.*", "./**"].iter().all(|glob| is_anything(glob)));
        assert!(!is_anything("*.py"));
    }

    #[test]
    fn many_stars_end() {
        let text = "a".repeat(4_000);
        assert!(!matches(&format!("{}b", "*a".repeat(200)), &text));
        assert!(!matches(&format!("{}b", "**/".repeat(200)), &"a/".repeat(2_000)));
    }
}
