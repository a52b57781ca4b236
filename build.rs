//! Works the packs of `patterns/` out at build time, with the engine's own reader.
//!
//! The modules below are those of the engine, compiled a second time for the machine that builds. What they make of the
//! TOML is written as bytes to `OUT_DIR`, and `src/rules/builtin.rs` takes it up again. Why: docs/adr/0006-packed-rules.md.

#![allow(dead_code, unused_imports, reason = "only a part of the engine's modules is needed here")]

#[cfg(feature = "builtin")]
#[path = "src/check"]
mod check {
    pub(crate) mod checksum;
    pub(crate) mod describe;
    pub(crate) mod phrase;
    pub(crate) mod wordlist;
}
#[cfg(feature = "builtin")]
#[path = "src/detect"]
mod detect {
    pub(crate) mod boundary;
    pub(crate) mod lexicon;
    pub(crate) mod prefilter;
    pub(crate) mod mention {
        pub(crate) mod providers;
        pub(crate) mod shapes;
        mod words;
    }
    pub(crate) mod prepared;
}
#[cfg(feature = "builtin")]
#[path = "src/error.rs"]
mod error;
#[cfg(feature = "builtin")]
#[path = "src/rules"]
mod rules {
    pub(crate) mod benign;
    pub(crate) mod exemption;
    pub(crate) mod glob;
    pub(crate) mod keywords;
    pub(crate) mod packed;
    pub(crate) mod parse;
    pub(crate) mod patch;
    pub(crate) mod pattern;
    pub(crate) mod reader;
    pub(crate) mod rule;
    pub(crate) mod shape;
}
#[cfg(feature = "builtin")]
#[path = "src/text"]
mod text {
    pub(crate) mod bits;
    pub(crate) mod byteset;
    pub(crate) mod choice;
    pub(crate) mod crc;
    pub(crate) mod simd;
    pub(crate) mod span;
    pub(crate) mod view;
}

fn main() {
    println!("cargo::rerun-if-changed=patterns");
    #[cfg(feature = "builtin")]
    if let Err(fault) = shipment::write() {
        println!("cargo::error={fault}");
        std::process::exit(1);
    }
}

#[cfg(feature = "builtin")]
mod shipment {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::Arc;
    use std::{env, fs};

    use crate::detect::prepared::Prepared;
    use crate::rules::packed::{self, SHIPPED, Shipment};
    use crate::rules::parse;

    /// Reads all packs and writes what they hold.
    pub(crate) fn write() -> Result<(), String> {
        let root = env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?;
        let out = env::var_os("OUT_DIR").ok_or("no OUT_DIR")?;
        let mut all = Shipment::default();
        for file in SHIPPED {
            let text = fs::read_to_string(Path::new(&root).join(file));
            let text = text.map_err(|error| format!("{file}: {error}"))?;
            let parsed = parse::pack(file, &text).map_err(|error| error.to_string())?;
            let alone = parsed.extends.is_empty() && parsed.disable.is_empty();
            if !alone || !parsed.patches.is_empty() || !parsed.exemptions.is_empty() {
                return Err(format!("{file}: a built-in pack holds rules and benign shapes only"));
            }
            all.0.extend(parsed.rules.into_iter().map(Arc::new));
            all.1.extend(parsed.benign.into_iter().map(Arc::new));
        }
        let mut seen = BTreeMap::new();
        for rule in &all.0 {
            let here = format!("{}:{}", rule.file(), rule.origin().1);
            if let Some(first) = seen.insert(rule.id(), here.clone()) {
                return Err(format!("{here}: the id `{}` is used already, in {first}", rule.id()));
            }
        }
        let prepared = Prepared::new(&all.0);
        for (name, bytes) in [("pack", packed::pack(&all)), ("prepared", packed::pack(&prepared))] {
            let file = Path::new(&out).join(format!("builtin.{name}"));
            fs::write(&file, bytes).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }
}
