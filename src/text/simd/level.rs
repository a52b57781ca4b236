//! Which vector instructions are used: the best that the processor has, or fewer if this process is told so.
//!
//! Chosen when it is first asked, for the whole process. What is found is the same at every level.

use std::sync::atomic::{AtomicU8, Ordering};

/// The vector instructions that are used. What is found is the same with all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// None.
    Portable,
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with VBMI.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// The level in use, as its place in [`Level::ALL`] and one; zero until it was looked up.
static IN_USE: AtomicU8 = AtomicU8::new(0);

impl Level {
    #[cfg(target_arch = "x86_64")]
    const ALL: [Level; 3] = [Level::Portable, Level::Avx2, Level::Avx512];
    #[cfg(not(target_arch = "x86_64"))]
    const ALL: [Level; 1] = [Level::Portable];

    /// What this process uses.
    #[must_use]
    #[inline]
    pub fn in_use() -> Level {
        let known = usize::from(IN_USE.load(Ordering::Relaxed)).wrapping_sub(1);
        match Level::ALL.get(known) {
            Some(level) => *level,
            None => Level::best().used(),
        }
    }

    /// Lets this whole process use no better ones from now on, to measure or to compare; answers what it then uses.
    pub fn limit(self) -> Level {
        self.min(Level::best()).used()
    }

    fn used(self) -> Level {
        let place = Level::ALL.iter().position(|level| *level == self).unwrap_or(0);
        IN_USE.store(place as u8 + 1, Ordering::Relaxed);
        self
    }

    /// The word used on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
        }
    }

    /// The level of this name, if this kind of processor may have it.
    #[must_use]
    pub fn named(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// The best that this processor has.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn best() -> Level {
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi");
        if wide {
            Level::Avx512
        } else if is_x86_feature_detected!("avx2") {
            Level::Avx2
        } else {
            Level::Portable
        }
    }

    /// The best that this processor has.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn best() -> Level {
        Level::Portable
    }
}
