//! Packs as bytes: what the build script works out of the TOML once, so that no start has to.
//!
//! A compact, private form: numbers are varints, a list begins with its length, a byte set is a number in a table at the
//! front. Each type writes and reads all its fields by name, so that a field that is forgotten does not compile. Texts
//! are borrowed from the bytes, and what only people ask for is read when they ask ([`Later`]).
//! Guarantees: reading is total (`None` for bytes that were not written here), and what was read writes the same bytes.
//! Leaves out: versions. The bytes are made by the same build that reads them and stored nowhere else.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::benign::Benign;
use super::rule::Rule;
use crate::text::byteset::ByteSet;

/// The packs of `patterns/`, in the order in which they are laid.
#[allow(dead_code, reason = "the build script and the tests write, the library reads")]
pub(crate) const SHIPPED: &[&str] = &[
    "patterns/ai.toml",
    "patterns/cloud.toml",
    "patterns/vcs.toml",
    "patterns/ci.toml",
    "patterns/registry.toml",
    "patterns/comms.toml",
    "patterns/payments.toml",
    "patterns/saas.toml",
    "patterns/feeds.toml",
    "patterns/office.toml",
    "patterns/database.toml",
    "patterns/identity.toml",
    "patterns/observability.toml",
    "patterns/infra.toml",
    "patterns/crypto.toml",
    "patterns/generic.toml",
    "patterns/benign.toml",
];

/// What is shipped: the rules and the benign shapes of all these packs.
#[allow(dead_code, reason = "a library without built-in packs reads none")]
pub(crate) type Shipment = (Vec<Arc<Rule>>, Vec<Arc<Benign>>);

/// A text of a pack: borrowed from the library itself, or read from a file.
pub(crate) type Text = Cow<'static, str>;

/// The same for bytes.
pub(crate) type Bytes = Cow<'static, [u8]>;

/// Where packed bytes are written to.
#[derive(Debug, Default)]
#[allow(dead_code, reason = "the build script and the tests write, the library reads")]
pub(crate) struct Out {
    bytes: Vec<u8>,
    sets: Vec<ByteSet>,
}

/// Where packed bytes are read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From<'s> {
    rest: &'static [u8],
    sets: &'s [ByteSet],
}

/// What can be written and read back.
pub(crate) trait Packed: Sized {
    #[allow(dead_code, reason = "the build script and the tests write, the library reads")]
    fn pack(&self, out: &mut Out);
    fn unpack(from: &mut From<'_>) -> Option<Self>;
}

/// The bytes of `what`, with its table of byte sets.
#[allow(dead_code, reason = "the build script and the tests write, the library reads")]
pub(crate) fn pack(what: &impl Packed) -> Vec<u8> {
    let mut out = Out::default();
    what.pack(&mut out);
    let mut all = Out::default();
    out.sets.len().pack(&mut all);
    for set in &out.sets {
        all.bytes.extend(set.words().iter().flat_map(|word| word.to_le_bytes()));
    }
    all.bytes.extend(out.bytes);
    all.bytes
}

/// What was written with [`pack`].
pub(crate) fn unpack<T: Packed>(bytes: &'static [u8]) -> Option<T> {
    let mut from = From { rest: bytes, sets: &[] };
    let count = usize::unpack(&mut from)?;
    let table = from.take(count.checked_mul(32)?)?;
    let word = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).ok();
    let set = |bytes: &[u8]| {
        let mut words = [0; 4];
        for (slot, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *slot = word(bytes)?;
        }
        Some(ByteSet::of_words(words))
    };
    let sets: Option<Vec<ByteSet>> = table.chunks_exact(32).map(set).collect();
    let mut from = From { rest: from.rest, sets: &sets? };
    let what = T::unpack(&mut from)?;
    from.rest.is_empty().then_some(what)
}

impl From<'_> {
    fn take(&mut self, len: usize) -> Option<&'static [u8]> {
        let (head, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(head)
    }
}

/// Something that is read from packed bytes when it is first asked for.
#[derive(Debug, Clone)]
pub(crate) struct Later<T> {
    packed: &'static [u8],
    read: OnceLock<T>,
}

impl<T> Later<T> {
    /// What is there already.
    pub(crate) fn now(value: T) -> Later<T> {
        Later { packed: &[], read: OnceLock::from(value) }
    }
}

impl<T: Packed + Default> Deref for Later<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // Bytes that cannot be read are a defect of the build, found by its tests.
        self.read.get_or_init(|| unpack(self.packed).unwrap_or_default())
    }
}

impl<T: Packed + Default> Packed for Later<T> {
    fn pack(&self, out: &mut Out) {
        let own = pack(&**self);
        own.len().pack(out);
        out.bytes.extend(own);
    }

    fn unpack(from: &mut From<'_>) -> Option<Self> {
        let len = usize::unpack(from)?;
        Some(Later { packed: from.take(len)?, read: OnceLock::new() })
    }
}

impl Packed for usize {
    fn pack(&self, out: &mut Out) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.bytes.push(rest as u8);
    }

    fn unpack(from: &mut From<'_>) -> Option<usize> {
        let mut value = 0usize;
        for shift in (0..usize::BITS).step_by(7) {
            let (&byte, rest) = from.rest.split_first()?;
            from.rest = rest;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl Packed for u64 {
    fn pack(&self, out: &mut Out) {
        out.bytes.extend(self.to_le_bytes());
    }

    fn unpack(from: &mut From<'_>) -> Option<u64> {
        from.take(8)?.try_into().map(u64::from_le_bytes).ok()
    }
}

impl Packed for u32 {
    fn pack(&self, out: &mut Out) {
        (*self as usize).pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<u32> {
        usize::unpack(from)?.try_into().ok()
    }
}

impl Packed for u16 {
    fn pack(&self, out: &mut Out) {
        usize::from(*self).pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<u16> {
        usize::unpack(from)?.try_into().ok()
    }
}

impl Packed for u8 {
    fn pack(&self, out: &mut Out) {
        out.bytes.push(*self);
    }

    fn unpack(from: &mut From<'_>) -> Option<u8> {
        let (&byte, rest) = from.rest.split_first()?;
        from.rest = rest;
        Some(byte)
    }
}

impl Packed for bool {
    fn pack(&self, out: &mut Out) {
        u8::from(*self).pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<bool> {
        u8::unpack(from).map(|byte| byte != 0)
    }
}

impl Packed for f32 {
    fn pack(&self, out: &mut Out) {
        out.bytes.extend(self.to_le_bytes());
    }

    fn unpack(from: &mut From<'_>) -> Option<f32> {
        from.take(4)?.try_into().map(f32::from_le_bytes).ok()
    }
}

impl Packed for Text {
    fn pack(&self, out: &mut Out) {
        self.len().pack(out);
        out.bytes.extend(self.as_bytes());
    }

    fn unpack(from: &mut From<'_>) -> Option<Text> {
        let len = usize::unpack(from)?;
        std::str::from_utf8(from.take(len)?).ok().map(Text::Borrowed)
    }
}

impl Packed for Bytes {
    fn pack(&self, out: &mut Out) {
        self.len().pack(out);
        out.bytes.extend(&**self);
    }

    fn unpack(from: &mut From<'_>) -> Option<Bytes> {
        let len = usize::unpack(from)?;
        from.take(len).map(Bytes::Borrowed)
    }
}

impl Packed for String {
    fn pack(&self, out: &mut Out) {
        self.len().pack(out);
        out.bytes.extend(self.as_bytes());
    }

    fn unpack(from: &mut From<'_>) -> Option<String> {
        Text::unpack(from).map(Text::into_owned)
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn pack(&self, out: &mut Out) {
        self.len().pack(out);
        self.iter().for_each(|item| item.pack(out));
    }

    fn unpack(from: &mut From<'_>) -> Option<Vec<T>> {
        let len = usize::unpack(from)?;
        // Everything takes at least a byte.
        let mut items = Vec::with_capacity(len.min(from.rest.len()));
        for _ in 0..len {
            items.push(T::unpack(from)?);
        }
        Some(items)
    }
}

impl<T: Packed, const N: usize> Packed for [T; N] {
    fn pack(&self, out: &mut Out) {
        self.iter().for_each(|item| item.pack(out));
    }

    fn unpack(from: &mut From<'_>) -> Option<[T; N]> {
        let items: Option<Vec<T>> = (0..N).map(|_| T::unpack(from)).collect();
        items?.try_into().ok()
    }
}

impl<T: Packed> Packed for Option<T> {
    fn pack(&self, out: &mut Out) {
        self.is_some().pack(out);
        self.iter().for_each(|item| item.pack(out));
    }

    fn unpack(from: &mut From<'_>) -> Option<Option<T>> {
        if bool::unpack(from)? { T::unpack(from).map(Some) } else { Some(None) }
    }
}

impl<T: Packed> Packed for Box<T> {
    fn pack(&self, out: &mut Out) {
        (**self).pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<Box<T>> {
        T::unpack(from).map(Box::new)
    }
}

impl<T: Packed> Packed for Arc<T> {
    fn pack(&self, out: &mut Out) {
        (**self).pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<Arc<T>> {
        T::unpack(from).map(Arc::new)
    }
}

impl Packed for Arc<str> {
    fn pack(&self, out: &mut Out) {
        self.len().pack(out);
        out.bytes.extend(self.as_bytes());
    }

    fn unpack(from: &mut From<'_>) -> Option<Arc<str>> {
        Text::unpack(from).map(|text| Arc::from(&*text))
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn pack(&self, out: &mut Out) {
        self.0.pack(out);
        self.1.pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<(A, B)> {
        Some((A::unpack(from)?, B::unpack(from)?))
    }
}

impl Packed for ByteSet {
    fn pack(&self, out: &mut Out) {
        let known = out.sets.iter().position(|set| set == self);
        let number = known.unwrap_or_else(|| {
            out.sets.push(*self);
            out.sets.len() - 1
        });
        number.pack(out);
    }

    fn unpack(from: &mut From<'_>) -> Option<ByteSet> {
        let number = usize::unpack(from)?;
        from.sets.get(number).copied()
    }
}

/// Writes and reads a structure field by field.
macro_rules! packed_fields {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::rules::packed::Packed for $name {
            fn pack(&self, out: &mut $crate::rules::packed::Out) {
                let $name { $($field),+ } = self;
                $($crate::rules::packed::Packed::pack($field, out);)+
            }

            fn unpack(from: &mut $crate::rules::packed::From<'_>) -> Option<$name> {
                $(let $field = $crate::rules::packed::Packed::unpack(from)?;)+
                Some($name { $($field),+ })
            }
        }
    };
}

/// Writes and reads an enumeration without fields as the number of the word.
macro_rules! packed_words {
    ($name:ident { $($word:ident),+ $(,)? }) => {
        impl $crate::rules::packed::Packed for $name {
            fn pack(&self, out: &mut $crate::rules::packed::Out) {
                // Every word is named, or this does not compile.
                match self { $($name::$word)|+ => {} }
                let number = [$($name::$word),+].iter().position(|word| word == self);
                $crate::rules::packed::Packed::pack(&number.unwrap_or_default(), out);
            }

            fn unpack(from: &mut $crate::rules::packed::From<'_>) -> Option<$name> {
                let number: usize = $crate::rules::packed::Packed::unpack(from)?;
                [$($name::$word),+].get(number).copied()
            }
        }
    };
}

pub(crate) use packed_fields;
pub(crate) use packed_words;

#[cfg(test)]
mod tests;
