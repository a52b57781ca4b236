//! What docs/EVASION.md says holds: every trick is seen through for at least the share of rules written beside it.

mod common;

use common::tricks::{TRICKS, outcome, plain};
use keysieve::{Config, Pack, Profile, Scanner};

/// Every so many rules one is tried.
const STEP: usize = 7;

#[test]
fn tricks_are_seen_through() {
    let pack = Pack::builtin();
    let config = Config::new().profile(Profile::Redact);
    let scanner = Scanner::builder().pack(pack.clone()).config(config).build().unwrap();
    let rules = pack.rules().step_by(STEP);
    let texts: Vec<_> =
        rules.filter_map(|rule| Some((rule.id(), plain(&pack, &scanner, rule)?))).collect();
    assert!(texts.len() > 50);
    for trick in &TRICKS {
        let hidden = texts.iter().filter(|(id, (text, secret))| {
            outcome(&scanner, id, &(trick.hide)(text, secret.clone())).hidden
        });
        let share = hidden.count() * 100 / texts.len();
        assert!(share >= trick.floor, "{}: {share} %, not {}", trick.name, trick.floor);
    }
}
