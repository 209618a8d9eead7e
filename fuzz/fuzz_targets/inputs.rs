//! Types as input: whatever text or JSON comes, they neither panic nor take what they promise to refuse, and
//! what they take they take again as they show it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secure_tool_runtime::command::{Argument, HostName};
use secure_tool_runtime::fetch::SafeUrl;
use secure_tool_runtime::files::SafePath;
use secure_tool_runtime::handles::Handle;
use secure_tool_runtime::input::{At, Rules, Violations};
use secure_tool_runtime::{Input, Int, List, Map, Owned, OwnedResource, Text, Wanted};
use serde_json::Value;

/// What only its identifier is looked at of.
struct Thing;

impl OwnedResource for Thing {
    type Id = Text<1, 8>;
    type Store = ();
    type Error = std::convert::Infallible;

    async fn find(_: Wanted<'_, Self>) -> Result<Option<Self>, Self::Error> {
        Ok(None)
    }

    fn owner(&self) -> &str {
        ""
    }
}

fn decode<T: Input>(value: impl Into<Value>) -> Option<T> {
    let mut violations = Violations::new();
    let value = T::decode(value.into(), &Rules::NONE, &At::ROOT, &mut violations);
    assert_eq!(value.is_some(), violations.is_empty());
    value
}

/// Bounds in types, against the JSON that is taken.
fn bounded(json: &Value) {
    let text = decode::<Text<1, 8>>(json.clone());
    if let Some(text) = &text {
        assert_eq!(json.as_str(), Some(text.as_str()));
        assert!((1..=8).contains(&text.chars().count()));
    }
    assert_eq!(decode::<Owned<Thing>>(json.clone()).is_some(), text.is_some(), "another identifier");
    if let Some(number) = decode::<Int<-5, 1000>>(json.clone()) {
        assert!((-5..=1000).contains(&number.get()));
        assert_eq!(json.as_f64(), Some(number.get() as f64));
    }
    if let Some(list) = decode::<List<Int<-5, 1000>, 1, 3>>(json.clone()) {
        assert!((1..=3).contains(&list.len()));
        assert_eq!(json.as_array().map(Vec::len), Some(list.len()));
    }
    if let Some(lists) = decode::<List<List<Text<1, 8>, 0, 2>, 0, 2>>(json.clone()) {
        assert!(lists.len() <= 2 && lists.iter().all(|list| list.len() <= 2));
    }
    if let Some(map) = decode::<Map<Text<1, 4>, Int<0, 9>, 1, 2>>(json.clone()) {
        let object = json.as_object().expect("a map is made of an object");
        assert!((1..=2).contains(&map.len()) && map.len() == object.len());
        for (key, number) in map.iter() {
            assert!((1..=4).contains(&key.chars().count()) && (0..=9).contains(&number.get()));
            assert_eq!(object.get(key.as_str()).and_then(Value::as_f64), Some(number.get() as f64));
        }
    }
}

fuzz_target!(|text: &str| {
    bounded(&text.into());
    if let Ok(json) = serde_json::from_str(text) {
        bounded(&json);
    }
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
        assert_eq!(decode::<SafeUrl>(shown.as_str()).map(|url| url.to_string()), Some(shown));
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
