use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;

/// Every setting there is, but the secrets.
const ALL: &str = r#"
    http = "127.0.0.1:8080"
    metrics = "127.0.0.1:9090"
    audit_file = "audit.jsonl"
    allowed_hosts = ["mcp.example.com"]
    allowed_origins = ["https://app.example"]
    failed_logins = "7/min"
    max_request = "64KiB"
    rate_capacity = 1000
    [tls]
    certificate = "certificate.pem"
    key = "key.pem"
    client_authorities = "authorities.pem"
    client_revocations = "lists.pem"
    clients = "optional"
    [proxy]
    reason = "nginx ends TLS"
    networks = ["10.0.0.0/8"]
    [limits]
    connections = 101
    connections_per_address = 102
    headers = 103
    streams = 104
    resets = 105
    header_size = "9KiB"
    handshake_time = "201ms"
    header_time = "202ms"
    body_time = "203ms"
    idle_time = "204ms"
    write_time = "205ms"
    notice_time = "206ms"
    drain_time = "207ms"
    [sessions]
    per_principal = 3
    in_total = 30
    idle = "1min"
    [oauth]
    issuer = "https://login.example.com"
    audience = "https://mcp.example.com/mcp"
    roles_claim = "roles"
    scope_claim = "scp"
    subject_prefix = "staff:"
    initial_scopes = ["notes:read"]
    max_lifetime = "1h"
    leeway = "5s"
    client_id = "mcp"
    [api_keys]
    file = "keys.jsonl"
    [redis]
    prefix = "notes"
    wait = "20ms"
    on_outage = "local_share"
    instances = 3
"#;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let place = Place::new();
    let file = place.write("settings.toml", text, 0o644);
    read_file(&file, variables)
}

fn read_file(file: &Path, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
    Settings::from(Some(file), variables.iter().map(pair)).map_err(|error| error.to_string())
}

fn refused(text: &str, variables: &[(&str, &str)]) -> String {
    read(text, variables).unwrap_err()
}

const SECRET: &str = "hush-hush-hush-hush-hush-hush-hush";

fn secrets() -> [(&'static str, &'static str); 3] {
    [
        ("SECURE_TOOL__REDIS__URL", "redis://user:pass-word@127.0.0.1:1/"),
        ("SECURE_TOOL__REDIS__SECRET", SECRET),
        ("SECURE_TOOL__OAUTH__CLIENT_SECRET", "client-secret"),
    ]
}

/// The limits of a server to which settings are applied.
fn limits(settings: Settings) -> crate::server::HttpLimits {
    applied(settings).options.http.limits
}

fn applied(settings: Settings) -> crate::Server<crate::Callers> {
    let users = crate::DevelopmentUsers::new().user("alice", &[], &[]);
    crate::Server::new(crate::ToolSet::empty()).callers(users).settings(settings).unwrap()
}

#[test]
fn all_there_are_are_read() {
    let settings = read(ALL, &secrets()).unwrap();
    assert_eq!(settings.http(), Some("127.0.0.1:8080"));
    assert_eq!(settings.audit_file(), Some(Path::new("audit.jsonl")));
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hush") && !shown.contains("pass-word"), "{shown}");
    // Nothing on their own.
    let none = limits(read("", &[]).unwrap());
    assert_eq!(format!("{none:?}"), format!("{:?}", crate::server::HttpLimits::default()));
}

#[cfg(all(feature = "tls", feature = "redis", feature = "metrics", feature = "oauth"))]
#[test]
fn each_of_them_has_its_effect() {
    let server = applied(read(ALL, &secrets()).unwrap());
    let shown = format!("{:?} {:?}", server.options.http, server.callers);
    for part in [
        "connections: 101",
        "connections_per_address: 102",
        "headers: 103",
        "streams: 104",
        "resets: 105",
        "header_size: 9216",
        "handshake_time: 201ms",
        "header_time: 202ms",
        "body_time: 203ms",
        "idle_time: 204ms",
        "write_time: 205ms",
        "notice_time: 206ms",
        "drain_time: 207ms",
        "mcp.example.com",
        "https://app.example",
        "nginx ends TLS",
        "10.0.0.0/8",
        "certificate.pem",
        "key.pem",
        "authorities.pem",
        "lists.pem",
        "required: false",
        "per_principal: 3",
        "in_total: 30",
        "idle: 60s",
        "[\"oauth\", \"api keys\"]",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let options = &server.options;
    assert_eq!(options.failed_logins, crate::policy::Rate::new(7, 60, 7));
    assert_eq!((options.max_request, options.rate_capacity), (Some(65_536), 1000));
    assert_eq!(options.metrics, Some(([127, 0, 0, 1], 9090).into()));
    let shared = options.shared.as_ref().unwrap();
    assert_eq!(shared.outage(), crate::shared::OnOutage::LocalShare { instances: 3 });
}

#[test]
fn the_environment_comes_before_the_file() {
    let file = "[limits]\ndrain_time = \"30s\"\nidle_time = \"40s\"\n";
    let variables =
        [("SECURE_TOOL__LIMITS__DRAIN_TIME", "5s"), ("SECURE_TOOL__LIMITS__HEADERS", "7")];
    let both = limits(read(file, &variables).unwrap());
    assert_eq!(both.drain_time, Duration::from_secs(5));
    assert_eq!(both.idle_time, Duration::from_secs(40));
    assert_eq!(both.headers, 7);
    // What is empty is not set, and other programs have variables as well.
    let others = [
        ("SECURE_TOOL__LIMITS__DRAIN_TIME", ""),
        ("SECURE_TOOL_CALLER", "alice"),
        ("SECURE_TOOLS__X", "y"),
        ("HOME", "/root"),
    ];
    assert_eq!(limits(read(file, &others).unwrap()).drain_time, Duration::from_secs(30));
    let hosts = [("SECURE_TOOL__ALLOWED_HOSTS", "a.example, b.example")];
    let hosts = applied(read("allowed_hosts = [\"c.example\"]", &hosts).unwrap());
    assert_eq!(hosts.options.http.allowed_hosts, ["a.example", "b.example"]);
}

#[test]
fn settings_that_do_not_exist_are_told_with_what_was_meant() {
    for (text, wrong, meant) in [
        ("htpp = \"x\"", "`htpp` in /", "`http`"),
        ("[limits]\ndrain_tiem = \"1s\"", "`limits.drain_tiem`", "`limits.drain_time`"),
        ("drain_time = \"1s\"", "`drain_time`", "`limits.drain_time`"),
        ("[tls]\ncert = \"x\"", "`tls.cert`", "help:"),
        ("[redsi]\nprefix = \"x\"", "`redsi.prefix`", "`redis.prefix`"),
    ] {
        let error = refused(text, &[]);
        assert!(error.contains(wrong) && error.contains(meant), "{text}: {error}");
        assert!(error.contains("is not a setting"), "{text}: {error}");
    }
    let error = refused("", &[("SECURE_TOOL__LIMITS__DRAIN_TIEM", "1s")]);
    assert!(error.contains("variable SECURE_TOOL__LIMITS__DRAIN_TIEM is not a setting"), "{error}");
    assert!(error.contains("did you mean SECURE_TOOL__LIMITS__DRAIN_TIME?"), "{error}");
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_no_value_is() {
    let text = "http = 7\nunknown = \"CANARY\"\nallowed_hosts = \"\"\n\
                [limits]\ndrain_time = \"CANARY\"\nconnections = -1\nheaders = 0\n";
    let error = refused(text, &[("SECURE_TOOL__FAILED_LOGINS", "CANARY")]);
    for part in [
        "`http`",
        "`unknown`",
        "`allowed_hosts`",
        "`limits.drain_time`",
        "`limits.connections`",
        "`limits.headers`",
        "SECURE_TOOL__FAILED_LOGINS",
        "write it as \"30/min\"",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("CANARY"), "{error}");
    for text in ["CANARY", "a = 1\na = 2", "[limits", "http = CANARY"] {
        let error = refused(text, &[]);
        assert!(
            error.contains("is not a file of settings") && !error.contains("CANARY"),
            "{error}"
        );
    }
}

#[test]
fn what_belongs_together_is_there_together() {
    for (text, missing) in [
        ("[tls]\nkey = \"x\"", "no `tls.certificate`"),
        ("[tls]\ncertificate = \"x\"", "no `tls.key`"),
        ("[proxy]\nreason = \"x\"", "no `proxy.networks`"),
        ("[oauth]\nissuer = \"https://x\"", "no `oauth.audience`"),
        (
            "[oauth]\nissuer = \"https://x\"\naudience = \"https://y\"\nclient_id = \"x\"",
            "no `oauth.client_secret`",
        ),
        ("[redis]\non_outage = \"local_share\"", "no `redis.instances`"),
        ("[redis]\non_outage = \"open\"", "\"refuse\" or \"local_share\""),
    ] {
        let error = refused(text, &[]);
        assert!(error.contains(missing), "{text}: {error}");
    }
}

#[test]
fn what_would_do_nothing_is_refused() {
    for (text, nothing) in [
        (
            "[tls]\nclient_authorities = \"x\"",
            "does nothing without `tls.certificate` and `tls.key`",
        ),
        ("[tls]\nclient_revocations = \"x\"", "`tls.client_revocations` in /"),
        ("[tls]\nclients = \"optional\"", "does nothing without `tls.client_authorities`"),
        (
            "[tls]\ncertificate = \"x\"\nkey = \"y\"\nclients = \"required\"",
            "does nothing without `tls.client_authorities`",
        ),
        ("[oauth]\nmax_lifetime = \"1h\"", "without `oauth.issuer` and `oauth.audience`"),
        ("[oauth]\nleeway = \"1s\"", "`oauth.leeway` in /"),
        ("[oauth]\nroles_claim = \"roles\"", "`oauth.roles_claim` in /"),
        ("[oauth]\nscope_claim = \"scp\"", "`oauth.scope_claim` in /"),
        ("[oauth]\nsubject_prefix = \"staff:\"", "`oauth.subject_prefix` in /"),
        ("[oauth]\ninitial_scopes = [\"x\"]", "`oauth.initial_scopes` in /"),
        ("[oauth]\nclient_id = \"mcp\"", "`oauth.client_id` in /"),
        ("[redis]\nprefix = \"x\"", "does nothing without `redis.url` and `redis.secret`"),
        ("[redis]\nwait = \"20ms\"", "`redis.wait` in /"),
        ("[redis]\non_outage = \"refuse\"", "`redis.on_outage` in /"),
        ("[redis]\ninstances = 3", "`redis.instances` in /"),
    ] {
        let error = refused(text, &[]);
        assert!(error.contains(nothing) && error.contains("does nothing"), "{text}: {error}");
        assert!(error.contains("or take it away"), "{text}: {error}");
    }
    for (name, value) in [
        ("SECURE_TOOL__TLS__CLIENT_AUTHORITIES", "CANARY"),
        ("SECURE_TOOL__OAUTH__CLIENT_SECRET", "CANARY"),
        ("SECURE_TOOL__OAUTH__MAX_LIFETIME", "1h"),
    ] {
        let error = refused("", &[(name, value)]);
        assert!(error.contains(&format!("variable {name} does nothing")), "{error}");
        assert!(!error.contains("CANARY"), "{error}");
    }
    // The secret of a file counts as the secret.
    let place = Place::new();
    let file = place.write("secret", SECRET, 0o600);
    let error = refused(&format!("[redis]\nsecret_file = {file:?}\nprefix = \"x\""), &[]);
    assert!(error.contains("no `redis.url`") && !error.contains("does nothing"), "{error}");
}

#[cfg(feature = "tls")]
#[test]
fn another_certificate_does_not_let_in_strangers() {
    use crate::server::Tls;
    let shown = |tls: Tls, text: &str| {
        let users = crate::DevelopmentUsers::new().user("alice", &[], &[]);
        let server = crate::Server::new(crate::ToolSet::empty()).callers(users).tls(tls);
        let text = format!("[tls]\ncertificate = \"new.pem\"\nkey = \"new.key\"\n{text}");
        let server = server.settings(read(&text, &[]).unwrap()).unwrap();
        format!("{:?}", server.options.http)
    };
    let asks = || Tls::files("old.pem", "old.key").client_certificates("ours.pem");
    let revokes = || asks().client_revocations("ours.crl");
    for (tls, text, parts) in [
        (asks(), "", ["ours.pem", "required: true", "revocations: None"]),
        (revokes(), "", ["ours.pem", "required: true", "ours.crl"]),
        // Each setting is in place of what it names, and of nothing else.
        (revokes(), "client_revocations = \"new.crl\"", ["ours.pem", "required: true", "new.crl"]),
        (
            revokes(),
            "client_authorities = \"new-ca.pem\"",
            ["new-ca.pem", "required: true", "ours.crl"],
        ),
        (
            asks(),
            "client_authorities = \"new-ca.pem\"\nclients = \"optional\"",
            ["new-ca.pem", "required: false", "revocations: None"],
        ),
    ] {
        let shown = shown(tls, text);
        assert!(shown.contains("new.pem") && shown.contains("new.key"), "{text}: {shown}");
        assert!(!shown.contains("old."), "{text}: {shown}");
        for part in parts {
            assert!(shown.contains(part), "{part}, {text}: {shown}");
        }
    }
}

#[test]
fn a_file_of_settings_holds_no_secret() {
    for text in [
        format!("[redis]\nsecret = \"{SECRET}\""),
        format!("[redis]\nurl = \"{SECRET}\""),
        format!("[oauth]\nclient_secret = \"{SECRET}\""),
    ] {
        let error = refused(&text, &[]);
        assert!(error.contains("must not hold any"), "{error}");
        assert!(error.contains("set SECURE_TOOL__") && error.contains("_file ="), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }
}

#[test]
fn secrets_come_from_files_that_few_may_read() {
    let place = Place::new();
    let url = place.write("url", "redis://127.0.0.1:1/\n", 0o600);
    let settings = |secret: &Path| {
        let text = format!("[redis]\nurl_file = {url:?}\nsecret_file = {secret:?}\n");
        place.write("settings.toml", &text, 0o644)
    };
    let good = place.write("good", &format!("{SECRET}\n"), 0o400);
    read_file(&settings(&good), &[]).unwrap();
    let open = place.write("open", SECRET, 0o644);
    let error = read_file(&settings(&open), &[]).unwrap_err();
    assert!(error.contains("everybody can read the file of a secret"), "{error}");
    assert!(error.contains("chmod 600 /") && !error.contains("hush"), "{error}");
    let empty = place.write("empty", "\n", 0o600);
    assert!(read_file(&settings(&empty), &[]).unwrap_err().contains("is empty"));
    let error = read_file(&settings(&good), &[("SECURE_TOOL__REDIS__SECRET", SECRET)]);
    let error = error.unwrap_err();
    assert!(error.contains("there are both") && !error.contains("hush"), "{error}");
    let mut reader = Reader::open(Some(&settings(&good)), []).unwrap();
    let secret = reader.secret("redis.secret", "redis.secret_file").unwrap();
    assert_eq!(secret.expose_secret(), SECRET, "without the end of its line");
}

#[test]
fn others_cannot_write_to_a_file_of_settings() {
    let place = Place::new();
    for (mode, fine) in [(0o644, true), (0o600, true), (0o664, false), (0o646, false)] {
        let file = place.write("settings.toml", "", mode);
        let read = read_file(&file, &[]);
        assert_eq!(read.is_ok(), fine, "{mode:o}");
        if let Err(error) = read {
            assert!(
                error.contains("others can write to") && error.contains("chmod 644"),
                "{error}"
            );
        }
    }
    assert!(
        read_file(&place.0.path().join("missing"), &[]).unwrap_err().contains("cannot be read")
    );
}
