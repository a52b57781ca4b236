//! Byte positions found many at a time: the only file with vector instructions, and the only one with `unsafe`.
//!
//! Three questions are answered for every position of a text, 64 answers to a word: does a byte of a class stand there
//! ([`members`]), may one of a few short literals begin there ([`cast`]), or one of many thousands ([`sketched`]). The
//! level (AVX-512 with VBMI, AVX2, or portable code) is chosen when the program runs; every level gives the same answers,
//! which the tests hold against one another.
//! Leaves out: anything that decides. What is found here is a candidate and nothing more.

#![allow(unsafe_code)]

mod level;
mod portable;
#[cfg(test)]
mod tests;

pub use level::Level;

/// Which of eight groups an ASCII byte belongs to, a bit for each.
pub(crate) type Groups = [u8; 128];

/// A class of ASCII bytes: those whose entry in the groups is not zero.
#[derive(Debug)]
pub(crate) struct Class {
    groups: Groups,
    /// For each lower half of a byte the upper halves that it has in the class, a bit for each of the eight of ASCII.
    lower: [u8; 16],
}

impl Class {
    pub(crate) const fn new(groups: Groups) -> Class {
        let mut lower = [0; 16];
        let mut byte = 0;
        while byte < groups.len() {
            lower[byte % 16] |= ((groups[byte] != 0) as u8) << (byte / 16);
            byte += 1;
        }
        Class { groups, lower }
    }
}

/// How many neighbouring bytes a net looks at.
pub(crate) const PLACES: usize = 3;
/// Bytes that are looked at for 64 positions.
#[cfg(target_arch = "x86_64")]
const BLOCK: usize = 64 + PLACES - 1;

/// Neighbouring places and the groups that each byte may belong to there. A position is caught if some group is
/// left at all of them. Bytes beyond ASCII count as what their lower seven bits say, except at the first place, where
/// they are never caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Net {
    pub(crate) places: [Groups; PLACES],
}

impl Default for Net {
    fn default() -> Net {
        Net { places: [[0; 128]; PLACES] }
    }
}

impl Level {
    /// See [`cast`]. `self` must be no better than [`Level::best`].
    fn cast(self, net: &Net, text: &[u8], out: &mut Vec<u64>) {
        out.clear();
        out.reserve(text.len().div_ceil(64));
        match self {
            Level::Portable => portable::members(&net.places[0], text, out),
            // SAFETY: the level says that this processor has the instructions the function is compiled for.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::nearly_cast(net, text, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => return unsafe { avx512::cast(net, text, out) },
        }
        // What may be caught is looked at one by one.
        for (word, at) in out.iter_mut().zip((0..).step_by(64)) {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let rest = text.get(at + bit as usize..).unwrap_or_default();
                if !net.catches(rest) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    /// See [`members`]. `self` must be no better than [`Level::best`].
    fn members(self, class: &Class, text: &[u8], out: &mut Vec<u64>) {
        out.clear();
        out.reserve(text.len().div_ceil(64));
        match self {
            Level::Portable => portable::members(&class.groups, text, out),
            // SAFETY: the level says that this processor has the instructions the function is compiled for.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::members(&class.lower, text, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512::members(&class.groups, text, out) },
        }
    }

    /// See [`sketched`] and [`sketched_twice`]. `self` must be no better than [`Level::best`].
    fn sketched<const TWICE: bool>(
        self,
        map: &[u32; SKETCH_WORDS],
        text: &[u8],
        out: &mut Vec<u64>,
    ) {
        out.clear();
        out.reserve(text.len().div_ceil(64));
        match self {
            Level::Portable => portable::sketched::<TWICE>(map, text, out),
            // SAFETY: the level says that this processor has the instructions the function is compiled for.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2::sketched::<TWICE>(map, text, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512::sketched::<TWICE>(map, text, out) },
        }
    }
}

impl Net {
    /// Whether a group is left at all places of the text that begins with `rest`; what is missing reads as zero.
    fn catches(&self, rest: &[u8]) -> bool {
        let byte = |i: usize| rest.get(i).copied().unwrap_or(0);
        let groups = self.places.iter().enumerate();
        groups.fold(u8::MAX, |left, (i, groups)| left & groups[usize::from(byte(i) & 0x7f)]) != 0
    }
}

/// Tells which positions of `text` the net catches; what is missing behind its end reads as zero.
pub(crate) fn cast(net: &Net, text: &[u8], out: &mut Vec<u64>) {
    Level::in_use().cast(net, text, out);
}

/// Tells which bytes of `text` are in a class of ASCII bytes.
pub(crate) fn members(class: &Class, text: &[u8], out: &mut Vec<u64>) {
    Level::in_use().members(class, text, out);
}

/// Tells at which positions of `text` the four bytes that stand there, zeros behind its end, have their [`place`] set in
/// `map`, which holds 32 bits to a word.
pub(crate) fn sketched(map: &[u32; SKETCH_WORDS], text: &[u8], out: &mut Vec<u64>) {
    Level::in_use().sketched::<false>(map, text, out);
}

/// The same where two bits of a word of `map` must be set, both those of [`places`]: far fewer positions that mean nothing.
pub(crate) fn sketched_twice(map: &[u32; SKETCH_WORDS], text: &[u8], out: &mut Vec<u64>) {
    Level::in_use().sketched::<true>(map, text, out);
}

/// The map of [`sketched`] has two to this many bits: what fits the first cache beside the text.
pub(crate) const SKETCH_BITS: u32 = 18;
/// Words of such a map.
pub(crate) const SKETCH_WORDS: usize = 1 << (SKETCH_BITS - 5);

/// The word of a map for four bytes, and the two bits in it, without regard to case as in [`place`], which is one of them.
#[inline]
pub(crate) fn places(four: u32) -> (usize, u32) {
    let folded = four | 0x2020_2020;
    let mixed = folded.wrapping_mul(0x9e37_79b1);
    let second = (mixed >> SECOND ^ folded >> 24) & 31;
    let place = mixed >> (32 - SKETCH_BITS);
    ((place >> 5) as usize, 1 << (place & 31) | 1 << second)
}

/// What of the product says which bit is the second: bits that its place does not use.
const SECOND: u32 = 9;

/// The place in a map of four bytes, without regard to case and to what lower case folds together with it.
#[inline]
pub(crate) fn place(four: u32) -> u32 {
    (four | 0x2020_2020).wrapping_mul(0x9e37_79b1) >> (32 - SKETCH_BITS)
}

/// Runs `$take` on every 64 bytes of `$text` and those behind them, `$len` in all, zeros behind the end of the text, and a
/// mask of the positions that are in it. A macro, since a function would lose the vector instructions of its caller.
#[cfg(target_arch = "x86_64")]
macro_rules! each_block {
    ($text:expr, $len:expr, |$block:ident, $valid:ident| $take:expr) => {{
        let mut rest: &[u8] = $text;
        while let Some($block) = rest.first_chunk::<{ $len }>() {
            let $valid = u64::MAX;
            $take;
            rest = rest.get(64..).unwrap_or_default();
        }
        while !rest.is_empty() {
            let mut padded = [0; $len];
            padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            let len = rest.len().min(64);
            let ($block, $valid) = (&padded, u64::MAX >> (64 - len));
            $take;
            rest = rest.get(len..).unwrap_or_default();
        }
    }};
}

/// `N` bytes of a block from `place` on.
#[cfg(target_arch = "x86_64")]
#[inline]
fn part<const N: usize, const B: usize>(block: &[u8; B], place: usize) -> &[u8; N] {
    block.get(place..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; N])
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256,
        _mm256_castsi256_ps, _mm256_cmpeq_epi8, _mm256_cmpeq_epi32, _mm256_i32gather_epi32,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_movemask_ps, _mm256_mullo_epi32,
        _mm256_or_si256, _mm256_set1_epi8, _mm256_set1_epi32, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_sllv_epi32, _mm256_srli_epi16, _mm256_srli_epi32,
        _mm256_xor_si256,
    };

    use super::{BLOCK, Groups, Net, PLACES, SECOND, SKETCH_BITS, SKETCH_WORDS, part};

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: the array has the 32 bytes that are read, and the load needs no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    /// The same 16 bytes in both halves.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn twice(bytes: &[u8; 16]) -> __m256i {
        // SAFETY: the array has the 16 bytes that are read, and the load needs no alignment.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn members(lower: &[u8; 16], text: &[u8], out: &mut Vec<u64>) {
        const UPPER: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];
        let (lower, upper) = (twice(lower), twice(&UPPER));
        let half = _mm256_set1_epi8(0x0f);
        let none = _mm256_setzero_si256();
        let ask = |bytes: &[u8; 32]| {
            let bytes = load(bytes);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half);
            let has = _mm256_shuffle_epi8(lower, _mm256_and_si256(bytes, half));
            let is = _mm256_and_si256(has, _mm256_shuffle_epi8(upper, high));
            !_mm256_movemask_epi8(_mm256_cmpeq_epi8(is, none)) as u32
        };
        each_block!(text, 64, |block, valid| {
            let (low, high) = (ask(part(block, 0)), ask(part(block, 32)));
            out.push((u64::from(low) | u64::from(high) << 32) & valid);
        });
    }

    /// The groups of a lower half of a byte, and of an upper half: what both have in common, the byte may have. `most` says how
    /// many upper halves count; those beyond ASCII are those of ASCII over again.
    fn halves(groups: &Groups, most: usize) -> [[u8; 16]; 2] {
        let mut halves = [[0u8; 16]; 2];
        for (byte, groups) in groups.iter().enumerate() {
            halves[0][byte % 16] |= groups;
            halves[1][byte / 16] |= groups;
        }
        let [_, upper] = &mut halves;
        (8..most).for_each(|half| upper[half] = upper[half - 8]);
        halves
    }

    /// Positions that the net may catch, and some that it does not.
    #[target_feature(enable = "avx2")]
    pub(super) fn nearly_cast(net: &Net, text: &[u8], out: &mut Vec<u64>) {
        let tables: [[__m256i; 2]; PLACES] = std::array::from_fn(|i| {
            let halves = halves(&net.places[i], if i == 0 { 8 } else { 16 });
            [twice(&halves[0]), twice(&halves[1])]
        });
        let half = _mm256_set1_epi8(0x0f);
        let none = _mm256_setzero_si256();
        let look = |[lower, upper]: &[__m256i; 2], bytes: &[u8; 32]| {
            let bytes = load(bytes);
            let high = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half);
            let low = _mm256_shuffle_epi8(*lower, _mm256_and_si256(bytes, half));
            _mm256_and_si256(low, _mm256_shuffle_epi8(*upper, high))
        };
        each_block!(text, BLOCK, |block, valid| {
            let ask = |from: usize| {
                let mut left = look(&tables[0], part(block, from));
                for (place, table) in tables.iter().enumerate().skip(1) {
                    left = _mm256_and_si256(left, look(table, part(block, from + place)));
                }
                !_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, none)) as u32
            };
            out.push((u64::from(ask(0)) | u64::from(ask(32)) << 32) & valid);
        });
    }

    /// For eight neighbouring positions the four bytes of each, of the same 16 bytes in both halves.
    const FOURS: [u8; 32] = {
        let mut fours = [0; 32];
        let mut i = 0;
        while i < 32 {
            fours[i] = (i / 4 + i % 4) as u8;
            i += 1;
        }
        fours
    };

    #[target_feature(enable = "avx2")]
    pub(super) fn sketched<const TWICE: bool>(
        map: &[u32; SKETCH_WORDS],
        text: &[u8],
        out: &mut Vec<u64>,
    ) {
        let fours = load(&FOURS);
        let fold = _mm256_set1_epi32(0x2020_2020);
        let factor = _mm256_set1_epi32(0x9e37_79b1_u32 as i32);
        let (one, low) = (_mm256_set1_epi32(1), _mm256_set1_epi32(31));
        let eight = |bytes: &[u8; 16]| {
            let words = _mm256_or_si256(_mm256_shuffle_epi8(twice(bytes), fours), fold);
            let mixed = _mm256_mullo_epi32(words, factor);
            let place = _mm256_srli_epi32::<{ 32 - SKETCH_BITS as i32 }>(mixed);
            let word = _mm256_srli_epi32::<5>(place);
            // SAFETY: a place has SKETCH_BITS bits, so that without the lowest five it is less than SKETCH_WORDS.
            let found = unsafe { _mm256_i32gather_epi32::<4>(map.as_ptr().cast(), word) };
            let mut bits = _mm256_sllv_epi32(one, _mm256_and_si256(place, low));
            if TWICE {
                let last = _mm256_srli_epi32::<24>(words);
                let second = _mm256_xor_si256(_mm256_srli_epi32::<{ SECOND as i32 }>(mixed), last);
                let second = _mm256_sllv_epi32(one, _mm256_and_si256(second, low));
                bits = _mm256_or_si256(bits, second);
            }
            let set = _mm256_cmpeq_epi32(_mm256_and_si256(found, bits), bits);
            u64::from(_mm256_movemask_ps(_mm256_castsi256_ps(set)) as u32 & 0xff)
        };
        each_block!(text, 80, |block, valid| {
            let mut mask = 0;
            for eighth in 0..8 {
                mask |= eight(part(block, eighth * 8)) << (eighth * 8);
            }
            out.push(mask & valid);
        });
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm512_and_si512, _mm512_cmpeq_epi32_mask, _mm512_i32gather_epi32,
        _mm512_loadu_si512, _mm512_movepi8_mask, _mm512_mullo_epi32, _mm512_or_si512,
        _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi32, _mm512_sllv_epi32,
        _mm512_srli_epi32, _mm512_test_epi8_mask, _mm512_xor_si512,
    };

    use super::{BLOCK, Groups, Net, PLACES, SECOND, SKETCH_BITS, SKETCH_WORDS, part};

    /// A table of 128 bytes in two registers.
    type Table = [__m512i; 2];

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn load(bytes: &[u8; 64]) -> __m512i {
        // SAFETY: the array has the 64 bytes that are read, and the load needs no alignment.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn table(groups: &Groups) -> Table {
        [load(part(groups, 0)), load(part(groups, 64))]
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn look(table: &Table, bytes: __m512i) -> __m512i {
        _mm512_permutex2var_epi8(table[0], bytes, table[1])
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn cast(net: &Net, text: &[u8], out: &mut Vec<u64>) {
        let tables: [Table; PLACES] = std::array::from_fn(|i| table(&net.places[i]));
        each_block!(text, BLOCK, |block, valid| {
            let first = load(part(block, 0));
            let mut left = look(&tables[0], first);
            for (place, table) in tables.iter().enumerate().skip(1) {
                left = _mm512_and_si512(left, look(table, load(part(block, place))));
            }
            let ascii = !_mm512_movepi8_mask(first) & valid;
            out.push(_mm512_test_epi8_mask(left, left) & ascii);
        });
    }

    /// For 16 neighbouring positions the four bytes of each.
    const FOURS: [u8; 64] = {
        let mut fours = [0; 64];
        let mut i = 0;
        while i < 64 {
            fours[i] = (i / 4 + i % 4) as u8;
            i += 1;
        }
        fours
    };

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn sketched<const TWICE: bool>(
        map: &[u32; SKETCH_WORDS],
        text: &[u8],
        out: &mut Vec<u64>,
    ) {
        let fours = load(&FOURS);
        let fold = _mm512_set1_epi32(0x2020_2020);
        let factor = _mm512_set1_epi32(0x9e37_79b1_u32 as i32);
        let (one, low) = (_mm512_set1_epi32(1), _mm512_set1_epi32(31));
        let sixteen = |bytes: &[u8; 64]| {
            let words = _mm512_or_si512(_mm512_permutexvar_epi8(fours, load(bytes)), fold);
            let mixed = _mm512_mullo_epi32(words, factor);
            let place = _mm512_srli_epi32::<{ 32 - SKETCH_BITS }>(mixed);
            let word = _mm512_srli_epi32::<5>(place);
            // SAFETY: a place has SKETCH_BITS bits, so that without the lowest five it is less than SKETCH_WORDS.
            let found = unsafe { _mm512_i32gather_epi32::<4>(word, map.as_ptr().cast()) };
            let mut bits = _mm512_sllv_epi32(one, _mm512_and_si512(place, low));
            if TWICE {
                let last = _mm512_srli_epi32::<24>(words);
                let second = _mm512_xor_si512(_mm512_srli_epi32::<SECOND>(mixed), last);
                let second = _mm512_sllv_epi32(one, _mm512_and_si512(second, low));
                bits = _mm512_or_si512(bits, second);
            }
            u64::from(_mm512_cmpeq_epi32_mask(_mm512_and_si512(found, bits), bits))
        };
        each_block!(text, 128, |block, valid| {
            let mut mask = 0;
            for quarter in 0..4 {
                mask |= sixteen(part(block, quarter * 16)) << (quarter * 16);
            }
            out.push(mask & valid);
        });
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn members(class: &Groups, text: &[u8], out: &mut Vec<u64>) {
        let class = table(class);
        each_block!(text, 64, |block, valid| {
            let bytes = load(part(block, 0));
            let is = look(&class, bytes);
            let ascii = !_mm512_movepi8_mask(bytes) & valid;
            out.push(_mm512_test_epi8_mask(is, is) & ascii);
        });
    }
}
