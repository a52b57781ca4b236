//! How entries stand in the file.
//!
//! ```text
//! file   = magic (16 bytes), identity drawn at random (16), frames
//! frame  = length of the sealed part (4, little endian), its check (4), nonce (24), sealed part
//! entry  = kind (1), expires in seconds since 1970 (8, little endian), length of the name (2), name, original
//! ```
//!
//! The sealed part is XChaCha20-Poly1305 of the entry; what it is bound to besides is the identity and the number of the
//! frame. The check is a keyed hash of identity, number and length, so that a changed length is told from a torn end.
//! The first frame holds no entry: it tells a wrong key.

use std::io;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use keysieve::{Original, Secret};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key::VaultKey;

pub(crate) const MAGIC: &[u8; 16] = b"keysieve vault 1";
/// Bytes before the first frame.
pub(crate) const HEADER: u64 = 32;
/// Bytes of a frame before its nonce.
pub(crate) const HEAD: usize = 8;
const NONCE: usize = 24;
/// The longest sealed part: an original is no longer than the longest finding.
const LONGEST: usize = 4 * 1024 * 1024;
const KEEPS: u8 = 1;

/// Seals and opens the frames of one file.
pub(crate) struct Seal {
    cipher: XChaCha20Poly1305,
    check: Zeroizing<[u8; 32]>,
    identity: [u8; 16],
}

/// What an entry says besides its original.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) stand_in: Vec<u8>,
    pub(crate) expires: u64,
}

/// What stands where a frame should begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// A frame of so many bytes behind its head.
    Frame(usize),
    /// The beginning of one.
    Torn,
}

impl Seal {
    pub(crate) fn new(key: &VaultKey, identity: [u8; 16]) -> Seal {
        let cipher = XChaCha20Poly1305::new((&*key.derive(b"keysieve vault: entries 1")).into());
        Seal { cipher, check: key.derive(b"keysieve vault: lengths 1"), identity }
    }

    /// The frame that tells a wrong key.
    pub(crate) fn first(&self) -> io::Result<Vec<u8>> {
        self.seal(0, &[0])
    }

    /// The frame of an entry.
    pub(crate) fn frame(
        &self,
        number: u64,
        entry: &Entry,
        original: Secret<'_>,
    ) -> io::Result<Vec<u8>> {
        let name = u16::try_from(entry.stand_in.len())
            .map_err(|_| io::Error::other("the name of a stand-in is too long"))?;
        // Sized once: growing would leave copies of the original behind.
        let size = 1 + 8 + 2 + entry.stand_in.len() + original.len();
        let mut plain = Zeroizing::new(Vec::with_capacity(size));
        plain.push(KEEPS);
        plain.extend(entry.expires.to_le_bytes());
        plain.extend(name.to_le_bytes());
        plain.extend(&entry.stand_in);
        plain.extend(original.expose());
        self.seal(number, &plain)
    }

    fn seal(&self, number: u64, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| io::Error::other(error.to_string()))?;
        let bound = self.bound(number);
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &bound })
            .map_err(|_| io::Error::other("cannot be encrypted"))?;
        let length = (NONCE + sealed.len()) as u32;
        let mut frame = Vec::with_capacity(HEAD + NONCE + sealed.len());
        frame.extend(length.to_le_bytes());
        frame.extend(self.check_of(number, length));
        frame.extend(nonce);
        frame.extend(sealed);
        Ok(frame)
    }

    /// What stands at the beginning of `rest`, the bytes from frame `number` on.
    pub(crate) fn head(&self, number: u64, rest: &[u8]) -> io::Result<Head> {
        let Some((head, behind)) = rest.split_at_checked(HEAD) else { return Ok(Head::Torn) };
        let (length, check) = head.split_at(4);
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default());
        // A disk that lost power may have kept the file's new length only.
        if rest.iter().all(|byte| *byte == 0) {
            return Ok(Head::Torn);
        }
        if self.check_of(number, length) != check || length as usize > LONGEST {
            return Err(if number == 0 { foreign() } else { tampered() });
        }
        let length = length as usize;
        Ok(if behind.len() < length { Head::Torn } else { Head::Frame(length) })
    }

    /// The entry of a frame without its head, and its original. No entry in the first.
    pub(crate) fn open(&self, number: u64, frame: &[u8]) -> io::Result<Option<(Entry, Original)>> {
        let (nonce, sealed) = frame.split_at_checked(NONCE).ok_or_else(tampered)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| tampered())?;
        let bound = self.bound(number);
        let plain = self
            .cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: &bound })
            .map_err(|_| if number == 0 { foreign() } else { tampered() })?;
        let plain = Zeroizing::new(plain);
        if number == 0 {
            return Ok(None);
        }
        let entry = parse(&plain).ok_or_else(tampered)?;
        Ok(Some(entry))
    }

    fn bound(&self, number: u64) -> [u8; 24] {
        let mut bound = [0; 24];
        let (identity, place) = bound.split_at_mut(16);
        identity.copy_from_slice(&self.identity);
        place.copy_from_slice(&number.to_le_bytes());
        bound
    }

    fn check_of(&self, number: u64, length: u32) -> [u8; 4] {
        let mut out = [0; 4];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.check[..]) {
            mac.update(&self.bound(number));
            mac.update(&length.to_le_bytes());
            out.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        }
        out
    }
}

fn parse(plain: &[u8]) -> Option<(Entry, Original)> {
    let (kind, rest) = plain.split_first()?;
    let (expires, rest) = rest.split_first_chunk::<8>()?;
    let (name, rest) = rest.split_first_chunk::<2>()?;
    let (stand_in, original) = rest.split_at_checked(u16::from_le_bytes(*name).into())?;
    let entry = Entry { stand_in: stand_in.to_vec(), expires: u64::from_le_bytes(*expires) };
    (*kind == KEEPS).then(|| (entry, Original::new(original.to_vec())))
}

pub(crate) fn tampered() -> io::Error {
    let message = "the vault was tampered with, or is damaged; nothing of it is used";
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn foreign() -> io::Error {
    let message = "the vault belongs to another key, or was tampered with";
    io::Error::new(io::ErrorKind::InvalidData, message)
}
