//! Runs the secret scanner of the crate cerberust over the files named, each as one text with a vault of its own, and
//! prints how many placeholders it made. Bytes that are not UTF-8 are replaced first, as its interface wants text.

use cerberust::{ScanCtx, Scanner, SecretScanner};

fn main() -> std::io::Result<()> {
    let scanner = SecretScanner::new();
    let mut found = 0;
    for path in std::env::args_os().skip(1) {
        let bytes = std::fs::read(path)?;
        let text = String::from_utf8_lossy(&bytes);
        let mut context = ScanCtx::new();
        if scanner.scan(&text, &mut context).is_ok() {
            found += context.vault.len();
        }
    }
    println!("{found}");
    Ok(())
}
