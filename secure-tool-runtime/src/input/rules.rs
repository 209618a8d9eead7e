//! The declared bounds of one place: what `#[validate(…)]` says, as data.
//!
//! One value feeds the schema that is advertised, the check that is enforced and the manifest that
//! is recorded, so that the three cannot drift apart.

use regex::Regex;
use schemars::Schema;
use serde_json::{Value, json};
use validator::{ValidateContains, ValidateDoesNotContain, ValidateEmail, ValidateIp, ValidateUrl};

use super::violation::Demand;
use super::{At, Violations};

/// The greatest integer that JSON carries without loss in every implementation (2^53, RFC 8259 §6).
const EXACT_IN_JSON: f64 = 9_007_199_254_740_992.0;

/// Bounds and checks declared for one parameter or field.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    length: Option<(u64, u64)>,
    range: Option<(f64, f64)>,
    checks: &'static [Check],
}

/// A check of a text's form, in the words of the `validator` crate.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// An e-mail address.
    Email,
    /// An absolute URL.
    Url,
    /// An IPv4 or IPv6 address.
    Ip,
    /// The text contains this one.
    Contains(&'static str),
    /// The text does not contain this one.
    DoesNotContain(&'static str),
    /// The text has no control characters.
    NonControlCharacter,
    /// The text matches this expression.
    Regex(fn() -> &'static Regex),
}

impl Rules {
    /// Nothing declared.
    pub const NONE: Rules = Rules { length: None, range: None, checks: &[] };

    /// A length in characters, items or entries; both ends inclusive.
    #[must_use]
    pub const fn length(min: u64, max: u64) -> Rules {
        Rules { length: Some((min, max)), ..Rules::NONE }
    }

    /// A range of numbers, both ends inclusive.
    #[must_use]
    pub const fn range(min: f64, max: f64) -> Rules {
        Rules { range: Some((min, max)), ..Rules::NONE }
    }

    /// Why no value can meet the rules, or JSON not carry it. An expansion refuses to compile with it.
    pub(super) const fn fault(&self) -> Option<&'static str> {
        if let Some((min, max)) = self.length
            && min > max
        {
            return Some("`min` is greater than `max`: no value is between them");
        }
        let Some((min, max)) = self.range else { return None };
        if min.is_nan() || max.is_nan() {
            return Some("an end is not a number");
        }
        let exact = -EXACT_IN_JSON <= min && max <= EXACT_IN_JSON;
        match (min <= max, exact) {
            (true, true) => None,
            (false, _) => Some("`min` is greater than `max`: no value is between them"),
            _ => Some("JSON carries no number beyond 2^53 exactly: choose a smaller range"),
        }
    }

    /// True if a whole number from `least` to `greatest` is in the declared range, or none is declared.
    /// Only for rules without a [fault](Rules::fault).
    pub(super) const fn meets(&self, least: i64, greatest: i64) -> bool {
        let Some((min, max)) = self.range else { return true };
        // `ceil` and `floor` are not for constants yet. Exact: both ends are within ±2^53.
        let (mut from, mut to) = (min as i64, max as i64);
        if (from as f64) < min {
            from += 1;
        }
        if (to as f64) > max {
            to -= 1;
        }
        from <= to && least <= to && from <= greatest
    }

    /// Adds checks of a text's form.
    #[must_use]
    pub const fn checks(self, checks: &'static [Check]) -> Rules {
        Rules { checks, ..self }
    }

    /// The greatest length declared, if any.
    pub(crate) const fn greatest_length(&self) -> Option<u64> {
        match self.length {
            Some((_, max)) => Some(max),
            None => None,
        }
    }

    pub(super) fn length_bounds(&self) -> (u64, u64) {
        // Only reached where `DeclaresLength` holds; without a declaration nothing passes.
        self.length.unwrap_or((1, 0))
    }

    pub(super) fn range_bounds(&self) -> Option<(f64, f64)> {
        self.range
    }

    /// Applies the checks of form to a text whose length is within bounds already.
    pub(super) fn check_text(&self, text: &str, at: &At<'_>, violations: &mut Violations) -> bool {
        let mut fine = true;
        for check in self.checks {
            if !check.holds(text) {
                violations.add_with(at, check.rule(), || Demand::Form(*check));
                fine = false;
            }
        }
        fine
    }

    /// Writes the checks of form into the schema of a text.
    pub(super) fn describe_text(&self, schema: &mut Schema) {
        let mut more = Vec::new();
        for check in self.checks {
            let Some((key, value)) = check.keyword() else { continue };
            // Two checks may need the same keyword, and all have to hold.
            match schema.get(key) {
                None => drop(schema.insert(key.into(), value)),
                Some(_) => more.push(json!({ key: value })),
            }
        }
        if !more.is_empty() {
            schema.insert("allOf".into(), Value::Array(more));
        }
    }
}

impl Check {
    fn holds(self, text: &str) -> bool {
        match self {
            Check::Email => text.validate_email(),
            Check::Url => text.validate_url(),
            Check::Ip => text.validate_ip(),
            Check::Contains(part) => text.validate_contains(part),
            Check::DoesNotContain(part) => text.validate_does_not_contain(part),
            Check::NonControlCharacter => !text.chars().any(char::is_control),
            Check::Regex(regex) => regex().is_match(text),
        }
    }

    const fn rule(self) -> &'static str {
        match self {
            Check::Email => "email",
            Check::Url => "url",
            Check::Ip => "ip",
            Check::Contains(_) => "contains",
            Check::DoesNotContain(_) => "does_not_contain",
            Check::NonControlCharacter => "non_control_character",
            Check::Regex(_) => "regex",
        }
    }

    /// Appends what the check demands.
    pub(super) fn push_to(self, text: &mut String) {
        let (demand, quoted) = match self {
            Check::Email => ("must be an e-mail address", None),
            Check::Url => ("must be a URL", None),
            Check::Ip => ("must be an IP address", None),
            Check::Contains(part) => ("must contain ", Some(part)),
            Check::DoesNotContain(part) => ("must not contain ", Some(part)),
            Check::NonControlCharacter => ("must not contain control characters", None),
            Check::Regex(regex) => ("must match ", Some(regex().as_str())),
        };
        text.push_str(demand);
        if let Some(quoted) = quoted {
            for part in ["`", quoted, "`"] {
                text.push_str(part);
            }
        }
    }

    /// The keyword of JSON Schema that says the same, where there is one.
    fn keyword(self) -> Option<(&'static str, Value)> {
        match self {
            Check::Email => Some(("format", json!("email"))),
            Check::Url => Some(("format", json!("uri"))),
            Check::Ip => Some(("anyOf", json!([{ "format": "ipv4" }, { "format": "ipv6" }]))),
            Check::Contains(part) => Some(("pattern", json!(escaped(part)))),
            Check::Regex(regex) => Some(("pattern", json!(regex().as_str()))),
            Check::DoesNotContain(part) => Some(("not", json!({ "pattern": escaped(part) }))),
            Check::NonControlCharacter => {
                Some(("pattern", json!(r"^[^\u0000-\u001f\u007f-\u009f]*$")))
            }
        }
    }
}

/// The text as a pattern. In Unicode mode, ECMA-262 refuses escapes that mean nothing, so `regex::escape`,
/// which escapes `-` and `#` as well, would make schemas that clients cannot compile.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if r"^$\.*+?()[]{}|".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
