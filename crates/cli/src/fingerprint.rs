//! `keysieve fingerprint`: whether a secret at hand is in the inventory.
//!
//! The secret comes from standard input and is in no message. What is printed is its keyed fingerprint.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Read};

use keysieve::{Config, Profile, Scanner};
use keysieve_inventory::{Credential, Error, Inventory};

use crate::args::FingerprintArgs;
use crate::books;
use crate::failure::{CLEAN, Failure};
use crate::{hiargs, inventory, select, talk};

/// In the inventory.
const KNOWN: u8 = 1;
/// Longer than any secret.
const LONGEST: u64 = 1024 * 1024;

pub(crate) fn run(args: &FingerprintArgs) -> Result<u8, Failure> {
    let (key, given) = hiargs::key(args.books.key_file.as_deref())?;
    if !given {
        let message = "a fingerprint needs a key that stays: set KEYSIEVE_KEY or --key-file";
        return Err(Failure::Fault(message.to_owned()));
    }
    if std::io::stdin().is_terminal() {
        talk::say("type or paste the secret, then end with Ctrl-D");
    }
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST).read_to_end(&mut text);
    read.map_err(|error| Failure::Fault(format!("standard input: {error}")))?;
    let secret = text.trim_ascii();
    if secret.is_empty() {
        return Err(Failure::Fault("nothing on standard input".to_owned()));
    }
    let whole = key.fingerprint(secret).to_string();
    let config = Config::new().profile(Profile::Redact).fingerprint_key(key.clone());
    let scanner = Scanner::builder().pack(select::pack(&args.packs)?).config(config).build()?;
    let inside = scanner.find_iter(&text).filter_map(|finding| finding.fingerprint());
    let mut prints: BTreeSet<String> = inside.map(|print| print.to_string()).collect();
    prints.remove(&whole);
    let prints: Vec<String> = std::iter::once(whole).chain(prints).collect();
    let Some(path) = inventory::path(&args.books)? else {
        talk::print(format!("{}\n", prints.join("\n")).as_bytes())?;
        return Ok(CLEAN);
    };
    let inventory = Inventory::open_for_reading(&path, Some(books::key(&key)));
    let inventory = inventory.map_err(|error| books::fault(&path, &error))?;
    let mut out = String::new();
    let mut known = false;
    for print in prints {
        match inventory.credential(&print) {
            Ok(credential) => {
                known = true;
                out.push_str(&said(&credential));
            }
            Err(Error::Unknown(_)) => out.push_str(&format!("{print} not in the inventory\n")),
            Err(error) => return Err(books::fault(&path, &error)),
        }
    }
    talk::print(out.as_bytes())?;
    Ok(if known { KNOWN } else { CLEAN })
}

fn said(credential: &Credential) -> String {
    format!(
        "{} in the inventory: {}, {}, seen {} times in {} contexts\n",
        credential.fingerprint,
        credential.rule,
        credential.status.as_str(),
        credential.times,
        credential.blast.contexts
    )
}
