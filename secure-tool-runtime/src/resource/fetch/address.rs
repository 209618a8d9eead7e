//! Which addresses are on the public internet.
//!
//! Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries, both as of 2025-10-09, and for
//! multicast and unassigned IPv6 the IANA address space registries. What is registered is refused whole,
//! also the few blocks in it that are globally reachable: none of them serves web pages.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4: first address, length of the prefix in bits, name.
const SPECIAL_V4: [(Ipv4Addr, u32, &str); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private use"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared address space"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private use"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "IETF protocol assignments"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "AS112"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "AMT"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "6to4 relay"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private use"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "AS112"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
];

/// Multicast, reserved and broadcast addresses are all there is from here on.
const AFTER_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 0);

/// All that IPv6 has for hosts on the internet so far.
const GLOBAL_V6: Ipv6Addr = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0);

/// Blocks within it that are something else.
const SPECIAL_V6: [(Ipv6Addr, u32, &str); 5] = [
    // Teredo, benchmarking, ORCHID, AMT, drone identifiers, anycast of protocols.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "IETF protocol assignments"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4"),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48, "AS112"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "documentation"),
];

/// The prefix behind which networks without IPv4 put all of it (RFC 6052).
const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);

/// What an address is, if it is not one of a host on the public internet.
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    if address >= AFTER_V4 {
        return Some("multicast or reserved");
    }
    let within = |(first, bits, _): &&(Ipv4Addr, u32, _)| {
        address.to_bits() >> (32 - bits) == first.to_bits() >> (32 - bits)
    };
    SPECIAL_V4.iter().find(within).map(|(_, _, name)| *name)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    if is_within(address, NAT64, 96) {
        // The low 32 bits are where the packet goes.
        return special_v4(Ipv4Addr::from_bits((address.to_bits() & 0xffff_ffff) as u32));
    }
    if !is_within(address, GLOBAL_V6, 3) {
        // Loopback, mapped and compatible IPv4, unique and link local, multicast, not assigned.
        return Some("not global unicast");
    }
    let within = |(first, bits, _): &&(Ipv6Addr, u32, _)| is_within(address, *first, *bits);
    SPECIAL_V6.iter().find(within).map(|(_, _, name)| *name)
}

fn is_within(address: Ipv6Addr, first: Ipv6Addr, bits: u32) -> bool {
    address.to_bits() >> (128 - bits) == first.to_bits() >> (128 - bits)
}
