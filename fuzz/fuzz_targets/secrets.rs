//! The guard and the fence: one secret, hidden in a text in each of its encodings, and the text as one from
//! outside. Nothing is left of the secret, and the text stays within its fence.
//!
//! The first line is the secret, the rest the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secure_tool_runtime::Untrusted;
use secure_tool_runtime::secrets::{REPLACEMENT, SecretString, guard, replace};

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
});
