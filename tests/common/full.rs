//! A vault that keeps nothing, for what has to happen then.

/// A vault on a full disk.
#[derive(Debug)]
pub struct Full;

impl keysieve::Vault for Full {
    fn keep(&self, _: &[u8], _: keysieve::Secret<'_>) -> std::io::Result<bool> {
        Err(std::io::Error::other("no space"))
    }

    fn original(&self, _: &[u8]) -> std::io::Result<Option<keysieve::Original>> {
        Ok(None)
    }

    fn names(&self) -> std::io::Result<Vec<Vec<u8>>> {
        Ok(Vec::new())
    }
}
