//! Which addresses alerts may go to.
//!
//! A name is resolved once, every address that is not public is dropped, and the connection is made to what is left: a
//! name that answers differently a second time gets no second question. This keeps a sink that somebody else configured from
//! reaching into our network or to a cloud's metadata service.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

/// Where alerts may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public addresses only.
    #[default]
    Public,
    /// Private, loopback and link-local ones too.
    Anywhere,
}

impl Reach {
    pub(crate) fn allows(self, address: IpAddr) -> bool {
        self == Reach::Anywhere || !is_private(address)
    }

    /// The addresses of a host and port that may be connected to.
    pub(crate) fn resolve(self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let all: Vec<SocketAddr> = (bare, port).to_socket_addrs()?.collect();
        let found = !all.is_empty();
        let left: Vec<SocketAddr> = all.into_iter().filter(|it| self.allows(it.ip())).collect();
        match (left.is_empty(), found) {
            (false, _) => Ok(left),
            (true, true) => Err(refused()),
            (true, false) => Err(io::Error::new(io::ErrorKind::NotFound, "no address")),
        }
    }
}

/// The answer for an address that is not public.
pub(crate) fn refused() -> io::Error {
    let why = "its address is private, loopback or link-local; --alert-allow-private allows that";
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

/// Whether an address is not a public unicast address (IANA special-purpose registries, RFC 6890), seen through the ways to
/// write an IPv4 address as an IPv6 one.
///
/// ```
/// use keysieve_alert::is_private;
/// assert!(is_private("169.254.169.254".parse().unwrap()));
/// assert!(is_private("::ffff:10.0.0.1".parse().unwrap()));
/// assert!(!is_private("2606:4700::1111".parse().unwrap()));
/// ```
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

/// Azure's metadata and agents, at a public address that is inside every machine's own network:
/// <https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16>
const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_multicast()
        || v4.is_broadcast()
        || v4.is_documentation()
        || WIRE_SERVER == v4
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    let s = v6.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        // Mapped, compatible, and NAT64.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_private_v4(v4(high, low))
        }
        // 6to4.
        [0x2002, high, low, ..] => is_private_v4(v4(high, low)),
        // Of what is left, only 2000::/3 is public; of it not Teredo, benchmarks, ORCHID and documentation.
        [a, b, ..] => {
            a & 0xe000 != 0x2000
                || (a == 0x2001 && (b < 0x200 || b == 0xdb8))
                || (a == 0x3fff && b < 0x1000)
        }
    }
}
