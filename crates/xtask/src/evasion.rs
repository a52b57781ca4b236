//! `cargo xtask evasion`: writes docs/EVASION.md, how many secrets are still hidden when someone tries to get them past.
//!
//! One text of every built-in rule goes through every trick of `tests/common/tricks.rs`. Counted is whether findings of the
//! profile `redact` cover all that stands for the secret, under whatever rule. The figures are those of the run; the words
//! around them stand here.

use keysieve::{Config, Pack, Profile, Scanner};

#[path = "../../../tests/common/carrier.rs"]
#[allow(dead_code)]
mod carrier;
#[path = "../../../tests/common/tricks.rs"]
mod tricks;

const HEAD: &str = "\
# Evasion

What is still hidden when a secret is written so that a reader of plain bytes would miss it. One text of every built-in rule
goes through every trick. *Hidden*: findings of the profile `redact` cover every byte that stands for the secret, under
whatever rule. *Known*: one of them is made by the rule the text was made for; without that, what hid it was its name or its
looks. The texts are made from the rules' own examples, with another secret drawn for each. Rules that find
nothing in plain text are left out.

Written by `cargo xtask evasion`; `tests/evasion.rs` holds a floor for each trick over a sample of the rules. Which encodings
are read, and how far, is told in [PAYLOADS.md](PAYLOADS.md).
";

const TAIL: &str = "
What is not 100: secrets cut at a rule's limit, rules whose neighbourhood is spelled too, and passwords that look like
something else once they are decoded. A secret in base64 without the name around it, and one spelled backwards, are hidden
where their name or their looks give them away. Tricks near 0 are known and open: a blank or a quote separates
words everywhere else, so that undoing it always would make tokens of sentences.
";

/// Measures and writes the table.
pub fn run(args: &[String]) -> Result<(), String> {
    if let Some(unknown) = args.first() {
        return Err(format!("evasion takes no argument, got `{unknown}`"));
    }
    let pack = Pack::builtin();
    let config = Config::new().profile(Profile::Redact);
    let build = |config: &Config| {
        let scanner = Scanner::builder().pack(pack.clone()).config(config.clone()).build();
        scanner.map_err(|error| error.to_string())
    };
    let (scanner, strict) = (build(&config)?, build(&config.clone().strict(true))?);
    let texts: Vec<_> = pack
        .rules()
        .filter_map(|rule| Some((rule.id(), tricks::plain(&pack, &scanner, rule)?)))
        .collect();
    let mut out = format!("{HEAD}\nRules: {}.\n\n", texts.len());
    out.push_str("| trick | what it does | hidden, % | known, % |\n|---|---|---|---|\n");
    let marked: Vec<_> =
        texts.iter().filter(|(id, (text, _))| is_marked(&scanner, id, text)).collect();
    let mut strictly = String::new();
    for trick in tricks::TRICKS {
        let outcomes: Vec<_> = texts
            .iter()
            .map(|(id, (text, secret))| {
                tricks::outcome(&scanner, id, &(trick.hide)(text, secret.clone()))
            })
            .collect();
        let share = |count: usize| count as f64 * 100.0 / texts.len().max(1) as f64;
        let hidden = share(outcomes.iter().filter(|outcome| outcome.hidden).count());
        let known = share(outcomes.iter().filter(|outcome| outcome.known).count());
        let (name, what) = (trick.name, trick.what);
        if matches!(name, "wrapped" | "spaced" | "concatenated") {
            let hidden = marked.iter().filter(|(id, (text, secret))| {
                tricks::outcome(&strict, id, &(trick.hide)(text, secret.clone())).hidden
            });
            let share = hidden.count() as f64 * 100.0 / marked.len().max(1) as f64;
            strictly.push_str(&format!("| {name} | {share:.1} |\n"));
        }
        out.push_str(&format!("| {name} | {what} | {hidden:.1} | {known:.1} |\n"));
    }
    out.push_str(&format!(
        "\nWords in parts are put together only for the {} rules whose tokens begin with three or more characters of their own,\n\
         and all but those over the edge of a line only in the strict mode (`Config::strict`). There, of these rules:\n\n\
         | trick | hidden, % |\n|---|---|\n{strictly}",
        marked.len()
    ));
    out.push_str(TAIL);
    let path = crate::root().join("docs/EVASION.md");
    std::fs::write(&path, out).map_err(|error| format!("{}: {error}", path.display()))
}

/// Whether what the rule finds begins with a mark of its own.
fn is_marked(scanner: &Scanner, id: &str, text: &[u8]) -> bool {
    let found = scanner.find_iter(text).find(|found| found.rule_id() == id);
    found.is_some_and(|found| found.preview().chars().take_while(|c| *c != '…').count() >= 3)
}
