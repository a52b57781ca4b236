//! Packs over packs: what stands in the end, and every way to get it wrong.

use std::collections::BTreeMap;

use super::*;

/// A rule of its own, so that these tests depend on no built-in one.
fn rule(id: &str, more: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\ntitle = \"Acme token\"\ncategory = \"saas\"\nwhy = \"Reads projects.\"\n\
         severity = \"high\"\nconfidence = \"certain\"\nanchors = [\"{id}_\"]\npattern = '{id}_[0-9a-z]{{24}}'\n\
         hits = [\"{{secret}}\", \"x {{secret}}\"]\nmisses = [\"acme_\", \"{{lower:9}}\"]\n{more}\n"
    )
}

fn load(files: &[(&str, &str)]) -> Result<Pack, Error> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let mut open = |name: &str, _: &PackText| {
        let text = files.get(name).ok_or_else(|| "no such file".to_owned())?;
        Ok(PackText { identity: name.into(), name: name.into(), text: (*text).into() })
    };
    let top = open(
        "top.toml",
        &PackText { identity: String::new(), name: String::new(), text: String::new() },
    );
    Pack::new().layer(&top.unwrap(), &mut open)
}

fn ids(pack: &Pack) -> Vec<&str> {
    pack.rules().map(super::super::rule::Rule::id).collect()
}

#[test]
fn a_pack_brings_what_it_extends() {
    let (one, two) = (rule("one", ""), rule("two", ""));
    let top = format!("extends = [\"a.toml\", \"b.toml\"]\n{}", rule("top", ""));
    let pack = load(&[("a.toml", &one), ("b.toml", &two), ("top.toml", &top)]).unwrap();
    assert_eq!(ids(&pack), ["one", "two", "top"]);
}

#[cfg(feature = "builtin")]
#[test]
fn builtin_is_the_name_of_the_built_in_packs() {
    let pack = load(&[("top.toml", "extends = [\"builtin\"]\ndisable = [\"generic-*\"]")]).unwrap();
    assert!(pack.len() > 100);
    assert!(pack.rule("github-pat").is_some() && pack.rule("generic-token").is_none());
}

#[test]
fn a_pack_is_laid_once_so_that_overrides_stay() {
    // The second branch extends the common pack too, and does not undo what the first made of it.
    let common = rule("one", "");
    let a = "extends = [\"common.toml\"]\n[[rule]]\nid = \"one\"\noverride = true\nseverity = \"low\"\n";
    let files = [
        ("common.toml", &*common),
        ("a.toml", a),
        ("b.toml", "extends = [\"common.toml\"]"),
        ("top.toml", "extends = [\"a.toml\", \"b.toml\"]"),
    ];
    let pack = load(&files).unwrap();
    assert_eq!(pack.rule("one").unwrap().severity().as_str(), "low");
}

#[test]
fn an_override_changes_the_fields_it_gives() {
    let base = rule("one", "revoke = \"https://example.com/keys\"");
    let top = "extends = [\"base.toml\"]\n[[rule]]\nid = \"one\"\noverride = true\nconfidence = \"possible\"\n\
               checks = [{ classes = 2 }]\ntitle = \"Mine\"\n";
    let pack = load(&[("base.toml", &base), ("top.toml", top)]).unwrap();
    let one = pack.rule("one").unwrap();
    assert_eq!((one.title(), one.confidence().as_str()), ("Mine", "possible"));
    assert_eq!((one.severity().as_str(), one.pattern()), ("high", Some("one_[0-9a-z]{24}")));
    assert_eq!(one.checks(), ["classes >= 2"]);
    assert_eq!(one.revoke(), Some("https://example.com/keys"));
    assert_eq!((one.file(), one.origin().1, one.is_override()), ("top.toml", 2, true));
}

#[test]
fn faults_name_the_file_the_line_and_the_field() {
    let one = rule("one", "");
    let base = ("base.toml", &*one);
    let entry =
        |text: &str| format!("extends = [\"base.toml\"]\n[[allow]]\nrule = \"one\"\n{text}\n");
    let patch = |text: &str| {
        format!("extends = [\"base.toml\"]\n[[rule]]\nid = \"one\"\noverride = true\n{text}\n")
    };
    let why = "reason = \"a made-up sample\"\n";
    let cases: &[(String, &str)] = &[
        ("extends = [\"no.toml\"]".into(), "top.toml:1: `extends`: no such file"),
        (
            "extends = [\"top.toml\"]".into(),
            "top.toml:1: `extends`: goes in a circle: top.toml → top.toml",
        ),
        (
            "extends = [\"c.toml\"]".into(),
            "c.toml:1: `extends`: goes in a circle: top.toml → c.toml → top.toml",
        ),
        ("extends = \"base.toml\"".into(), "top.toml:1: `extends` must be an array of strings"),
        ("extend = [\"base.toml\"]".into(), "unknown key `extend`; did you mean `extends`?"),
        ("disabel = [\"one\"]".into(), "did you mean `disable`?"),
        (
            "extends = [\"base.toml\"]\ndisable = [\n\"on\"]".into(),
            "top.toml:3: `disable`: no rule below matches `on`; did you mean `one`?",
        ),
        (
            patch("").replace("\"one\"", "\"onn\""),
            "top.toml:2: rule `onn`: `override`: there is no rule `onn` below; did you mean `one`?",
        ),
        (patch("pattern = 'x'"), "top.toml:5: rule `one`: `pattern` cannot be overridden alone"),
        (patch("severity = \"hihg\""), "top.toml:5: rule `one`: `severity` is `hihg`"),
        (patch("sevrity = \"high\""), "did you mean `severity`?"),
        (patch("hits = [\"{secret}\"]"), "`hits` needs at least 2"),
        (patch("keywords = [\"abcd\"]"), "`override`: the rule below has no `keywords`"),
        (patch("keywords = [\"a\"]"), "keyword `a` is too short"),
        (entry(""), "top.toml:2: `reason` is missing"),
        (entry("reason = \"\""), "top.toml:4: `reason` is empty"),
        (entry("reason = \"ok\""), "top.toml:4: `reason` is too short"),
        (
            entry(why),
            "top.toml:2: an entry without `values`, `patterns`, `fingerprints` and `paths` matches everything",
        ),
        (
            entry(&format!("{why}patterns = ['.{{1,99}}']")),
            "top.toml:5: the pattern `.{1,99}` matches everything",
        ),
        (entry(&format!("{why}patterns = ['[!-~]{{10,512}}']")), "matches everything"),
        (
            entry(&format!("{why}patterns = ['[A-Z].{{0,99}}', '[a-z0-9].{{0,99}}']")),
            "matches everything",
        ),
        (entry(&format!("{why}patterns = ['[a-z]+']")), "no finite length"),
        (
            entry(&format!("{why}paths = [\"**/*\"]")),
            "top.toml:5: the path `**/*` matches everything",
        ),
        (
            entry(&format!("{why}fingerprints = [\"ks1:12\"]")),
            "top.toml:5: a fingerprint is `ks1:` and 40",
        ),
        (
            entry(&format!("{why}values = [\"x\"]\nexpires = \"soon\"")),
            "top.toml:6: `expires` must be a day",
        ),
        (entry(&format!("{why}values = [\"x\"]\nexpires = 2026-13-01")), "top.toml:6"),
        (
            entry(&format!("{why}valeus = [\"x\"]\npaths = [\"a\"]")),
            "unknown key `valeus`; did you mean `values`?",
        ),
        (
            entry(&format!("{why}values = [\"x\"]")).replace("\"one\"", "\"onn\""),
            "top.toml:2: `allow`: no rule matches `onn`; did you mean `one`?",
        ),
    ];
    for (text, words) in cases {
        let files = [base, ("top.toml", &**text), ("c.toml", "extends = [\"top.toml\"]")];
        let said = load(&files).unwrap_err().to_string();
        assert!(said.contains(words), "{text}\n{said}\nwanted {words}");
    }
}

#[test]
fn packs_do_not_nest_without_end() {
    let mut open = |name: &str, _: &PackText| {
        let next = format!("extends = [\"{name}x\"]");
        Ok(PackText { identity: name.into(), name: name.into(), text: next })
    };
    let top = PackText { identity: "t".into(), name: "t".into(), text: "extends = [\"a\"]".into() };
    let said = Pack::new().layer(&top, &mut open).unwrap_err().to_string();
    assert!(said.contains("16 packs deep"), "{said}");
}
