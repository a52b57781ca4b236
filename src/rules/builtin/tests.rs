//! What is built in is what the reader makes of the TOML: no field is lost, none is stale.

use std::sync::Arc;

use super::super::pack::Pack;
use super::super::packed::{self, SHIPPED};
use super::super::rule::Rule;
use super::{SHIPMENT, pack};

/// The packs as they stand in the files.
fn parsed() -> Pack {
    SHIPPED.iter().fold(Pack::new(), |all, file| {
        let root = env!("CARGO_MANIFEST_DIR");
        let text = std::fs::read_to_string(format!("{root}/{file}")).unwrap();
        all.merge(Pack::parse(file, &text).unwrap())
    })
}

#[test]
fn the_bytes_are_those_of_the_files() {
    let files = parsed();
    assert!(packed::pack(&(files.rules, files.benign)) == SHIPMENT);
    let built_in = pack().clone();
    assert!(packed::pack(&(built_in.rules, built_in.benign)) == SHIPMENT);
    assert!(pack().exemptions.is_empty() && pack().parts == ["builtin"]);
}

/// Not by the bytes: by everything that detection and people ask of a rule.
#[test]
fn every_rule_is_the_same() {
    let files = parsed();
    assert_eq!(files.len(), pack().len());
    for (file, built_in) in files.rules().zip(pack().rules()) {
        assert_eq!(told(file), told(built_in));
        let Rule { pattern, anchor, bounds, .. } = file;
        assert_eq!(format!("{anchor:?}"), format!("{:?}", built_in.anchor), "{}", file.id());
        assert_eq!(*bounds, built_in.bounds);
        let (Some(one), Some(other)) = (pattern, &built_in.pattern) else { continue };
        assert_eq!(one.hir(), other.hir());
        assert_eq!(
            (one.min_len(), one.max_len(), one.secret_offset(), one.bytes()),
            (other.min_len(), other.max_len(), other.secret_offset(), other.bytes())
        );
    }
    let shapes = |pack: &Pack| -> Vec<String> {
        pack.benign().iter().map(|shape| format!("{shape:?}").replace("packed", "")).collect()
    };
    assert_eq!(shapes(&files).len(), shapes(pack()).len());
}

/// Everything that can be asked of a rule.
fn told(rule: &Rule) -> String {
    let who = (rule.id(), rule.title(), rule.category(), rule.why(), rule.kind, rule.describe);
    let how = (rule.severity(), rule.confidence(), rule.anchors(), rule.pattern(), rule.max_len());
    let proof = (rule.checks(), rule.pairs(), rule.hits(), rule.misses(), rule.caseless);
    let from = (rule.revoke(), rule.references(), rule.origin(), rule.file(), rule.is_override());
    format!("{who:?} {how:?} {proof:?} {from:?} {:?}", rule.tail)
}

#[test]
fn a_rule_is_small_until_it_is_asked() {
    let rule: &Arc<Rule> = &pack().rules[0];
    assert!(std::mem::size_of_val(&**rule) <= 576, "{}", std::mem::size_of_val(&**rule));
}
