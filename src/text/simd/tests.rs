//! Every level against every other, and all against the definition.

use proptest::prelude::*;

use super::{Class, Level, Net, PLACES, SKETCH_WORDS, place, places};

/// The definition, one position at a time.
fn stands(net: &Net, text: &[u8], at: usize) -> u8 {
    let byte = |i: usize| text.get(at + i).copied().unwrap_or(0);
    if byte(0) >= 0x80 {
        return 0;
    }
    (0..PLACES).fold(u8::MAX, |left, i| left & net.places[i][usize::from(byte(i) & 0x7f)])
}

/// What all levels that this processor has answer.
fn on_every_level(ask: impl Fn(Level, &mut Vec<u64>)) -> Vec<u64> {
    let mut levels = vec![Level::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        let better = [Level::Avx2, Level::Avx512];
        let best = better.iter().position(|level| *level == Level::best());
        levels.extend(better.iter().take(best.map_or(0, |at| at + 1)));
    }
    let answer = |level: &Level| {
        let mut out = vec![7; 3];
        ask(*level, &mut out);
        out
    };
    let plain = answer(&Level::Portable);
    for level in &levels {
        assert_eq!(answer(level), plain, "{level:?}");
    }
    plain
}

fn net() -> impl Strategy<Value = Net> {
    let groups = proptest::collection::vec(any::<u8>().prop_map(|b| b & (b >> 3)), 128);
    proptest::collection::vec(groups, PLACES).prop_map(|places| {
        let mut net = Net::default();
        for (to, from) in net.places.iter_mut().zip(places) {
            to.copy_from_slice(&from);
        }
        net
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nets_catch_what_the_definition_says(
        net in net(), text in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let fast = on_every_level(|level, out| level.cast(&net, &text, out));
        prop_assert_eq!(fast.len(), text.len().div_ceil(64));
        for at in 0..fast.len() * 64 {
            let caught = at < text.len() && stands(&net, &text, at) != 0;
            prop_assert_eq!(fast[at / 64] >> (at % 64) & 1 == 1, caught);
        }
    }

    #[test]
    fn places_are_those_of_the_map(
        bits in proptest::collection::vec(any::<u32>(), 1..9), text in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut map = Box::new([0u32; SKETCH_WORDS]);
        map.iter_mut().zip(bits.iter().cycle()).for_each(|(to, from)| *to = *from);
        let once = on_every_level(|level, out| level.sketched::<false>(&map, &text, out));
        let twice = on_every_level(|level, out| level.sketched::<true>(&map, &text, out));
        for at in 0..text.len() {
            let byte = |i: usize| text.get(at + i).copied().unwrap_or(0);
            let four = u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]);
            let place = place(four);
            let is = map[place as usize / 32] >> (place % 32) & 1 == 1;
            prop_assert_eq!(once[at / 64] >> (at % 64) & 1 == 1, is);
            let (word, both) = places(four);
            prop_assert!(word == place as usize / 32 && both >> (place % 32) & 1 == 1);
            prop_assert_eq!(twice[at / 64] >> (at % 64) & 1 == 1, map[word] & both == both);
        }
    }

    #[test]
    fn members_are_those_of_the_class(class in net(), text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let class = class.places[0];
        let fast = on_every_level(|level, out| level.members(&Class::new(class), &text, out));
        for (at, byte) in text.iter().enumerate() {
            let is = *byte < 0x80 && class[usize::from(byte & 0x7f)] != 0;
            prop_assert_eq!(fast[at / 64] >> (at % 64) & 1 == 1, is);
        }
    }
}
