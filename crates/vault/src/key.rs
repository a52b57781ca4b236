//! The key of a vault, and the keys made from it.

use std::fmt;
use std::io;

use hmac::{Hmac, KeyInit, Mac};
use keysieve::StandInKey;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The least characters of a key. It is not stretched: draw it at random.
pub const KEY_TEXT: usize = 32;

/// The key of a vault. Never printed, erased when dropped.
#[derive(Clone)]
pub struct VaultKey(Zeroizing<[u8; 32]>);

impl VaultKey {
    /// A key from a text that was drawn at random; white space around it does not count.
    ///
    /// # Errors
    /// When it is shorter than [`KEY_TEXT`].
    pub fn from_text(text: &[u8]) -> io::Result<VaultKey> {
        let text = text.trim_ascii();
        if text.len() < KEY_TEXT {
            let message = format!(
                "a vault key has {KEY_TEXT} characters or more; `keysieve vault key` draws one"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(VaultKey(Zeroizing::new(Sha256::digest(text).into())))
    }

    /// The key of stand-ins that belongs to it. It does not depend on the file, so that stand-ins outlive a vault that was
    /// wiped, and prompt caches with them.
    #[must_use]
    pub fn stand_in_key(&self) -> StandInKey {
        StandInKey::new(*self.derive(b"keysieve vault: stand-ins 1"))
    }

    /// 32 bytes for one purpose.
    pub(crate) fn derive(&self, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0; 32]);
        // HMAC takes keys of every length, so that the error case does not occur.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0[..]) {
            mac.update(purpose);
            out.copy_from_slice(&mac.finalize().into_bytes());
        }
        out
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultKey([32 bytes])")
    }
}
