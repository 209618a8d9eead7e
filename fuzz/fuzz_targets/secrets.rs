//! The guard and the fence: one secret, hidden in a text in each of its encodings, and the text as one from
//! outside. Nothing is left of the secret, and the text stays within its fence.
//!
//! The first line is the secret, the rest the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secure_tool_runtime::secrets::{REPLACEMENT, SecretString, guard, replace};
use secure_tool_runtime::{Content, Untrusted};

fuzz_target!(|text: &str| {
    let (secret, text) = text.split_once('\n').unwrap_or((text, ""));
    // None under guard is too short, or one too many.
    let guarded = guard(&SecretString::from(secret)) == Ok(true);
    let mut hidden = format!("{text}{secret}{text}");
    let before = hidden.len();
    let count = replace(&mut hidden);
    assert!(hidden.len() <= before, "a text grows");
    assert!(count > 0 || !guarded, "not found");
    // One that begins as the replacement ends may come about anew, beside it.
    let anew = secret.starts_with(|first| REPLACEMENT.contains(first));
    assert!(anew || !guarded || !hidden.contains(secret), "left in the text");
    for passage in Untrusted::new(hidden.clone(), "a test").suspicious() {
        assert!(passage.start < passage.end && passage.end <= hidden.chars().count());
    }
    fence(text);
});

/// A text from outside stands between two lines, and has the second one nowhere.
fn fence(text: &str) {
    let blocks = Content::new().untrusted(Untrusted::new(text.to_owned(), "a test")).into_blocks();
    let [block] = blocks.as_slice() else { panic!("one block") };
    let fenced = &block.as_text().expect("it is text").text;
    let (head, rest) = fenced.split_once('\n').expect("the first line");
    let mark = head.strip_prefix("[untrusted ").and_then(|head| head.get(..16)).expect("a mark");
    let end = format!("[end {mark}]");
    let content = rest.strip_suffix(&end).and_then(|rest| rest.strip_suffix('\n')).expect("an end");
    assert!(!content.contains(mark), "the text has its own mark");
    assert_eq!(head.matches(&end).count(), 1, "the end is told once: {head}");
    // What it is cleaned of is gone, and nothing else is.
    let plain = |text: &str| text.chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic());
    assert!(!plain(text) || content == text, "another text");
}
