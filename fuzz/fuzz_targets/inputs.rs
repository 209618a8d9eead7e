//! Types as input: whatever text comes, they neither panic nor take what they promise to refuse, and what
//! they take they take again as they show it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secure_tool_runtime::Input;
use secure_tool_runtime::command::{Argument, HostName};
use secure_tool_runtime::fetch::SafeUrl;
use secure_tool_runtime::files::SafePath;
use secure_tool_runtime::handles::Handle;
use secure_tool_runtime::input::{At, Rules, Violations};

fn decode<T: Input>(text: &str) -> Option<T> {
    let mut violations = Violations::new();
    let value = T::decode(text.into(), &Rules::NONE, &At::ROOT, &mut violations);
    assert_eq!(value.is_some(), violations.is_empty());
    value
}

fuzz_target!(|text: &str| {
    if let Some(path) = decode::<SafePath>(text) {
        let shown = path.to_string();
        assert_eq!(shown, text, "a path is normalised");
        assert!(shown.split('/').all(|name| !matches!(name, "" | "." | "..")));
        assert!(!shown.contains(['\\', ':', '\0', '\n']));
    }
    if let Some(url) = decode::<SafeUrl>(text) {
        let shown = url.to_string();
        let read = url::Url::parse(&shown).expect("it is a URL");
        assert!(read.scheme() == "https" && read.username().is_empty() && read.password().is_none());
        assert_eq!(read.host_str(), Some(url.host()));
        assert_eq!(decode::<SafeUrl>(&shown).map(|url| url.to_string()), Some(shown));
    }
    if let Some(argument) = decode::<Argument<100>>(text) {
        assert!(!argument.as_str().starts_with('-') && !argument.as_str().contains(['\0', '\n']));
        assert!(argument.as_str().chars().count() <= 100);
    }
    if let Some(host) = decode::<HostName>(text) {
        let host = host.as_str();
        assert!(host.len() <= 253 && !host.starts_with('-'));
        assert!(host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b)));
    }
    if decode::<Handle<u8>>(text).is_some() {
        assert!(text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)));
    }
});
