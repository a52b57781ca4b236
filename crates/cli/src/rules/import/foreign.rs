//! Rules as other tools write them: Gitleaks and Betterleaks (TOML), Kingfisher and Nosey Parker (YAML).
//!
//! Every key is either taken over or listed with the reason why not, known or unknown. Nothing is judged here.

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

use crate::args::Origin;

/// A file of rules.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    pub(super) rules: Vec<ForeignRule>,
    /// Allow lists for all rules.
    pub(super) allows: Vec<Allowed>,
    /// What cannot be carried over of the file itself.
    pub(super) lost: Vec<String>,
}

/// One rule, as far as it can be carried over.
#[derive(Debug, Default)]
pub(super) struct ForeignRule {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) regex: Option<String>,
    /// The group that holds the secret; the first one if it is not said.
    pub(super) group: Option<usize>,
    pub(super) keywords: Vec<String>,
    pub(super) entropy: Option<f64>,
    pub(super) classes: usize,
    pub(super) confidence: Option<&'static str>,
    pub(super) stopwords: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) examples: Vec<String>,
    pub(super) negatives: Vec<String>,
    pub(super) allows: Vec<Allowed>,
    pub(super) lost: Vec<String>,
}

/// One allow list.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    pub(super) patterns: Vec<String>,
    pub(super) paths: Vec<String>,
    /// Whether both have to hold.
    pub(super) both: bool,
    pub(super) reason: Option<String>,
}

/// Keys that mean something elsewhere, and why they do not here.
const WHY: &[(&str, &str)] = &[
    ("validation", "asks the provider; checks here are offline"),
    ("validate", "asks the provider; checks here are offline"),
    ("revocation", "acts at the provider; here a rule names a page, in `revoke`"),
    ("tags", "there is no field for it"),
    ("categories", "there is no field for it"),
    ("path", "a rule looks at text wherever it stands; limit paths when scanning"),
    ("depends_on_rule", "a rule stands alone; see the check `companion`"),
    ("required", "a rule stands alone; see the check `companion`"),
    ("commits", "commits are not looked at"),
    ("visible", "every rule reports what it finds"),
    ("skipReport", "every rule reports what it finds"),
    ("minVersion", "versions of other tools mean nothing here"),
    ("title", "there is no field for it"),
    ("extend", "name packs in `extends`, and switch rules off with `disable`"),
    ("checksum", "checksums have names here; see the check `checksum`"),
    ("filter", "there is no language for conditions"),
    ("prefilter", "there is no language for conditions"),
];

/// Reads a file of the given origin.
pub(super) fn read(text: &str, origin: Origin) -> Result<Foreign, String> {
    match origin {
        Origin::Gitleaks | Origin::Betterleaks => {
            let value: Value = toml::from_str(text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
                format!("{line}: not valid TOML: {}", error.message())
            })?;
            gitleaks(Keys::of(value).ok_or("1: not a table")?)
        }
        Origin::Kingfisher | Origin::Noseyparker => {
            let documents = YamlLoader::load_from_str(text).map_err(|error| {
                format!("{}: not valid YAML: {}", error.marker().line(), error.info())
            })?;
            let mut foreign = Foreign::default();
            for document in &documents {
                yaml(Keys::of(json(document)).ok_or("1: not a mapping")?, &mut foreign);
            }
            Ok(foreign)
        }
    }
}

/// YAML as JSON; what JSON does not have becomes text.
fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Real(text) => text.parse::<f64>().map_or(Value::Null, Value::from),
        Yaml::Integer(number) => Value::from(*number),
        Yaml::String(text) => Value::from(text.as_str()),
        Yaml::Boolean(yes) => Value::from(*yes),
        Yaml::Array(items) => items.iter().map(json).collect(),
        Yaml::Hash(hash) => hash
            .iter()
            .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), json(value)))
            .collect::<Map<String, Value>>()
            .into(),
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}

/// A table whose keys are taken out one by one; what is left is lost.
struct Keys(Map<String, Value>);

impl Keys {
    fn of(value: Value) -> Option<Keys> {
        match value {
            Value::Object(map) => Some(Keys(map)),
            _ => None,
        }
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.0.remove(key) {
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                self.0.insert(key.to_owned(), other);
                None
            }
            None => None,
        }
    }

    fn texts(&mut self, key: &str) -> Vec<String> {
        match self.0.remove(key) {
            Some(Value::Array(items)) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
                .collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    fn number(&mut self, key: &str) -> Option<f64> {
        self.0.remove(key).and_then(|value| value.as_f64())
    }

    /// The tables under `key`, one or a list.
    fn tables(&mut self, key: &str) -> Vec<Keys> {
        match self.0.remove(key) {
            Some(Value::Array(items)) => items.into_iter().filter_map(Keys::of).collect(),
            Some(table @ Value::Object(_)) => Keys::of(table).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// What was not taken, with reasons.
    fn lost(self, out: &mut Vec<String>) {
        for (key, value) in self.0 {
            if value.is_null() || value == Value::Bool(false) && key != "visible" {
                continue;
            }
            let why = WHY.iter().find(|(known, _)| *known == key);
            let why = why.map_or("nothing here means the same", |(_, why)| why);
            out.push(format!("`{key}`: {why}"));
        }
    }
}

fn gitleaks(mut top: Keys) -> Result<Foreign, String> {
    let mut foreign = Foreign::default();
    for mut keys in top.tables("rules") {
        let mut rule = ForeignRule {
            id: keys.text("id").unwrap_or_default(),
            title: keys.text("description"),
            regex: keys.text("regex"),
            group: keys.number("secretGroup").map(|n| n as usize).filter(|n| *n > 0),
            keywords: keys.texts("keywords"),
            entropy: keys.number("entropy"),
            ..ForeignRule::default()
        };
        for key in ["allowlist", "allowlists"] {
            for list in keys.tables(key) {
                let (allowed, words) = allowed(list, &mut rule.lost);
                rule.stopwords.extend(words);
                rule.allows.extend(allowed);
            }
        }
        keys.lost(&mut rule.lost);
        foreign.rules.push(rule);
    }
    for key in ["allowlist", "allowlists"] {
        for mut list in top.tables(key) {
            // A list for some rules is a list of each.
            let targets = list.texts("targetRules");
            let (allowed, words) = allowed(list, &mut foreign.lost);
            if !words.is_empty() {
                let what = "`stopwords` of all rules: here they belong to a rule, as check `allow`";
                foreign.lost.push(what.to_owned());
            }
            if targets.is_empty() {
                foreign.allows.extend(allowed);
            } else if allowed.is_some() {
                let what =
                    format!("an allow list for {}: write it as `[[allow]]`", targets.join(", "));
                foreign.lost.push(what);
            }
        }
    }
    top.lost(&mut foreign.lost);
    Ok(foreign)
}

/// An allow list, and its stop words, which here are a check of the rule.
fn allowed(mut list: Keys, lost: &mut Vec<String>) -> (Option<Allowed>, Vec<String>) {
    let target = list.text("regexTarget").unwrap_or_default();
    let mut patterns = list.texts("regexes");
    if !patterns.is_empty() && matches!(&*target, "match" | "line") {
        lost.push(format!(
            "{} `regexes` for the whole {target}: an allow entry looks at the secret alone",
            patterns.len()
        ));
        patterns.clear();
    }
    let condition = list.text("condition").unwrap_or_default();
    let words = list.texts("stopwords");
    let allowed = Allowed {
        patterns,
        paths: list.texts("paths"),
        both: condition.eq_ignore_ascii_case("and"),
        reason: list.text("description"),
    };
    list.lost(lost);
    let is_empty = allowed.patterns.is_empty() && allowed.paths.is_empty();
    ((!is_empty).then_some(allowed), words)
}

fn yaml(mut top: Keys, foreign: &mut Foreign) {
    for mut keys in top.tables("rules") {
        let mut rule = ForeignRule {
            id: keys.text("id").unwrap_or_default(),
            title: keys.text("name"),
            regex: keys.text("pattern"),
            entropy: keys.number("min_entropy").filter(|bits| *bits > 0.0),
            confidence: match keys.text("confidence").as_deref() {
                Some("low") => Some("possible"),
                Some("medium") => Some("likely"),
                Some("high") => Some("certain"),
                _ => None,
            },
            references: keys.texts("references"),
            examples: keys.texts("examples"),
            negatives: keys.texts("negative_examples"),
            ..ForeignRule::default()
        };
        if let Some(text) = keys.text("description")
            && rule.title.is_none()
        {
            rule.title = Some(text);
        }
        if keys.0.get("visible") == Some(&Value::Bool(true)) {
            keys.0.remove("visible");
        }
        for mut needs in keys.tables("pattern_requirements") {
            rule.stopwords = needs.texts("ignore_if_contains");
            for class in ["min_digits", "min_uppercase", "min_lowercase"] {
                let least = needs.number(class).unwrap_or(0.0);
                rule.classes += usize::from(least >= 1.0);
                if least > 1.0 {
                    let what = format!("`{class}`: classes are asked for, not how many of each");
                    rule.lost.push(what);
                }
            }
            if rule.classes == 1 {
                rule.lost.push("a single class of characters is not asked for".to_owned());
            }
            needs.lost(&mut rule.lost);
        }
        keys.lost(&mut rule.lost);
        foreign.rules.push(rule);
    }
    top.lost(&mut foreign.lost);
}
