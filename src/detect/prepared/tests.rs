//! What is stored is what the rules give, and it is used for exactly those rules.

use super::Prepared;
use crate::rules::pack::Pack;
use crate::rules::packed;

#[test]
fn what_is_built_in_is_what_the_rules_give() {
    let pack = Pack::builtin();
    let stored: Prepared = pack.prepared().unwrap();
    assert!(packed::pack(&stored) == packed::pack(&Prepared::new(pack.shared())));
}

#[test]
fn other_rules_have_tables_of_their_own() {
    let own: Option<Prepared> = Pack::builtin().filter(|rule| rule.id() != "github-pat").prepared();
    assert!(own.is_none());
    let again: Option<Prepared> = Pack::new().merge(Pack::builtin()).prepared();
    assert!(again.is_some());
    assert!(Pack::new().prepared::<Prepared>().is_none());
}
