//! A vault in memory, for tests of stand-ins.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use keysieve::{Original, Secret, Vault};

/// Keeps originals for as long as it lives.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<Vec<u8>, Vec<u8>>>);

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl Memory {
    pub fn new() -> Arc<Memory> {
        Arc::default()
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// As if everything had expired.
    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

impl Vault for Memory {
    fn keep(&self, stand_in: &[u8], original: Secret<'_>) -> io::Result<bool> {
        let mut all = self.0.lock().unwrap();
        let kept = all.entry(stand_in.to_vec()).or_insert_with(|| original.expose().to_vec());
        Ok(kept == original.expose())
    }

    fn original(&self, stand_in: &[u8]) -> io::Result<Option<Original>> {
        Ok(self.0.lock().unwrap().get(stand_in).map(|kept| Original::new(kept.clone())))
    }

    fn names(&self) -> io::Result<Vec<Vec<u8>>> {
        Ok(self.0.lock().unwrap().keys().cloned().collect())
    }
}
