use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::sample::select;
use secrecy::{ExposeSecret, SecretString};

use super::load::{Declared, fill};
use super::*;
use crate::resource::secrets::guard::under_guard;

const TOKEN: Declared =
    Declared { variable: "TOKEN", credential: "token", optional: false, begins: &[] };
const OPTIONAL: Declared =
    Declared { variable: "OTHER", credential: "other", optional: true, begins: &[] };

/// Not a value of any other test, so that what is under guard here disturbs none.
const VALUE: &str = "tQ8-load-3nVx7Lz";

fn load(sources: &Sources) -> Result<Option<SecretString>, String> {
    let loaded = fill(sources, &[TOKEN, OPTIONAL]);
    loaded.map(|mut values| values.next().flatten()).map_err(|error| error.to_string())
}

fn value(sources: &Sources) -> String {
    load(sources).unwrap().unwrap().expose_secret().to_owned()
}

fn refusal(sources: &Sources) -> String {
    load(sources).expect_err("it is refused")
}

fn write(path: &Path, text: &str, mode: u32) {
    let _ = fs::remove_file(path);
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = mode;
}

#[test]
fn each_way_gives_the_same_value() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("token");
    let given = Sources::given;
    assert_eq!(value(&given().variable("TOKEN", VALUE)), VALUE);
    for text in [VALUE.to_owned(), format!("{VALUE}\n"), format!("{VALUE}\r\n")] {
        write(&path, &text, 0o400);
        assert_eq!(value(&given().variable("TOKEN_FILE", &path)), VALUE);
        assert_eq!(value(&given().variable("CREDENTIALS_DIRECTORY", place.path())), VALUE);
    }
}

#[test]
fn all_that_is_missing_is_told_at_once_and_by_name() {
    let declared = ["ONE", "TWO", "THREE"].map(|variable| Declared {
        variable,
        credential: variable,
        ..TOKEN
    });
    let sources = Sources::given().variable("TWO", "secret-that-is-there");
    let error = fill(&sources, &declared).err().unwrap().to_string();
    assert!(error.starts_with("2 secrets cannot be loaded\n"), "{error}");
    assert!(error.contains("`ONE` is missing: set it, or set `ONE_FILE`"), "{error}");
    assert!(error.contains("`THREE` is missing") && error.contains("help: "), "{error}");
    assert!(!error.contains("`TWO`") && !error.contains("secret-that"), "{error}");
}

#[test]
fn nothing_is_under_guard_if_anything_is_refused() {
    let value = "pR7-not-under-guard";
    let mut text = value.to_owned();
    assert!(fill(&Sources::given().variable("OTHER", value), &[TOKEN, OPTIONAL]).is_err());
    assert_eq!(replace(&mut text), 0);
    let sources = Sources::given().variable("OTHER", value).variable("TOKEN", VALUE);
    assert!(load(&sources).is_ok());
    assert_eq!((replace(&mut text), text.as_str()), (1, REPLACEMENT));
}

#[test]
fn what_may_be_missing_is_judged_when_it_is_there() {
    let sources = Sources::given().variable("TOKEN", VALUE);
    let mut values = fill(&sources, &[TOKEN, OPTIONAL]).unwrap();
    assert!(values.nth(1).unwrap().is_none());
    assert!(refusal(&sources.variable("OTHER", "")).contains("`OTHER` is empty"));
}

#[test]
fn two_ways_at_once_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("token");
    write(&path, VALUE, 0o400);
    let both = Sources::given().variable("TOKEN", VALUE).variable("TOKEN_FILE", &path);
    assert!(refusal(&both).contains("`TOKEN` and `TOKEN_FILE` are both there"));
    let both =
        Sources::given().variable("TOKEN", VALUE).variable("CREDENTIALS_DIRECTORY", place.path());
    assert!(refusal(&both).contains("`TOKEN` and the credential `token` are both there"));
}

#[test]
fn values_that_are_none_are_refused_and_not_repeated() {
    for (value, why) in [
        ("", "is empty"),
        ("  \n", "is empty"),
        (" hq8Wz-3nVx7Lz", "white space"),
        ("hq8Wz-3nVx7Lz\n", "white space"),
        ("hq8Wz-3", "shorter than 8 bytes"),
        ("changeme", "placeholder"),
        ("CHANGE_ME", "placeholder"),
        ("change-me-please", "placeholder"),
        ("your-api-key-here", "placeholder"),
        ("YOUR_TOKEN", "placeholder"),
        ("<token>", "placeholder"),
        ("[secret]", "placeholder"),
        ("${TOKEN}", "placeholder"),
        ("{{ token }}", "placeholder"),
        ("xxxxxxxxxxxx", "placeholder"),
        ("sk_live_xxxxxxxxxxxx", "placeholder"),
        ("********", "placeholder"),
        ("password", "placeholder"),
        ("12345678", "placeholder"),
        ("AKIAIOSFODNN7EXAMPLE", "placeholder"),
        ("sk_test_hq8Wz3nVx7Lz", "another environment (test)"),
    ] {
        let error = refusal(&Sources::given().variable("TOKEN", value));
        assert!(
            error.contains(&format!("`TOKEN` {why}")) || error.contains(why),
            "{value}: {error}"
        );
        assert!(value.len() < 5 || !error.contains(value.trim()), "{error}");
    }
    let long = "q".repeat(LONGEST - 1) + "rs";
    assert!(refusal(&Sources::given().variable("TOKEN", long)).contains("longer than 16384"));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let bytes = std::ffi::OsString::from_vec(vec![0xff; 12]);
        assert!(refusal(&Sources::given().variable("TOKEN", bytes)).contains("not UTF-8"));
    }
}

#[test]
fn values_that_could_be_real_are_taken() {
    for value in [
        "hq8Wz-3nVx7Lz",
        "correct horse battery staple",
        "glpat-xxxQzExampleNot",
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----",
        "postgres://app:hq8Wz3nVx7@db.internal/shop",
    ] {
        assert_eq!(judge::fault(value), None, "{value}");
    }
}

#[test]
fn values_belong_to_environments() {
    const BEGINS: Declared =
        Declared { begins: &[("production", "live_"), ("staging", "test_")], ..TOKEN };
    let load = |environment: Option<&str>, declared: Declared, value: &str| {
        let sources = Sources::given().variable("TOKEN", value);
        let sources = match environment {
            Some(name) => sources.variable("SECURE_TOOL_ENVIRONMENT", name),
            None => sources,
        };
        fill(&sources, &[declared]).map(|_| ()).map_err(|error| error.to_string())
    };
    for (environment, declared, value, fine) in [
        (None, BEGINS, "live_hq8Wz3nVx", true),
        (None, BEGINS, "test_hq8Wz3nVx", false),
        (None, BEGINS, "hq8Wz3nVx7Lz", false),
        (Some("staging"), BEGINS, "test_hq8Wz3nVx", true),
        (Some("staging"), BEGINS, "live_hq8Wz3nVx", false),
        (Some("laptop"), BEGINS, "hq8Wz3nVx7Lz", true),
        (Some("laptop"), BEGINS, "live_hq8Wz3nVx", false),
        (None, TOKEN, "sk_test_hq8Wz3nVx", false),
        (None, TOKEN, "sk_live_hq8Wz3nVx", true),
        (Some("staging"), TOKEN, "sk_test_hq8Wz3nVx", true),
        (Some("staging"), TOKEN, "sk_live_hq8Wz3nVx", false),
        (Some(""), TOKEN, "hq8Wz3nVx7Lz", false),
        // One of the first words.
        (None, TOKEN, "rzp_test_hq8Wz3nVx", false),
        (None, TOKEN, "sandbox-sq0idb-hq8Wz3nVx", false),
        (None, TOKEN, "DEV.hq8Wz3nVx", false),
        (None, TOKEN, "acme-api-staging-hq8Wz3nVx", false),
        (Some("dev"), TOKEN, "prod-hq8Wz3nVx", false),
        (Some("dev"), TOKEN, "dev-hq8Wz3nVx", true),
        (Some("prod"), TOKEN, "prod-hq8Wz3nVx", true),
        (None, TOKEN, "prod_hq8Wz3nVx", true),
        // Not a word of its own, not among the first, or the secret itself.
        (None, TOKEN, "hq8Wztest3nVx7Lz", true),
        (None, TOKEN, "hq8Wz-testing3nVx-7Lz", true),
        (None, TOKEN, "hq8Wz-3nV-x7L-test-zz", true),
        (None, TOKEN, "hq8Wz3nVx-test", true),
        (None, TOKEN, "correct horse test-battery staple", true),
        (None, TOKEN, "-----BEGIN KEY-----\nhq8Wz-dev-3nVx\n-----END KEY-----", true),
        // The host of a URL.
        (None, TOKEN, "postgres://app:hq8Wz3nVx@db.staging.internal/shop", false),
        (None, TOKEN, "postgres://app:hq8Wz3nVx@test-db.example.com:5432/shop", false),
        (None, TOKEN, "https://api.sandbox.example.com/?key=hq8Wz3nVx", false),
        (Some("staging"), TOKEN, "redis://:hq8Wz3nVx@cache.prod.example.com", false),
        (None, TOKEN, "postgres://test:hq8Wz-test-3nVx@db.example.com/test", true),
        (None, TOKEN, "https://hq8Wz3nVx@shop.dev/", true),
        (None, TOKEN, "https://hq8Wz3nVx@www.test.com/", true),
        (Some("staging"), TOKEN, "https://hq8Wz3nVx@outlook.live.com/", true),
        (None, TOKEN, "https://hq8Wz3nVx@192.0.2.1/", true),
        (None, TOKEN, "unix:///run/db", true),
    ] {
        let loaded = load(environment, declared, value);
        assert_eq!(loaded.is_ok(), fine, "{environment:?} {value}: {loaded:?}");
        assert!(!format!("{loaded:?}").contains("hq8Wz"), "{loaded:?}");
    }
}

#[cfg(unix)]
#[test]
fn files_are_for_this_server_alone() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("token");
    let sources = Sources::given().variable("TOKEN_FILE", &path);
    let owner = |path: &Path| std::os::unix::fs::MetadataExt::uid(&fs::metadata(path).unwrap());
    for (mode, fine, of_root) in [
        (0o400, true, true),
        (0o600, true, true),
        (0o440, false, true),
        (0o640, false, true),
        (0o404, false, false),
        (0o644, false, false),
        (0o620, false, false),
        (0o602, false, false),
    ] {
        write(&path, VALUE, mode);
        let mut judged = vec![if owner(&path) == 0 { of_root } else { fine }];
        assert_eq!([load(&sources).is_ok()], judged.as_slice(), "{mode:o}");
        // As root, the other case, too.
        if owner(&path) == 0 && std::os::unix::fs::chown(&path, Some(65534), None).is_ok() {
            judged = vec![fine];
            assert_eq!([load(&sources).is_ok()], judged.as_slice(), "{mode:o}");
        }
    }
    write(&path, VALUE, 0o644);
    assert!(refusal(&sources).contains("everybody can read it"), "{}", refusal(&sources));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_told_without_its_path() {
    let place = tempfile::tempdir().unwrap();
    let fifo = place.path().join("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for path in [place.path().join("hq8Wz3nVx7Lz"), place.path().to_owned(), fifo] {
        // The value itself may be there, by mistake.
        let error = refusal(&Sources::given().variable("TOKEN_FILE", &path));
        assert!(error.contains("the file of `TOKEN_FILE`"), "{error}");
        assert!(!error.contains(path.to_str().unwrap()), "{error}");
    }
    let long = place.path().join("long");
    write(&long, &"q1".repeat(LONGEST), 0o400);
    assert!(refusal(&Sources::given().variable("TOKEN_FILE", &long)).contains("longer than"));
}

/// Runs git, without anything of its user's.
fn git(directory: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    command.current_dir(directory).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.output().is_ok_and(|output| output.status.success())
}

#[test]
fn what_git_tracks_is_refused() {
    let is_there = Command::new("git").arg("--version").output().is_ok();
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "git is not installed");
        eprintln!("skipped what_git_tracks_is_refused: git is not installed");
        return;
    }
    for (format, version) in [("sha1", "2"), ("sha1", "3"), ("sha1", "4"), ("sha256", "2")] {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        if !git(root, &["init", "--quiet", &format!("--object-format={format}")]) {
            eprintln!("skipped {format}: this git does not know it");
            continue;
        }
        let inner = root.join("server");
        fs::create_dir(&inner).unwrap();
        for name in ["a.txt", "server/.environment", "server/b.txt", "z.txt"] {
            fs::write(root.join(name), "text").unwrap();
        }
        write(&inner.join("token"), VALUE, 0o400);
        write(&inner.join(".env"), "# TOKEN=\nexport OTHER=\"\"\n  TOKEN=x\n", 0o600);
        assert!(git(root, &["add", "a.txt", "server/.environment", "server/b.txt", "z.txt"]));
        let by_file = Sources::given().variable("TOKEN_FILE", inner.join("token"));
        let by_env = Sources::given().variable("TOKEN", VALUE).directory(&inner);
        assert!(load(&by_file).is_ok() && load(&by_env).is_ok(), "{format} {version}");
        assert!(git(root, &["add", "server/.env", "server/token"]));
        if version == "3" {
            // An entry with more flags makes the index one of version 3.
            assert!(git(root, &["add", "--intent-to-add", "server/.env"]));
            fs::write(root.join("later.txt"), "text").unwrap();
            assert!(git(root, &["add", "--intent-to-add", "later.txt"]));
        }
        if version == "4" {
            assert!(git(root, &["update-index", "--index-version", "4"]));
        }
        let index = fs::read(root.join(".git/index")).unwrap();
        assert_eq!(index[7].to_string(), version, "{format}");
        assert!(refusal(&by_file).contains("under version control"), "{format} {version}");
        let error = refusal(&by_env);
        assert!(error.contains("`TOKEN` is in a `.env` that is under version control"), "{error}");
        assert!(!error.contains("`OTHER`"), "{error}");
        // One that says nothing of our secrets may be tracked.
        write(&inner.join(".env"), "RUST_LOG=info\nTOKEN=\nTOKENS=x\n#TOKEN=x\n", 0o600);
        assert!(load(&by_env).is_ok());
    }
}

/// Always the same ones: of all that there are, some would be refused.
#[test]
fn what_random_values_say_is_nothing() {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    for number in 0..20_000_u32 {
        let random = Sha256::digest(number.to_be_bytes());
        let value = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random);
        for environment in ["production", "staging"] {
            assert_eq!(judge::misplaced(&value, environment, &[]), None, "{value}");
        }
    }
}

#[test]
fn an_index_that_does_not_tell_all_is_refused() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join(".git")).unwrap();
    let index = place.path().join(".git/index");
    let tracks = |extensions: &[u8], hash: usize| {
        let bytes = [b"DIRC\0\0\0\x02\0\0\0\0", extensions, &vec![7; hash]].concat();
        fs::write(&index, bytes).unwrap();
        git::tracks(&place.path().join("token")).map_err(|error| error.to_string())
    };
    for hash in [20, 32] {
        assert_eq!(tracks(b"", hash), Ok(false));
        assert_eq!(tracks(b"TREE\0\0\0\x03abcEOIE\0\0\0\0", hash), Ok(false));
        for (extensions, why) in [
            (&b"link\0\0\0\0"[..], "split"),
            (b"TREE\0\0\0\x03abclink\0\0\0\x01a", "split"),
            (b"sdir\0\0\0\0", "sparse"),
            (b"next\0\0\0\0", "not known"),
        ] {
            let told = tracks(extensions, hash).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }
    let token = place.path().join("token");
    write(&token, VALUE, 0o400);
    fs::write(&index, b"DIRC\0\0\0\x02\0\0\0\0link\0\0\0\0xxxxxxxxxxxxxxxxxxxx").unwrap();
    let told = refusal(&Sources::given().variable("TOKEN_FILE", &token));
    assert!(told.contains("`git update-index --no-split-index`"), "{told}");
    // Longer than is read. A file with a hole takes no room.
    fs::File::create(&index).unwrap().set_len((256 << 20) + 1).unwrap();
    let told = refusal(&Sources::given().variable("TOKEN_FILE", &token));
    assert!(told.contains("larger than 256 MiB"), "{told}");
}

#[test]
fn an_environment_file_that_is_too_large_is_refused() {
    if Command::new("git").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "git is not installed");
        eprintln!("skipped an_environment_file_that_is_too_large_is_refused: git is not installed");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    let long = format!("{}TOKEN=x\n", "# padding\n".repeat(110_000));
    write(&root.join(".env"), &long, 0o600);
    assert!(git(root, &["init", "--quiet"]));
    let sources = Sources::given().variable("TOKEN", VALUE).directory(root);
    assert!(load(&sources).is_ok(), "nobody tracks it");
    assert!(git(root, &["add", ".env"]));
    assert!(refusal(&sources).contains("larger than 1 MiB"), "{}", refusal(&sources));
    // As git itself splits it.
    write(&root.join(".env"), "TOKEN=x\n", 0o600);
    assert!(refusal(&sources).contains("`TOKEN` is in a `.env`"));
    assert!(git(root, &["update-index", "--split-index"]));
    assert!(refusal(&sources).contains("the index is split"), "{}", refusal(&sources));
}

#[test]
fn an_index_that_is_no_index_gives_no_panic() {
    use proptest::prelude::*;
    proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..200), tail in any::<bool>())| {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join(".git")).unwrap();
        let mut index = b"DIRC\0\0\0\x02\0\0\0\x03".to_vec();
        index.extend(&bytes);
        if tail {
            index.extend(b"token\0");
        }
        fs::write(place.path().join(".git/index"), &index).unwrap();
        let tracked = git::tracks(&place.path().join("token")).unwrap();
        prop_assert!(tracked || !tail);
    });
}

#[test]
fn the_guard_is_of_fixed_capacity() {
    let values: Vec<String> = (0..=MOST).map(|number| format!("fixed-capacity-{number}")).collect();
    let all = values.iter().map(String::as_str);
    assert_eq!(under_guard(all), Err(TooMany));
    let mut text = "fixed-capacity-7".to_owned();
    assert_eq!(replace(&mut text), 0, "none of them is");
}

#[test]
fn sources_do_not_show_what_they_hold() {
    let sources = Sources::given().variable("TOKEN", VALUE).directory("/tmp");
    assert_eq!(format!("{sources:?}"), "Sources { directory: Some(\"/tmp\"), .. }");
}

/// All that is ever said of a value by itself.
fn reasons() -> Vec<String> {
    let long = "k".repeat(LONGEST - 1) + "LL";
    let samples = ["", " k", "changeme", "k3y", long.as_str()];
    samples.iter().map(|value| judge::fault(value).expect("it is refused")).collect()
}

/// How values begin in which environment, as authors may say it.
const BEGINS: &[&[(&str, &str)]] =
    &[&[], &[("production", "shop_live_")], &[("production", "shop_live_"), ("test", "shop_")]];

/// Values around what is judged: with a part that no reason has of its own.
fn near() -> impl Strategy<Value = (String, String)> {
    let around = || {
        let texts =
            &["", " ", "\n", "<", ">", "${", "}", "your-", "changeme", "xxxxxx", "-example", "é"];
        select(&texts[..])
    };
    let begin = select(&["", "sk_test_", "sk_live_", "shop_live_", "shop_"][..]);
    (begin, around(), "[0-9QZ]{6,20}", around())
        .prop_map(|(begin, before, part, after)| (format!("{begin}{before}{part}{after}"), part))
}

proptest! {
    #[test]
    fn any_value_is_judged_in_words_of_ours(value in "\\PC{0,40}|[ \t\r\n<>\\[\\]{}%_xX*.•-]{0,20}") {
        if let Some(reason) = judge::fault(&value) {
            prop_assert!(reasons().contains(&reason), "{}", reason);
        }
        let _ = judge::misplaced(&value, "production", &[("test", "shop_")]);
    }

    #[test]
    fn no_reason_shows_the_value(
        (value, part) in near(),
        environment in select(&["production", "staging", "test"][..]),
        begins in select(BEGINS),
    ) {
        let reasons = [judge::fault(&value), judge::misplaced(&value, environment, begins)];
        for reason in reasons.into_iter().flatten() {
            prop_assert!(!reason.contains(&part) && !reason.contains(&value), "{}", reason);
        }
    }
}
