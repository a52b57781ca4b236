//! One compiled pattern: matched anchored, resumable in the middle of a token, compiled on first use.
//!
//! A pattern is a byte regex without assertions, of finite length. Matching walks a lazily determinised automaton
//! byte by byte, so that the walk can stop at the end of a window and go on with the next chunk, and every byte
//! examined is counted. What lies around a match is the detector's business, not the pattern's.

use std::fmt;
use std::sync::OnceLock;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::{self, NFA, pikevm::PikeVM};
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::util::start;
use regex_automata::{Anchored, Input, MatchKind, PatternID};
use regex_syntax::hir::Hir;

use super::packed::{From, Out, Packed, Text};
use super::shape;
use crate::error::{Error, ErrorKind};
use crate::text::byteset::ByteSet;
use crate::text::span::Span;

/// The longest pattern text.
pub(crate) const LONGEST_SOURCE: usize = 4 * 1024;
/// The longest match of a pattern (a `tail` goes on from there).
pub(crate) const LONGEST_MATCH: usize = 8 * 1024;
/// The most memory an automaton's description may take.
const NFA_SIZE: usize = 1024 * 1024;
/// The most memory the determinised part may take, per rule and thread.
const DFA_CACHE: usize = 192 * 1024;
/// The most memory that finding a group may take, per thread.
const GROUPS_ROOM: usize = 256 * 1024;
const SECRET_GROUP: &str = "secret";

/// Where the secret stands in a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The whole match.
    Whole,
    /// So many bytes after the match's start and before its end.
    Fixed { before: usize, after: usize },
    /// To be found by running the pattern again; at least `before` bytes in.
    Found { before: usize },
}

/// A pattern with everything known of it. Compiled when it first has something to do.
pub(crate) struct Pattern {
    source: Text,
    /// Parsed when first asked for, if all that is known of it was worked out before.
    hir: OnceLock<Hir>,
    full: bool,
    min_len: usize,
    max_len: usize,
    place: Place,
    ends_with_secret: bool,
    /// Every byte that can stand in a match.
    bytes: ByteSet,
    compiled: OnceLock<Option<Box<Compiled>>>,
}

struct Compiled {
    dfa: DFA,
    /// Finds groups, in matches that are not too long for it.
    groups: BoundedBacktracker,
    nfa: NFA,
    /// Number of the group of the secret.
    secret: Option<usize>,
}

impl Clone for Pattern {
    /// Compiled anew when first used.
    fn clone(&self) -> Pattern {
        Pattern {
            source: self.source.clone(),
            hir: self.hir.clone(),
            compiled: OnceLock::new(),
            ..*self
        }
    }
}

impl Packed for Place {
    fn pack(&self, out: &mut Out) {
        match *self {
            Place::Whole => 0u8.pack(out),
            Place::Fixed { before, after } => (1u8, (before, after)).pack(out),
            Place::Found { before } => (2u8, before).pack(out),
        }
    }

    fn unpack(from: &mut From<'_>) -> Option<Place> {
        Some(match u8::unpack(from)? {
            0 => Place::Whole,
            1 => Place::Fixed { before: usize::unpack(from)?, after: usize::unpack(from)? },
            2 => Place::Found { before: usize::unpack(from)? },
            _ => return None,
        })
    }
}

impl Packed for Pattern {
    fn pack(&self, out: &mut Out) {
        // What is compiled is made anew, and so is what was parsed.
        let Pattern { source, full, min_len, max_len, place, ends_with_secret, bytes, .. } = self;
        source.pack(out);
        ((*full, *min_len), (*max_len, *ends_with_secret)).pack(out);
        place.pack(out);
        bytes.pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<Pattern> {
        let source = Text::unpack(from)?;
        let ((full, min_len), (max_len, ends_with_secret)) = Packed::unpack(from)?;
        let (place, bytes) = Packed::unpack(from)?;
        let (hir, compiled) = (OnceLock::new(), OnceLock::new());
        Some(Pattern {
            source,
            hir,
            full,
            min_len,
            max_len,
            place,
            ends_with_secret,
            bytes,
            compiled,
        })
    }
}

/// Where a walk through the automaton stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    /// Offset of the next byte to examine.
    pub(crate) pos: usize,
    /// End of the best match so far.
    pub(crate) matched: Option<usize>,
    state: Option<LazyStateID>,
    clears: usize,
    start: usize,
}

/// Whether a walk has come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing that follows can change the outcome.
    Done,
    /// More bytes may change it.
    Open,
}

/// What it takes to find a group, for all patterns of a thread.
#[derive(Default)]
pub(crate) struct GroupCache {
    room: Option<backtrack::Cache>,
    slots: Vec<Option<NonMaxUsize>>,
}

impl fmt::Debug for GroupCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GroupCache")
    }
}

/// The determinised states of one pattern, owned by the caller's scratch.
pub(crate) type PatternCache = Cache;

impl Pattern {
    /// Parses and checks `source`. `full`: the pattern is to match a whole value, not the longest beginning.
    pub(crate) fn new(source: &str, full: bool) -> Result<Pattern, Error> {
        let fail = |message: String| Error::new(ErrorKind::Pattern, message);
        if source.len() > LONGEST_SOURCE {
            return Err(fail(format!("pattern is longer than {LONGEST_SOURCE} bytes")));
        }
        let hir = parse(source).map_err(fail)?;
        if shape::has_assertion(&hir) {
            return Err(fail("pattern holds an assertion (`^`, `$`, `\\b`); use `bounds`".into()));
        }
        let Some((min_len, max_len)) = shape::lengths(&hir) else {
            return Err(fail("pattern has no finite length; bound every repetition".into()));
        };
        if min_len == 0 {
            return Err(fail("pattern matches the empty text".into()));
        }
        if max_len > LONGEST_MATCH {
            return Err(fail(format!(
                "pattern can match {max_len} bytes, the limit is {LONGEST_MATCH}; use `tail` for long bodies"
            )));
        }
        let around = shape::around(&hir, SECRET_GROUP).map_err(|()| {
            fail("the group `secret` must take part exactly once in every match".into())
        })?;
        let (place, ends_with_secret) = match around {
            None => (Place::Whole, true),
            Some(a) if a.before.0 == a.before.1 && a.after.0 == a.after.1 => {
                (Place::Fixed { before: a.before.0, after: a.after.0 }, a.after.1 == 0)
            }
            Some(a) => (Place::Found { before: a.before.0 }, a.after.1 == 0),
        };
        Ok(Pattern {
            source: source.to_owned().into(),
            bytes: shape::bytes(&hir),
            hir: OnceLock::from(hir),
            full,
            min_len,
            max_len,
            place,
            ends_with_secret,
            compiled: OnceLock::new(),
        })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn hir(&self) -> &Hir {
        // What was packed had parsed; the other way is never taken.
        self.hir.get_or_init(|| parse(&self.source).unwrap_or_else(|_| Hir::fail()))
    }

    /// Every byte that can stand in a match.
    pub(crate) fn bytes(&self) -> ByteSet {
        self.bytes
    }

    pub(crate) fn min_len(&self) -> usize {
        self.min_len
    }

    pub(crate) fn max_len(&self) -> usize {
        self.max_len
    }

    /// Bytes between the start of a match and the earliest start of its secret.
    pub(crate) fn secret_offset(&self) -> usize {
        match self.place {
            Place::Whole => 0,
            Place::Fixed { before, .. } | Place::Found { before } => before,
        }
    }

    /// Whether a match and its secret end together.
    pub(crate) fn ends_with_secret(&self) -> bool {
        self.ends_with_secret
    }

    /// Compiles now and says whether it can be done within the limits.
    pub(crate) fn compile(&self) -> Result<(), Error> {
        match build(self.hir(), self.full) {
            Ok(compiled) => {
                let _ = self.compiled.set(Some(Box::new(compiled)));
                Ok(())
            }
            Err(message) => Err(Error::new(ErrorKind::Pattern, message)),
        }
    }

    fn compiled(&self) -> Option<&Compiled> {
        let build = || build(self.hir(), self.full).ok().map(Box::new);
        self.compiled.get_or_init(build).as_deref()
    }

    /// A walk that begins at the absolute offset `start`.
    pub(crate) fn walk(start: usize) -> Walk {
        Walk { pos: start, matched: None, state: None, clears: 0, start }
    }

    /// Goes on with `walk` over `bytes`, whose first byte has the absolute offset `base`; `last` says that nothing
    /// follows them. `examined` grows by the bytes looked at.
    pub(crate) fn advance(
        &self,
        cache: &mut Option<Box<PatternCache>>,
        walk: &mut Walk,
        bytes: &[u8],
        base: usize,
        last: bool,
        examined: &mut u64,
    ) -> Progress {
        let Some(compiled) = self.compiled() else { return Progress::Done };
        let cache = cache.get_or_insert_with(|| Box::new(compiled.dfa.create_cache()));
        step(&compiled.dfa, cache, walk, bytes, base, last, examined).unwrap_or(Progress::Done)
    }

    /// Whether the pattern matches all of `value`.
    pub(crate) fn matches_all(
        &self,
        cache: &mut Option<Box<PatternCache>>,
        value: &[u8],
        examined: &mut u64,
    ) -> bool {
        if value.len() < self.min_len || value.len() > self.max_len {
            return false;
        }
        let mut walk = Pattern::walk(0);
        self.advance(cache, &mut walk, value, 0, true, examined);
        walk.matched == Some(value.len())
    }

    /// The secret's span within `bytes`, which are exactly one match that begins at the absolute offset `start`.
    pub(crate) fn secret_in(&self, cache: &mut GroupCache, bytes: &[u8], start: usize) -> Span {
        let end = start + bytes.len();
        match self.place {
            Place::Whole => Span::new(start, end),
            Place::Fixed { before, after } => Span::new(start + before, end.saturating_sub(after)),
            Place::Found { .. } => {
                self.find_group(cache, bytes, start).unwrap_or(Span::new(start, end))
            }
        }
    }

    fn find_group(&self, cache: &mut GroupCache, bytes: &[u8], start: usize) -> Option<Span> {
        let compiled = self.compiled()?;
        let (input, group) = (Input::new(bytes).anchored(Anchored::Yes), compiled.secret?);
        let GroupCache { room, slots } = cache;
        slots.clear();
        slots.resize(2 * group + 2, None);
        let room = room.get_or_insert_with(|| compiled.groups.create_cache());
        room.reset(&compiled.groups);
        if compiled.groups.try_search_slots(room, &input, slots).is_err() {
            // Slower, whatever the length.
            let groups = PikeVM::new_from_nfa(compiled.nfa.clone()).ok()?;
            groups.search_slots(&mut groups.create_cache(), &input, slots);
        }
        let slot = |at: usize| slots.get(at).copied().flatten().map(NonMaxUsize::get);
        Some(Span::new(start + slot(2 * group)?, start + slot(2 * group + 1)?))
    }
}

/// Parses a pattern as bytes and ASCII.
pub(crate) fn parse(source: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(32)
        .build()
        .parse(source)
        .map_err(|e| match e {
            regex_syntax::Error::Parse(e) => {
                format!("pattern does not parse: {} at byte {}", e.kind(), e.span().start.offset)
            }
            regex_syntax::Error::Translate(e) => {
                format!("pattern is not accepted: {} at byte {}", e.kind(), e.span().start.offset)
            }
            _ => "pattern does not parse".to_owned(),
        })
}

/// Parses one character class such as `[0-9a-f]`.
pub(crate) fn parse_class(source: &str) -> Result<ByteSet, Error> {
    let hir = parse(source).map_err(|m| Error::new(ErrorKind::Pattern, m))?;
    shape::single_class(&hir).ok_or_else(|| {
        Error::new(ErrorKind::Pattern, format!("`{source}` is not a single character class"))
    })
}

fn build(hir: &Hir, full: bool) -> Result<Compiled, String> {
    let nfa: NFA = thompson::Compiler::new()
        .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(NFA_SIZE)).shrink(false))
        .build_from_hir(hir)
        .map_err(|e| format!("pattern does not compile: {e}"))?;
    let kind = if full { MatchKind::All } else { MatchKind::LeftmostFirst };
    let config = Config::new()
        .match_kind(kind)
        .cache_capacity(DFA_CACHE)
        .skip_cache_capacity_check(true)
        .unicode_word_boundary(false);
    let dfa = DFA::builder()
        .configure(config)
        .build_from_nfa(nfa.clone())
        .map_err(|e| format!("pattern does not compile: {e}"))?;
    let groups = BoundedBacktracker::builder()
        .configure(backtrack::Config::new().visited_capacity(GROUPS_ROOM))
        .build_from_nfa(nfa.clone())
        .map_err(|e| format!("pattern does not compile: {e}"))?;
    let secret = nfa.group_info().to_index(PatternID::ZERO, SECRET_GROUP);
    Ok(Compiled { dfa, groups, nfa, secret })
}

/// `None` when the automaton gives up, which it does only if its cache cannot hold a handful of states.
fn step(
    dfa: &DFA,
    cache: &mut Cache,
    walk: &mut Walk,
    bytes: &[u8],
    base: usize,
    last: bool,
    examined: &mut u64,
) -> Option<Progress> {
    let mut state = match walk.state {
        // State ids die with the cache's contents; then the walk begins anew from bytes that are still at hand.
        Some(state) if walk.clears == cache.clear_count() => state,
        _ => {
            walk.pos = walk.start;
            walk.matched = None;
            let config = start::Config::new().anchored(Anchored::Yes);
            dfa.start_state(cache, &config).ok()?
        }
    };
    let rest = bytes.get(walk.pos.checked_sub(base)?..)?;
    for &byte in rest {
        state = dfa.next_state(cache, state, byte).ok()?;
        *examined += 1;
        if state.is_tagged() {
            if state.is_match() {
                // A match is announced one byte late: it ends before this byte.
                walk.matched = Some(walk.pos);
            } else if state.is_dead() || state.is_quit() {
                return Some(Progress::Done);
            }
        }
        walk.pos += 1;
    }
    if last {
        state = dfa.next_eoi_state(cache, state).ok()?;
        if state.is_match() {
            walk.matched = Some(walk.pos);
        }
        return Some(Progress::Done);
    }
    walk.state = Some(state);
    walk.clears = cache.clear_count();
    Some(Progress::Open)
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.source)
    }
}
