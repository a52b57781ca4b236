//! `keysieve rules lint`: 1 if a pack has a fault, each named with file and line.

use std::collections::BTreeMap;

use keysieve::Pack;
use keysieve_report::neutral;

use crate::args::LintArgs;
use crate::failure::{Count, Failure};
use crate::select;
use crate::talk;

pub(super) fn run(args: &LintArgs) -> Result<u8, Failure> {
    if args.packs.is_empty() {
        let pack = Pack::builtin();
        let faults = keysieve::lint::lint(&pack);
        name_slow(&pack);
        return tell(&faults.iter().map(ToString::to_string).collect::<Vec<_>>(), pack.len());
    }
    let mut faults: Vec<String> = Vec::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut all = if args.no_builtin { Pack::new() } else { Pack::builtin() };
    for path in &args.packs {
        let name = path.display().to_string();
        let laid = match select::lay(all.clone(), &select::opened(path)?) {
            Ok(laid) => laid,
            Err(error) => {
                faults.push(error.to_string());
                continue;
            }
        };
        for rule in laid.rules().filter(|rule| rule.file() == name && !rule.is_override()) {
            let used = ids.insert(rule.id().to_owned(), name.clone());
            if let Some(other) = used.filter(|other| *other != name) {
                let (line, id) = (rule.origin().1, rule.id());
                faults.push(format!(
                    "{name}:{line}: rule `{id}`: the id is used already, in {other}"
                ));
            }
        }
        all = laid;
        names.push(name);
    }
    let own = all.clone().of_files(|file| names.iter().any(|name| name == file));
    faults.extend(keysieve::lint::lint_only(&own, &all).iter().map(ToString::to_string));
    name_slow(&own);
    tell(&faults, own.len())
}

/// Names rules that cost more than others. That is no fault.
fn name_slow(pack: &Pack) {
    for rule in pack.rules() {
        let plan = rule.plan();
        let slow: Vec<&str> = plan.slow().map(|probe| &*probe.literal).collect();
        if !slow.is_empty() {
            let (file, line) = rule.origin();
            let words = slow.join("`, `");
            talk::say(&format!(
                "{file}:{line}: rule `{}` is slow: `{words}` is common in ordinary text (see rules show --plan)",
                rule.id()
            ));
        }
    }
}

/// Prints the faults, one a line, and answers the exit code.
fn tell(faults: &[String], rules: usize) -> Result<u8, Failure> {
    // A fault may quote a pack, and that may not be what it was taken for.
    let shown = |fault: &String| neutral(talk::redacted(fault).as_bytes()).into_owned() + "\n";
    talk::print(faults.iter().map(shown).collect::<String>().as_bytes())?;
    let (rules, count) = (Count(rules as u64, "rule"), Count(faults.len() as u64, "fault"));
    talk::say(&format!("{rules}, {count}"));
    Ok(u8::from(!faults.is_empty()))
}
