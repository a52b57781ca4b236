//! One pass over the bytes for all anchors of all rules.
//!
//! Reports every occurrence, overlapping ones too, exactly once: when its last byte arrives. The automaton behind it
//! can be replaced without touching anything else; callers see offsets and anchor numbers only.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::error::{Error, ErrorKind};
use crate::text::byteset::ByteSet;
use crate::text::view::View;

/// A literal to look for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) bytes: Vec<u8>,
    /// Whether any case will do.
    pub(crate) caseless: bool,
    /// Whether a secret may begin inside or before the literal, so that its beginning must be held back.
    pub(crate) holds: bool,
    /// Who wants to know.
    pub(crate) user: u32,
}

/// An occurrence: absolute offset of its first byte, and the user of its literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) user: u32,
    pub(crate) len: u32,
}

#[derive(Debug)]
pub(crate) struct Prefilter {
    ascii: Finder,
    /// Keywords beyond ASCII have an automaton of their own: it runs only where such bytes occur, and leaves the other
    /// one a small alphabet, which is most of its size.
    wide: Finder,
    /// All literals, to recognise an unfinished one at the end of a window, and those that must be held back.
    all: Beginnings,
    holding: Beginnings,
}

/// An automaton and who listens to each of its patterns.
#[derive(Debug, Default)]
struct Finder {
    automaton: Option<AhoCorasick>,
    users: Vec<Vec<Literal>>,
    longest: usize,
}

impl Prefilter {
    pub(crate) fn new(mut literals: Vec<Literal>) -> Result<Prefilter, Error> {
        literals.sort_by_cached_key(|lit| (lit.bytes.to_ascii_lowercase(), lit.clone()));
        literals.dedup();
        let lower = |lit: &Literal| lit.bytes.to_ascii_lowercase();
        let all = Beginnings::new(literals.iter().map(lower));
        let holding = Beginnings::new(literals.iter().filter(|lit| lit.holds).map(lower));
        let (ascii, wide): (Vec<_>, Vec<_>) =
            literals.into_iter().partition(|lit| lit.bytes.is_ascii());
        Ok(Prefilter { ascii: Finder::new(ascii)?, wide: Finder::new(wide)?, all, holding })
    }

    /// The most bytes before `from` that [`Prefilter::find`] may look at.
    pub(crate) fn longest(&self) -> usize {
        self.all.longest
    }

    /// Adds to `hits` every occurrence whose end lies in `from + 1 ..= to`.
    pub(crate) fn find(&self, view: &View<'_>, from: usize, to: usize, hits: &mut Vec<Hit>) {
        self.ascii.find(view, from, to, hits);
        // A keyword beyond ASCII may end in ASCII, so what stands before `from` counts as well.
        if !view.slice(from.saturating_sub(self.wide.longest), to).is_ascii() {
            self.wide.find(view, from, to, hits);
        }
    }

    /// Where the earliest occurrence could begin that is not complete before `to`.
    pub(crate) fn horizon(&self, view: &View<'_>, to: usize) -> usize {
        self.all.unfinished(view, to)
    }

    /// The same, for literals whose first byte may be hidden.
    pub(crate) fn hold_from(&self, view: &View<'_>, to: usize) -> usize {
        self.holding.unfinished(view, to)
    }
}

impl Finder {
    /// Takes literals sorted by their lower-cased bytes.
    fn new(literals: Vec<Literal>) -> Result<Finder, Error> {
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        let mut users: Vec<Vec<Literal>> = Vec::new();
        for lit in literals {
            let lower = lit.bytes.to_ascii_lowercase();
            if patterns.last() != Some(&lower) {
                patterns.push(lower);
                users.push(Vec::new());
            }
            if let Some(last) = users.last_mut() {
                last.push(lit);
            }
        }
        let longest = patterns.iter().map(Vec::len).max().unwrap_or(0);
        let automaton = if patterns.is_empty() { None } else { Some(build(&patterns)?) };
        Ok(Finder { automaton, users, longest })
    }

    fn find(&self, view: &View<'_>, from: usize, to: usize, hits: &mut Vec<Hit>) {
        let Some(automaton) = &self.automaton else { return };
        let begin = from.saturating_sub(self.longest.saturating_sub(1)).max(view.base());
        let hay = view.slice(begin, to);
        for found in automaton.find_overlapping_iter(hay) {
            if begin + found.end() <= from {
                continue;
            }
            let bytes = hay.get(found.range()).unwrap_or_default();
            let users = self.users.get(found.pattern().as_usize()).map_or(&[][..], Vec::as_slice);
            for lit in users {
                if lit.caseless || lit.bytes == bytes {
                    let len = lit.bytes.len() as u32;
                    hits.push(Hit { start: begin + found.start(), user: lit.user, len });
                }
            }
        }
    }
}

/// With some four thousand literals a full DFA no longer fits the caches: measured on chat sessions it is no faster than
/// this one, and takes 20 MB more and most of the start-up.
fn build(patterns: &[Vec<u8>]) -> Result<AhoCorasick, Error> {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(patterns)
        .map_err(|e| Error::new(ErrorKind::Config, format!("the anchors cannot be compiled: {e}")))
}

/// A set of words and a quick answer to "does one of them begin here, unfinished?".
#[derive(Debug)]
struct Beginnings {
    /// Lower-cased, sorted, without repetition.
    words: Vec<Vec<u8>>,
    /// Which first bytes there are.
    first: ByteSet,
    /// Which second bytes there are behind each first byte.
    second: Vec<ByteSet>,
    longest: usize,
}

impl Beginnings {
    /// Takes words in ascending order.
    fn new(words: impl Iterator<Item = Vec<u8>>) -> Beginnings {
        let mut out = Beginnings {
            words: Vec::new(),
            first: ByteSet::EMPTY,
            second: vec![ByteSet::EMPTY; 256],
            longest: 0,
        };
        for word in words.filter(|word| word.len() > 1) {
            if let [a, b, ..] = word[..] {
                out.first = out.first.with(&[a]);
                if let Some(set) = out.second.get_mut(usize::from(a)) {
                    *set = set.with(&[b]);
                }
            }
            out.longest = out.longest.max(word.len());
            if out.words.last() != Some(&word) {
                out.words.push(word);
            }
        }
        out
    }

    /// Start of the longest suffix of the text before `to` that begins a word without completing it.
    fn unfinished(&self, view: &View<'_>, to: usize) -> usize {
        let tail = view.look_back(to, self.longest.saturating_sub(1));
        (0..tail.len())
            .find(|&at| self.begins(tail.get(at..).unwrap_or_default()))
            .map_or(to, |at| to - tail.len() + at)
    }

    /// Whether a word begins with `suffix` and goes on.
    fn begins(&self, suffix: &[u8]) -> bool {
        let may = match suffix {
            [a] => return self.first.contains(a.to_ascii_lowercase()),
            [a, b, ..] => {
                let set = self.second.get(usize::from(a.to_ascii_lowercase()));
                set.is_some_and(|set| set.contains(b.to_ascii_lowercase()))
            }
            [] => false,
        };
        if !may {
            return false;
        }
        let suffix = suffix.to_ascii_lowercase();
        let at = self.words.partition_point(|word| *word <= suffix);
        // Words that go on from the suffix come right behind it.
        self.words.get(at).is_some_and(|word| word.starts_with(&suffix))
    }
}
