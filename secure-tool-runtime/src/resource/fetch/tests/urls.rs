use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::SafeUrl;
use crate::input::{At, Input, Rules, Undeclared, Violations, generator};

fn decode(value: Value) -> Result<SafeUrl, String> {
    let mut violations = Violations::new();
    <SafeUrl as Input<Undeclared>>::decode(value, &Rules::NONE, &At::ROOT, &mut violations)
        .ok_or_else(|| violations.sentences())
}

#[test]
fn what_people_send_is_a_url() {
    let cases = [
        ("https://example.com", "https://example.com/"),
        ("https://EXAMPLE.com:443/a/../b?c=d%20e", "https://example.com/b?c=d%20e"),
        ("https://example.com?q=a@b", "https://example.com/?q=a@b"),
        ("https://example.com:8443/@scope", "https://example.com:8443/@scope"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ/", "https://example.com/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/"),
    ];
    for (text, expected) in cases {
        assert_eq!(decode(json!(text)).map(|url| url.to_string()), Ok(expected.into()), "{text}");
    }
}

#[test]
fn what_could_mean_something_else_is_refused() {
    let plain = "must not contain white space, `\\`, control or invisible characters";
    let cases = [
        ("http://example.com/", "must begin with `https://`"),
        ("HTTPS://example.com/", "must begin with `https://`"),
        ("file:///etc/passwd", "must begin with `https://`"),
        ("gopher://example.com:6379/_save", "must begin with `https://`"),
        ("//example.com/", "must begin with `https://`"),
        ("https:/example.com/", "must begin with `https://`"),
        ("jar:https://example.com!/", "must begin with `https://`"),
        ("https://user@example.com/", "must not contain a user name or password"),
        ("https://user:pass@example.com/", "must not contain a user name or password"),
        ("https://@example.com/", "must not contain a user name or password"),
        ("https://example.com@127.0.0.1/", "must not contain a user name or password"),
        ("https://%6c%6fcalhost/", "must not contain escapes in the host"),
        ("https://[fe80::1%25eth0]/", "must not contain escapes in the host"),
        ("https://example.com/#top", "must not contain a fragment"),
        ("https://example.com#@127.0.0.1/", "must not contain a fragment"),
        ("https://example.com\\@127.0.0.1/", plain),
        (" https://example.com/", plain),
        ("https://exa\tmple.com/", plain),
        ("https://example.com/\r\nHost: x", plain),
        ("https://example.com/\0", plain),
        ("https://example.com/\u{202e}x", plain),
        ("https://exam\u{ad}ple.com/", plain),
        ("https://", "must be a valid URL"),
        ("https:///example.com/", "must be a valid URL"),
        ("https://?a", "must be a valid URL"),
        ("https://example.com:0/", "must be a valid URL"),
        ("https://example.com:65536/", "must be a valid URL"),
        ("https://exa mple.com/", plain),
        ("https://7147006462/", "must be a valid URL"),
        ("https://425.510.425.510/", "must be a valid URL"),
        ("https://1.2.3.4.5/", "must be a valid URL"),
        ("https://[::1/", "must be a valid URL"),
        ("", "must have 9 to 2048 characters"),
    ];
    for (text, demand) in cases {
        assert_eq!(decode(json!(text)).unwrap_err(), format!("- `$` {demand}"), "{text:?}");
    }
    assert_eq!(decode(json!(1)).unwrap_err(), "- `$` must be text");
}

#[test]
fn hosts_that_are_not_public_are_refused_in_every_spelling() {
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "ip6-localhost",
        "metadata",
        "metadata.google.internal",
        "printer.local",
        "x.onion",
        "router.home.arpa",
        "example.com.",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7f.0.0.0x1",
        "0177.0.0.1",
        "017700000001",
        "0177.1",
        "00000177.0.0.1",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "2852039166",
        "0xa9fea9fe",
        "0xA9.0xFE.0xA9.0xFE",
        "0251.0376.0251.0376",
        "0251.254.169.254",
        "0251.00376.000251.0000376",
        "169.254.43518",
        "10.1",
        "3232235777",
        "192.168.1.1",
        "172.31.255.255",
        "100.100.100.200",
        "255.255.255.255",
        "224.0.0.1",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:0001::]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
    ] {
        for url in [format!("https://{host}/"), format!("https://{host}:443/x?y")] {
            assert_eq!(
                decode(json!(url)).unwrap_err(),
                "- `$` must be of a host on the public internet",
                "{url}"
            );
        }
    }
}

#[test]
fn the_length_counts_what_is_sent() {
    let at = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
    assert!(decode(json!(at(2048))).is_ok());
    assert!(decode(json!(at(2049))).is_err());
    assert!(decode(json!(format!("https://example.com/{}", "ü".repeat(1000)))).is_err());
    assert!(decode(json!(at(1 << 20))).is_err());
}

#[test]
fn redirects_are_read_as_strictly() {
    let url = SafeUrl::try_from("https://example.com/a/b").unwrap();
    let to = |location: &str| url.join(location).map(|url| url.to_string());
    assert_eq!(to("c").as_deref(), Some("https://example.com/a/c"));
    assert_eq!(to("/c#top").as_deref(), Some("https://example.com/c"));
    assert_eq!(to("//example.org/").as_deref(), Some("https://example.org/"));
    for location in [
        "http://example.com/",
        "https://127.0.0.1/",
        "//0x7f.1/",
        "//user@example.com/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://localhost/",
        "",
    ] {
        assert_eq!(to(location), None, "{location:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is accepted is read the same by whoever reads it again, and matches the schema.
    #[test]
    fn what_is_accepted_has_one_meaning(text in r"https://([a-z0-9.:@\[\]%-]{0,20}|\PC{0,20})([/?#\\]\PC{0,10})?") {
        let Ok(url) = SafeUrl::try_from(text.as_str()) else { return Ok(()) };
        let again = SafeUrl::try_from(url.to_string().as_str());
        prop_assert_eq!(again.as_ref(), Ok(&url));
        prop_assert_eq!(url.as_url().scheme(), "https");
        prop_assert!(url.as_url().username().is_empty() && url.as_url().password().is_none());
        prop_assert!(url.as_url().fragment().is_none());
        let schema = <SafeUrl as Input<Undeclared>>::schema(&mut generator(), &Rules::NONE);
        let pattern = regex::Regex::new(schema.get("pattern").unwrap().as_str().unwrap()).unwrap();
        prop_assert!(pattern.is_match(&text), "{text:?}");
    }

    /// Any number that a host may be written as is judged as the address that it is.
    #[test]
    fn numbers_are_addresses(bits: u32, form in 0..4) {
        let [a, b, c, d] = bits.to_be_bytes();
        let host = match form {
            0 => bits.to_string(),
            1 => format!("{bits:#x}"),
            2 => format!("0{a:o}.{b:#x}.{}", u16::from_be_bytes([c, d])),
            _ => format!("{a}.0{b:o}.{c}.{d:#x}"),
        };
        let public = super::super::address::special(bits.to_be_bytes().into()).is_none();
        prop_assert_eq!(SafeUrl::try_from(format!("https://{host}/").as_str()).is_ok(), public);
    }
}
