//! What compiles and what does not, with the text of each error.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*/*.rs");
}

/// The cases in a folder of `tests/ui`, each with its text.
fn cases(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder of cases");
    let names =
        entries.map(|entry| entry.expect("a case").file_name().into_string().expect("UTF-8"));
    let names: Vec<String> = names.collect();
    let sources = names.iter().filter(|name| name.ends_with(".rs"));
    for source in sources.clone() {
        let text = source.replace(".rs", ".stderr");
        let passes = folder.ends_with("pass");
        assert!(passes || names.contains(&text), "{source} says nothing about the error");
    }
    sources.cloned().collect()
}

#[test]
fn every_rule_has_cases_and_every_case_a_rule() {
    let page = fs::read_to_string("secure-tool-macros/rules.md").expect("the page of the rules");
    let rules: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## `")).collect();
    let rules: Vec<&str> = rules.iter().map(|rule| rule.trim_end_matches('`')).collect();
    let mut counts = BTreeMap::new();
    for folder in fs::read_dir("tests/ui/fail").expect("the failing cases") {
        let folder = folder.expect("a folder").path();
        let name = folder.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        assert!(rules.contains(&name.as_str()), "there is no rule `{name}`");
        counts.insert(name, cases(&folder).len());
    }
    for rule in rules {
        let count = counts.get(rule).copied().unwrap_or(0);
        assert!(count >= 3, "the rule `{rule}` has {count} of 3 cases");
    }
    assert!(counts.values().sum::<usize>() >= 120);
    assert!(cases(Path::new("tests/ui/pass")).len() >= 40);
}
