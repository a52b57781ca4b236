//! Byte positions found many at a time: the only file with vector instructions, and the only one with `unsafe`.
//!
//! Three questions are answered for every position of a text, 64 answers to a word: does a byte of a class stand there
//! ([`members`]), may one of a few short literals begin there ([`cast`]), or
//! one of many thousands ([`sketched`]). The level (AVX-512 with VBMI, or portable code) is
//! chosen when the program runs; every level gives the same answers, which the tests hold against one another.
//! Leaves out: anything that decides. What is found here is a candidate and nothing more.

#![allow(unsafe_code)]

#[cfg(test)]
mod tests;

/// Which of eight groups an ASCII byte belongs to, a bit for each.
pub(crate) type Groups = [u8; 128];

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

/// Tells which positions of `text` the net catches; what is missing behind its end reads as zero.
pub(crate) fn cast(net: &Net, text: &[u8], out: &mut Vec<u64>) {
    out.clear();
    out.reserve(text.len().div_ceil(64));
    #[cfg(target_arch = "x86_64")]
    if wide() {
        // SAFETY: `wide` says that this processor has the instructions the function is compiled for.
        unsafe { avx512::cast(net, text, out) };
        return;
    }
    portable::cast(net, text, out);
}

/// Tells which bytes of `text` are in a class of ASCII bytes: `class` holds 0 or 1 for each.
pub(crate) fn members(class: &Groups, text: &[u8], out: &mut Vec<u64>) {
    out.clear();
    out.reserve(text.len().div_ceil(64));
    #[cfg(target_arch = "x86_64")]
    if wide() {
        // SAFETY: as above.
        unsafe { avx512::members(class, text, out) };
        return;
    }
    portable::members(class, text, out);
}

/// The map of [`sketched`] has two to this many bits: what fits the first cache beside the text.
pub(crate) const SKETCH_BITS: u32 = 18;
/// Words of such a map.
pub(crate) const SKETCH_WORDS: usize = 1 << (SKETCH_BITS - 5);

/// The place in a map of four bytes, without regard to case and to what lower case folds together with it.
#[inline]
pub(crate) fn place(four: u32) -> u32 {
    (four | 0x2020_2020).wrapping_mul(0x9e37_79b1) >> (32 - SKETCH_BITS)
}

/// Tells at which positions of `text` the four bytes that stand there, zeros behind its end, have their [`place`] set in
/// `map`, which holds 32 bits to a word.
pub(crate) fn sketched(map: &[u32; SKETCH_WORDS], text: &[u8], out: &mut Vec<u64>) {
    out.clear();
    out.reserve(text.len().div_ceil(64));
    #[cfg(target_arch = "x86_64")]
    if wide() {
        // SAFETY: as above.
        unsafe { avx512::sketched(map, text, out) };
        return;
    }
    portable::sketched(map, text, out);
}

#[cfg(target_arch = "x86_64")]
fn wide() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vbmi")
}

/// What every level must answer, byte by byte.
mod portable {
    use super::{Groups, Net, SKETCH_WORDS, place};

    pub(super) fn cast(net: &Net, text: &[u8], out: &mut Vec<u64>) {
        for at in (0..text.len()).step_by(64) {
            let mut mask = 0u64;
            for i in 0..64.min(text.len() - at) {
                let rest = text.get(at + i..).unwrap_or_default();
                mask |= u64::from(caught(net, rest) != 0) << i;
            }
            out.push(mask);
        }
    }

    /// The groups left behind all places; what is missing at the end of the text reads as zero.
    fn caught(net: &Net, rest: &[u8]) -> u8 {
        let first = rest.first().copied().unwrap_or(0x80);
        if first >= 0x80 {
            return 0;
        }
        let mut left = u8::MAX;
        for (i, groups) in net.places.iter().enumerate() {
            let byte = rest.get(i).copied().unwrap_or(0);
            left &= groups[usize::from(byte & 0x7f)];
            if left == 0 {
                return 0;
            }
        }
        left
    }

    pub(super) fn sketched(map: &[u32; SKETCH_WORDS], text: &[u8], out: &mut Vec<u64>) {
        for at in (0..text.len()).step_by(64) {
            let mut mask = 0u64;
            for i in 0..64.min(text.len() - at) {
                let place = place(four(text.get(at + i..).unwrap_or_default()));
                let word = map.get((place >> 5) as usize).copied().unwrap_or(0);
                mask |= u64::from(word >> (place & 31) & 1) << i;
            }
            out.push(mask);
        }
    }

    fn four(rest: &[u8]) -> u32 {
        match rest.first_chunk() {
            Some(bytes) => u32::from_le_bytes(*bytes),
            None => rest.iter().rev().fold(0, |word, b| word << 8 | u32::from(*b)),
        }
    }

    pub(super) fn members(class: &Groups, text: &[u8], out: &mut Vec<u64>) {
        for block in text.chunks(64) {
            let mut mask = 0u64;
            for (i, &byte) in block.iter().enumerate() {
                let is = byte < 0x80 && class[usize::from(byte & 0x7f)] != 0;
                mask |= u64::from(is) << i;
            }
            out.push(mask);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm512_and_si512, _mm512_i32gather_epi32, _mm512_loadu_si512, _mm512_movepi8_mask,
        _mm512_mullo_epi32, _mm512_or_si512, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8,
        _mm512_set1_epi32, _mm512_sllv_epi32, _mm512_srli_epi32, _mm512_test_epi8_mask,
        _mm512_test_epi32_mask,
    };

    use super::{BLOCK, Groups, Net, PLACES, SKETCH_BITS, SKETCH_WORDS};

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
        let (low, high) = groups.split_at(64);
        let part = |bytes: &[u8]| load(bytes.first_chunk().unwrap_or(&[0; 64]));
        [part(low), part(high)]
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn look(table: &Table, bytes: __m512i) -> __m512i {
        _mm512_permutex2var_epi8(table[0], bytes, table[1])
    }

    /// Hands every 64 bytes of `text` and those behind them, `N` in all, to `take`, zeros behind its end.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn blocks<const N: usize>(text: &[u8], mut take: impl FnMut(&[u8; N], u64)) {
        let mut rest = text;
        while let Some(block) = rest.first_chunk::<N>() {
            take(block, u64::MAX);
            rest = rest.get(64..).unwrap_or_default();
        }
        while !rest.is_empty() {
            let mut block = [0; N];
            block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            let len = rest.len().min(64);
            take(&block, u64::MAX >> (64 - len));
            rest = rest.get(len..).unwrap_or_default();
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn at<const N: usize>(block: &[u8; N], place: usize) -> &[u8; 64] {
        let bytes = block.get(place..).and_then(|rest| rest.first_chunk());
        bytes.unwrap_or(&[0; 64])
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn cast(net: &Net, text: &[u8], out: &mut Vec<u64>) {
        let tables: [Table; PLACES] = std::array::from_fn(|i| table(&net.places[i]));
        blocks(text, |block: &[u8; BLOCK], valid| {
            let first = load(at(block, 0));
            let mut left = look(&tables[0], first);
            for place in 1..PLACES {
                left = _mm512_and_si512(left, look(&tables[place], load(at(block, place))));
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
    pub(super) fn sketched(map: &[u32; SKETCH_WORDS], text: &[u8], out: &mut Vec<u64>) {
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
            let bit = _mm512_sllv_epi32(one, _mm512_and_si512(place, low));
            u64::from(_mm512_test_epi32_mask(found, bit))
        };
        blocks(text, |block: &[u8; 128], valid| {
            let mut mask = 0;
            for quarter in 0..4 {
                mask |= sixteen(at(block, quarter * 16)) << (quarter * 16);
            }
            out.push(mask & valid);
        });
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    pub(super) fn members(class: &Groups, text: &[u8], out: &mut Vec<u64>) {
        let class = table(class);
        blocks(text, |block: &[u8; 64], valid| {
            let bytes = load(at(block, 0));
            let is = look(&class, bytes);
            let ascii = !_mm512_movepi8_mask(bytes) & valid;
            out.push(_mm512_test_epi8_mask(is, is) & ascii);
        });
    }
}
