//! `regex`, with other rules beside it.

use std::sync::LazyLock;

use secure_tool_runtime::__private::{At, Input, InputObject, Rules, Violations};
use secure_tool_runtime::secure_input;

static HEX: LazyLock<regex::Regex> = LazyLock::new(|| regex::Regex::new("^[0-9a-f]+$").expect("valid"));

mod expressions {
    pub static SHORT: std::sync::LazyLock<regex::Regex> =
        std::sync::LazyLock::new(|| regex::Regex::new("^.{0,4}$").expect("valid"));
}

#[secure_input]
pub struct Colour {
    /// Its value.
    #[validate(length(max = 8), regex(path = *HEX), contains(pattern = "a"), does_not_contain = "b")]
    value: String,
    /// Its name.
    #[validate(regex(path = expressions::SHORT))]
    #[validate(length(equal = 3))]
    name: Option<String>,
}

fn main() {
    let decode = |json| {
        let mut violations = Violations::new();
        let value = serde_json::from_str(json).expect("JSON");
        let decoded = <Colour as Input>::decode(value, &Rules::NONE, &At::ROOT, &mut violations);
        decoded.map(|colour| (colour.value, colour.name)).ok_or_else(|| violations.sentences())
    };
    assert_eq!(decode(r#"{"value": "a0"}"#), Ok(("a0".into(), None)));
    assert_eq!(
        decode(r#"{"value": "xb", "name": "ab"}"#).unwrap_err(),
        "- `$.value` must match `^[0-9a-f]+$`\n- `$.value` must contain `a`\n\
         - `$.value` must not contain `b`\n- `$.name` must have exactly 3 characters"
    );
    assert_eq!(Colour::OBJECT.fields.len(), 2);
}
