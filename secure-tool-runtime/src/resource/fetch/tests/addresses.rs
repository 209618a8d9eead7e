use std::net::IpAddr;

use super::super::address::special;

fn of(text: &str) -> Option<&'static str> {
    special(text.parse::<IpAddr>().unwrap())
}

/// First and last address of each block, and those just outside.
#[test]
fn blocks_have_exact_ends() {
    let blocks = [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.31.196.0", "192.31.196.255"),
        ("192.52.193.0", "192.52.193.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("192.175.48.0", "192.175.48.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "255.255.255.255"),
        ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ];
    // What is next to a block and within another one.
    let neighbours = ["223.255.255.255", "1fff::", "3fff:1000::"];
    for (first, last) in blocks {
        assert!(of(first).is_some() && of(last).is_some(), "{first} {last}");
        for outside in [step(first, -1), step(last, 1)].into_iter().flatten() {
            let in_other = blocks.iter().any(|(first, last)| is_between(outside, first, last));
            assert_eq!(special(outside).is_some(), in_other, "{outside} beside {first} to {last}");
        }
    }
    assert_eq!(of(neighbours[0]), None);
    assert!(of(neighbours[1]).is_some());
    assert_eq!(of(neighbours[2]), None);
}

fn is_between(address: IpAddr, first: &str, last: &str) -> bool {
    let (first, last): (IpAddr, IpAddr) = (first.parse().unwrap(), last.parse().unwrap());
    first.is_ipv4() == address.is_ipv4() && first <= address && address <= last
}

fn step(address: &str, by: i8) -> Option<IpAddr> {
    match address.parse().unwrap() {
        IpAddr::V4(v4) => {
            v4.to_bits().checked_add_signed(by.into()).map(|bits| IpAddr::V4(bits.into()))
        }
        IpAddr::V6(v6) => {
            v6.to_bits().checked_add_signed(by.into()).map(|bits| IpAddr::V6(bits.into()))
        }
    }
}

#[test]
fn hosts_on_the_internet_are_not_special() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "172.15.255.255",
        "172.32.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:80b::200e",
        "2001:4860:4860::8888",
        "64:ff9b::8.8.8.8",
    ] {
        assert_eq!(of(address), None, "{address}");
    }
}

#[test]
fn ipv4_within_ipv6_is_found_or_refused() {
    for address in [
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fe80::1",
        "fec0::1",
        "fd00:ec2::254",
        "ff02::1",
        "100::1",
        "100:0:0:1::1",
        "5f00::1",
    ] {
        assert!(of(address).is_some(), "{address}");
    }
}
