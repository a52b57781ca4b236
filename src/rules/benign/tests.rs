//! Shapes that must be refused, with the line and the words of the fault; and how packs treat shapes.

use crate::rules::pack::Pack;

const SHAPE: &str = r#"[[benign]]
id = "acme-id"
title = "Acme's ids"
why = "Names an order."
heads = ["acme-"]
hits = ["acme-{alnum:30}", "x acme-{alnum:30}"]
misses = ["{alnum:30}", "x {alnum:30}"]
"#;

fn fault(text: &str) -> String {
    Pack::parse("p.toml", text).unwrap_err().to_string()
}

#[test]
fn faults_name_the_line_and_the_cause() {
    let with = |from: &str, to: &str| SHAPE.replace(from, to);
    let cases = [
        (with("why = \"Names an order.\"\n", ""), 1, "`why` is missing"),
        (with("heads =", "haeds ="), 1, "a shape needs one of heads"),
        (format!("{SHAPE}holdz = [\"x\"]\n"), 8, "unknown key `holdz`; did you mean `holds`?"),
        (with("\"acme-\"", "\"a\""), 1, "`a` is shorter than 2 bytes"),
        (format!("{SHAPE}within = 600\n"), 8, "`within` must lie between 1 and 512"),
        (format!("{SHAPE}inside = [\"{{{{\"]\n"), 1, "`inside` is a pair"),
        (format!("{SHAPE}pattern = 'a+'\n"), 8, "no finite length"),
        (with("\"{alnum:30}\", ", ""), 1, "at least two `hits` and two `misses`"),
        (format!("{SHAPE}{SHAPE}"), 8, "the id is used already, in line 1"),
        (with("acme-id", "Acme"), 2, "not kebab-case"),
    ];
    for (text, line, words) in cases {
        let fault = fault(&text);
        assert!(fault.contains(&format!("p.toml:{line}")), "{fault}\n{text}");
        assert!(fault.contains(words), "{fault}\n{text}");
    }
}

#[test]
fn a_pack_of_ones_own_adds_replaces_and_switches_off_shapes() {
    let base = Pack::parse("base.toml", SHAPE).unwrap();
    let again = Pack::parse("again.toml", &SHAPE.replace("acme-\"", "acmo-\"")).unwrap();
    let merged = base.merge(again);
    assert_eq!(merged.benign().len(), 1);
    assert_eq!(*merged.benign()[0].heads, ["acmo-"]);
    let off = crate::PackText {
        identity: "off".into(),
        name: "off.toml".into(),
        text: "disable = [\"acme-*\"]\n".into(),
    };
    let none = merged.layer(&off, &mut |_, _| Err("nothing is at hand".into())).unwrap();
    assert!(none.benign().is_empty());
}
