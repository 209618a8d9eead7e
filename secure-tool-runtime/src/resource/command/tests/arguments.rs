//! What may become an argument, and that a program gets it as it is.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::PublicError;
use crate::files::SafePath;
use crate::input::{At, Input, Rules, Violations};
use crate::{Int, Text};

fn decoded<I: Input>(value: Json) -> Option<I> {
    let mut violations = Violations::new();
    let decoded = I::decode(value, &Rules::NONE, &At::ROOT, &mut violations);
    assert_eq!(decoded.is_some(), violations.is_empty());
    decoded
}

/// What an `echo` without a shell prints, or why it is not run.
async fn echoed(value: impl Value) -> Result<String, CommandError> {
    let finished = ECHO.open().unwrap().command().value(value).run().await?;
    Ok(finished.text().trim_end_matches('\n').to_owned())
}

#[tokio::test]
async fn what_a_shell_would_run_arrives_as_text() {
    for hostile in [
        "$(touch x)",
        "`touch x`",
        "a; touch x",
        "a && touch x",
        "a | touch x",
        "a > x",
        "'; touch x; '",
        "\"; touch x; \"",
        "*",
        "~",
        "$HOME",
        "%n%n",
        "a\\",
        "{a,b}",
    ] {
        let argument = Argument::<100>::try_from(hostile).unwrap();
        assert_eq!(echoed(argument).await.unwrap(), hostile);
    }
    assert!(!exists(Path::new("x")));
}

#[test]
fn what_passes_for_an_option_is_no_argument() {
    let long = "a".repeat(101);
    for hostile in [
        "-",
        "--",
        "-rf",
        "--output=/tmp/x",
        "--upload-pack=touch x",
        "",
        "a\0b",
        "a\nb",
        "a\rb",
        "\u{1b}[2J",
        "a\u{202e}b",
        "\u{200b}--output=x",
        &long,
    ] {
        assert!(Argument::<100>::try_from(hostile).is_err(), "{hostile:?}");
        assert!(decoded::<Argument<100>>(json!(hostile)).is_none(), "{hostile:?}");
    }
    assert!(decoded::<Argument<100>>(json!("a".repeat(1 << 20))).is_none());
    assert!(decoded::<Argument<100>>(json!(7)).is_none());
    assert!(decoded::<Argument<100>>(json!("HEAD~3")).is_some());
}

#[tokio::test]
async fn what_is_not_checked_on_its_way_in_is_checked_here() {
    for hostile in ["--output=x", "-x", "a\nb", "a\0b", "", "a\u{202e}b"] {
        let text = Text::<0, 100>::try_from(hostile).unwrap();
        let refused = echoed(&text).await;
        assert!(matches!(refused, Err(CommandError::Refused(_))), "{hostile:?}: {refused:?}");
        let open = ECHO.open().unwrap();
        let refused = open.command().option("--x", &text).run().await;
        assert!(matches!(refused, Err(CommandError::Refused(_))), "{hostile:?}: {refused:?}");
    }
    assert!(matches!(echoed(-1).await, Err(CommandError::Refused(_))));
    assert_eq!(echoed(Dashed(-1)).await.unwrap(), "-1");
    assert!(matches!(
        echoed(Dashed(Text::<0, 9>::try_from("-\0").unwrap())).await,
        Err(CommandError::Refused(_))
    ));
    let path = SafePath::try_from("-rf").unwrap();
    assert!(matches!(echoed(&path).await, Err(CommandError::Refused(_))));
    assert_eq!(echoed(SafePath::try_from("a/-rf").unwrap()).await.unwrap(), "a/-rf");
    assert_eq!(echoed(Int::<0, 9>::try_from(7).unwrap()).await.unwrap(), "7");
}

#[tokio::test]
async fn data_stands_behind_a_separator() {
    let words = |command: Command| async { command.run().await.unwrap().text() };
    let echo = Program::at(&["/bin/echo"]).open().unwrap();
    let argument = Argument::<9>::try_from("a").unwrap();
    assert_eq!(
        words(echo.command().literal("log").value(&argument).value(3)).await,
        "log -- a 3\n"
    );
    let options = echo.command().option("--count", 3).option("-c", 4).value(&argument);
    assert_eq!(words(options).await, "--count=3 -c 4 -- a\n");
    let own =
        echo.command().literals(&["--end-of-options"]).value(&argument).literal("--").value(5);
    assert_eq!(words(own).await, "--end-of-options a -- 5\n");
    let late = echo.command().value(&argument).option("--count", 3).run().await;
    assert!(matches!(late, Err(CommandError::Refused(_))), "{late:?}");
}

#[tokio::test]
async fn arguments_are_bounded_in_number_and_size() {
    let echo = ECHO.open().unwrap();
    let many = (0..257).fold(echo.command(), |command, number: u16| command.value(number));
    assert!(matches!(many.run().await, Err(CommandError::Refused(_))));
    let text = Text::<0, 100_000>::try_from("a".repeat(70_000)).unwrap();
    let error = echo.command().value(&text).run().await.unwrap_err();
    assert!(matches!(error, CommandError::Refused(_)));
    assert_eq!(error.public(), Some("An argument is not acceptable. Change it and call again."));
}

#[test]
fn hosts_are_names_or_addresses_of_one_spelling() {
    for good in
        ["a", "example.com", "xn--bcher-kva.example", "3com.com", "192.0.2.1", "::1", "a-b.c"]
    {
        assert!(decoded::<HostName>(json!(good)).is_some(), "{good}");
    }
    let label = "a".repeat(64);
    let long = "a.".repeat(127);
    for bad in [
        "",
        "-f",
        "--",
        ".",
        "a..b",
        "a.",
        ".a",
        "a-.b",
        "-a.b",
        "a b",
        "a_b",
        "a/b",
        "a@b",
        "a%b",
        "ü.de",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x",
        "127.1",
        "127.0.0.01",
        "1.2.3.4.5",
        "a.0x1",
        "[::1]",
        "::1%eth0",
        "fe80::1%-f",
        "a\nb",
        "a\0b",
        "$(x)",
        "a;b",
        &label,
        &long,
    ] {
        assert!(decoded::<HostName>(json!(bad)).is_none(), "{bad}");
    }
    let address = HostName::try_from("2001:db8::1").unwrap().address();
    assert_eq!(address, Some("2001:db8::1".parse().unwrap()));
}

proptest! {
    #[test]
    fn an_argument_is_one_line_and_no_option(text in any::<String>()) {
        if let Ok(argument) = Argument::<50>::try_from(text.as_str()) {
            prop_assert_eq!(argument.as_str(), &text);
            prop_assert!(!text.starts_with('-') && !text.is_empty() && text.chars().count() <= 50);
            prop_assert!(!text.chars().any(char::is_control));
        }
    }

    #[test]
    fn a_host_has_no_other_characters(text in "[-a-z0-9.:;$ \\n%]{0,20}") {
        if HostName::try_from(text.as_str()).is_ok() {
            prop_assert!(!text.starts_with('-'));
            prop_assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c)));
        }
    }

    #[test]
    fn the_schema_refuses_nothing_that_is_taken(text in "[-a-zé~^:/ .\\t]{0,12}") {
        let schema = <Argument<10> as Input>::schema(&mut schemars::SchemaGenerator::default(), &Rules::NONE);
        let pattern = schema.get("pattern").unwrap().as_str().unwrap().replace("\\u0000-\\u001f\\u007f-\\u009f", r"\x00-\x1f\x7f-\u{9f}");
        let pattern = regex::Regex::new(&pattern).unwrap();
        if Argument::<10>::try_from(text.as_str()).is_ok() {
            prop_assert!(pattern.is_match(&text));
        }
    }
}
