//! Any text as a pack: an error that names a line, or a pack that builds a scanner that scans.
#![no_main]

use keysieve::{Pack, Scanner};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Pack::parse("fuzz.toml", text) {
        Err(e) => assert!(e.line().is_some() && !e.to_string().is_empty()),
        Ok(pack) => {
            if let Ok(scanner) = Scanner::builder().pack(pack).build() {
                let _ = scanner.find_iter(text.as_bytes()).count();
            }
        }
    }
});
