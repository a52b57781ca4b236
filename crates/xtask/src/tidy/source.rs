//! A Rust file as the checks see it: code with comments and literals blanked, and which lines are tests.
//!
//! A lexer, not a parser: it knows strings, characters, lifetimes, nested comments and braces, which is
//! enough to find functions, items and words. Line numbers stay those of the file. Code made by macros
//! is not seen.

/// One function with its lines, 1-based and inclusive.
#[derive(Debug, PartialEq, Eq)]
pub struct Function<'a> {
    pub name: &'a str,
    pub first: usize,
    pub last: usize,
}

/// A masked file.
pub struct Source {
    code: String,
    /// Byte ranges of test-only items.
    tests: Vec<(usize, usize)>,
    all_test: bool,
}

impl Source {
    /// `compiled_for_tests`: the parent declares this file under `#[cfg(test)]`.
    pub fn new(path: &str, text: &str, compiled_for_tests: bool) -> Source {
        let code = mask(text);
        let outside = ["tests/", "benches/", "fuzz/"].iter().any(|folder| path.starts_with(folder));
        let all_test = compiled_for_tests
            || outside
            || path.contains("/tests/")
            || path.contains("/benches/")
            || code.contains("#![cfg(test)]");
        let tests = test_items(&code);
        Source { code, tests, all_test }
    }

    /// Line number and code, without comments and literals.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    pub fn line_at(&self, offset: usize) -> usize {
        self.code.as_bytes()[..offset].iter().filter(|&&b| b == b'\n').count() + 1
    }

    /// Does this line belong to a test?
    pub fn in_test(&self, line: usize) -> bool {
        let within = |&(start, end): &(usize, usize)| {
            self.line_at(start) <= line && line <= self.line_at(end.min(self.code.len()))
        };
        self.all_test || self.tests.iter().any(within)
    }

    /// Names of the modules in files of their own that are compiled for tests only.
    pub fn test_modules(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, name) in named(&self.code, "mod") {
            let end = next_at_depth_zero(&self.code, at);
            let tested = self.tests.iter().any(|&(_, last)| end == Some((last, b';')));
            if tested {
                found.push(name);
            }
        }
        found
    }

    /// Every function that has a body.
    pub fn functions(&self) -> Vec<Function<'_>> {
        let mut found = Vec::new();
        for (at, name) in named(&self.code, "fn") {
            let Some((open, b'{')) = next_at_depth_zero(&self.code, at) else {
                continue;
            };
            let close = closing_brace(&self.code, open);
            found.push(Function { name, first: self.line_at(at), last: self.line_at(close) });
        }
        found
    }

    /// Line, keyword and name of every module and type.
    pub fn declarations(&self) -> Vec<(usize, &'static str, &str)> {
        let mut found = Vec::new();
        for keyword in ["mod", "struct", "enum", "trait", "type", "union"] {
            for (at, name) in named(&self.code, keyword) {
                found.push((self.line_at(at), keyword, name));
            }
        }
        found
    }
}

/// Does `word` stand in `code` with no identifier byte joined to an end of it that is one?
pub fn has_word(code: &str, word: &str) -> bool {
    let starts = word.as_bytes().first().copied().is_some_and(is_ident);
    let ends = word.as_bytes().last().copied().is_some_and(is_ident);
    code.match_indices(word).any(|(at, _)| {
        let before = code.as_bytes()[..at].last().copied().is_some_and(is_ident);
        let after = code.as_bytes().get(at + word.len()).copied().is_some_and(is_ident);
        !(starts && before || ends && after)
    })
}

pub fn is_ident(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The identifier at the start of `code`, or the empty string.
pub fn ident(code: &str) -> &str {
    let end = code.bytes().position(|b| !is_ident(b)).unwrap_or(code.len());
    &code[..end]
}

/// Places where `keyword` is followed by a name.
fn named<'a>(code: &'a str, keyword: &str) -> Vec<(usize, &'a str)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(keyword) {
        let rest = &code[at + keyword.len()..];
        let joined = code.as_bytes()[..at].last().copied().is_some_and(is_ident);
        let name = ident(rest.trim_start());
        if !joined && rest.starts_with(char::is_whitespace) && !name.is_empty() {
            found.push((at, name));
        }
    }
    found
}

/// The first `{` or `;` from `at` on that is not inside `()` or `[]`.
fn next_at_depth_zero(code: &str, at: usize) -> Option<(usize, u8)> {
    let mut depth = 0usize;
    for (offset, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' | b';' if depth == 0 => return Some((offset, byte)),
            _ => {}
        }
    }
    None
}

/// The brace that closes the one at `open`; the end of the file when there is none.
fn closing_brace(code: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return offset,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Items under `#[cfg(test)]`, `#[cfg(all(test, …))]` or `#[test]`.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for mark in ["#[cfg(test)]", "#[cfg(all(test", "#[test]"] {
        for (at, _) in code.match_indices(mark) {
            let end = match next_at_depth_zero(code, at) {
                Some((open, b'{')) => closing_brace(code, open),
                Some((end, _)) => end,
                None => code.len(),
            };
            found.push((at, end));
        }
    }
    found
}

/// Blanks comments and the inside of literals; every line break stays where it is.
fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = skip_end(text, at);
        if end == at {
            // Non-ASCII code does not matter to any check; one blank a byte keeps offsets.
            out.push(if bytes[at].is_ascii() { bytes[at] as char } else { ' ' });
            at += 1;
            continue;
        }
        out.extend(bytes[at..end].iter().map(|&b| if b == b'\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` itself when none starts there.
fn skip_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let rest = &bytes[at..];
    let joined = at > 0 && is_ident(bytes[at - 1]);
    if rest.starts_with(b"//") {
        return rest.iter().position(|&b| b == b'\n').map_or(bytes.len(), |n| at + n);
    }
    if rest.starts_with(b"/*") {
        return at + block_comment(rest);
    }
    match rest[0] {
        b'"' => at + quoted(rest, b'"'),
        b'\'' => at + character(&text[at..]),
        b'r' if !joined || at > 0 && matches!(bytes[at - 1], b'b' | b'c') => at + raw_string(rest),
        _ => at,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at.min(rest.len())
}

/// The length of a literal with escapes that opens with `quote`.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a character literal; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => quoted(rest.as_bytes(), b'\''),
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 0,
    }
}

/// The length of `r"…"` or `r#"…"#`; 0 when it is none.
fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|&&b| b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = 2 + hashes;
    let end = rest[body..].windows(close.len()).position(|window| window == close);
    end.map_or(rest.len(), |n| body + n + close.len())
}
