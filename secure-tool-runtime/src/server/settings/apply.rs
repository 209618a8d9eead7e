//! From settings to a server.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::Settings;
use super::reader::Reader;
use crate::policy::Rate;
use crate::server::{ApiKeys, Callers, HttpLimits, KnowsCallers, Server, StartError};

/// All settings but those that a command line decides about.
pub(super) struct Rest {
    metrics: Option<String>,
    allowed_hosts: Option<Vec<String>>,
    allowed_origins: Option<Vec<String>>,
    failed_logins: Option<Rate>,
    max_request: Option<usize>,
    rate_capacity: Option<usize>,
    tls: Option<Tls>,
    proxy: Option<(String, Vec<String>)>,
    limits: Limits,
    sessions: [Option<usize>; 2],
    sessions_idle: Option<Duration>,
    oauth: Option<OAuth>,
    api_keys: Option<PathBuf>,
    redis: Option<Redis>,
}

#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "refused"))]
struct Tls {
    certificate: String,
    key: String,
    client_authorities: Option<String>,
    client_revocations: Option<String>,
    optional: bool,
}

#[derive(Default)]
struct Limits {
    numbers: [Option<usize>; 5],
    header_size: Option<usize>,
    times: [Option<Duration>; 7],
}

#[cfg_attr(not(feature = "oauth"), expect(dead_code, reason = "refused"))]
struct OAuth {
    issuer: String,
    audience: String,
    roles_claim: Option<String>,
    scope_claim: Option<String>,
    subject_prefix: Option<String>,
    initial_scopes: Option<Vec<String>>,
    max_lifetime: Option<Duration>,
    leeway: Option<Duration>,
    client: Option<(String, SecretString)>,
}

#[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "refused"))]
struct Redis {
    url: SecretString,
    secret: SecretString,
    prefix: Option<String>,
    wait: Option<Duration>,
    /// How many instances share a limit in an outage.
    local_share: Option<usize>,
}

impl Rest {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Rest {
            metrics: reader.text("metrics"),
            allowed_hosts: reader.list("allowed_hosts"),
            allowed_origins: reader.list("allowed_origins"),
            failed_logins: reader.rate("failed_logins"),
            max_request: reader.bytes("max_request"),
            rate_capacity: reader.number("rate_capacity"),
            tls: tls(reader),
            proxy: {
                let (reason, networks) =
                    (reader.text("proxy.reason"), reader.list("proxy.networks"));
                reader.both(["proxy.reason", "proxy.networks"], reason, networks)
            },
            limits: limits(reader),
            sessions: [reader.number("sessions.per_principal"), reader.number("sessions.in_total")],
            sessions_idle: reader.time("sessions.idle"),
            oauth: oauth(reader),
            api_keys: reader.text("api_keys.file").map(PathBuf::from),
            redis: redis(reader),
        }
    }
}

fn tls(reader: &mut Reader) -> Option<Tls> {
    let (certificate, key) = (reader.text("tls.certificate"), reader.text("tls.key"));
    let files = reader.both(["tls.certificate", "tls.key"], certificate, key);
    let client_authorities = reader.text("tls.client_authorities");
    let client_revocations = reader.text("tls.client_revocations");
    let clients = reader.choice("tls.clients", ["required", "optional"]);
    reader.only_with(
        &["tls.certificate", "tls.key"],
        &["tls.client_authorities", "tls.client_revocations"],
    );
    reader.only_with(&["tls.client_authorities"], &["tls.clients"]);
    let (certificate, key) = files?;
    let optional = clients == Some("optional");
    Some(Tls { certificate, key, client_authorities, client_revocations, optional })
}

fn limits(reader: &mut Reader) -> Limits {
    let numbers = [
        "limits.connections",
        "limits.connections_per_address",
        "limits.headers",
        "limits.streams",
        "limits.resets",
    ];
    let times = [
        "limits.handshake_time",
        "limits.header_time",
        "limits.body_time",
        "limits.idle_time",
        "limits.write_time",
        "limits.notice_time",
        "limits.drain_time",
    ];
    Limits {
        numbers: numbers.map(|key| reader.number(key)),
        header_size: reader.bytes("limits.header_size"),
        times: times.map(|key| reader.time(key)),
    }
}

fn oauth(reader: &mut Reader) -> Option<OAuth> {
    let (issuer, audience) = (reader.text("oauth.issuer"), reader.text("oauth.audience"));
    let id = reader.text("oauth.client_id");
    let secret = reader.secret("oauth.client_secret", "oauth.client_secret_file");
    let rest = |issuer, audience, reader: &mut Reader| OAuth {
        issuer,
        audience,
        roles_claim: reader.text("oauth.roles_claim"),
        scope_claim: reader.text("oauth.scope_claim"),
        subject_prefix: reader.text("oauth.subject_prefix"),
        initial_scopes: reader.list("oauth.initial_scopes"),
        max_lifetime: reader.time("oauth.max_lifetime"),
        leeway: reader.time("oauth.leeway"),
        client: reader.both(["oauth.client_id", "oauth.client_secret"], id, secret),
    };
    let both = reader.both(["oauth.issuer", "oauth.audience"], issuer, audience);
    let is_there = both.is_some();
    let (issuer, audience) = both.unwrap_or_default();
    // Read in any case, so that all of its settings are known.
    let oauth = rest(issuer, audience, reader);
    reader.only_with(
        &["oauth.issuer", "oauth.audience"],
        &[
            "oauth.roles_claim",
            "oauth.scope_claim",
            "oauth.subject_prefix",
            "oauth.initial_scopes",
            "oauth.max_lifetime",
            "oauth.leeway",
            "oauth.client_id",
            "oauth.client_secret",
            "oauth.client_secret_file",
        ],
    );
    is_there.then_some(oauth)
}

fn redis(reader: &mut Reader) -> Option<Redis> {
    let url = reader.secret("redis.url", "redis.url_file");
    let secret = reader.secret("redis.secret", "redis.secret_file");
    let both = reader.both(["redis.url", "redis.secret"], url, secret);
    let (prefix, wait) = (reader.text("redis.prefix"), reader.time("redis.wait"));
    let choice = reader.choice("redis.on_outage", ["refuse", "local_share"]);
    let instances = reader.number("redis.instances");
    let share = (choice == Some("local_share")).then_some(());
    let share =
        reader.both(["redis.on_outage = \"local_share\"", "redis.instances"], share, instances);
    reader.only_with(
        &["redis.url", "redis.secret"],
        &["redis.prefix", "redis.wait", "redis.on_outage", "redis.instances"],
    );
    let (url, secret) = both?;
    Some(Redis { url, secret, prefix, wait, local_share: share.map(|((), instances)| instances) })
}

impl Limits {
    fn apply(&self, limits: &mut HttpLimits) {
        fn set<T: Copy>(limit: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *limit = value;
            }
        }
        let [connections, per_address, headers, streams, resets] = self.numbers;
        let [handshake, header, body, idle, write, notice, drain] = self.times;
        set(&mut limits.connections, connections);
        set(&mut limits.connections_per_address, per_address);
        set(&mut limits.headers, headers);
        set(&mut limits.streams, streams.map(|n| u32::try_from(n).unwrap_or(u32::MAX)));
        set(&mut limits.resets, resets);
        set(&mut limits.header_size, self.header_size);
        set(&mut limits.handshake_time, handshake);
        set(&mut limits.header_time, header);
        set(&mut limits.body_time, body);
        set(&mut limits.idle_time, idle);
        set(&mut limits.write_time, write);
        set(&mut limits.notice_time, notice);
        set(&mut limits.drain_time, drain);
    }
}

impl<C: KnowsCallers, H> Server<C, H> {
    /// Applies what the operator has set, in place of what was said before. See
    /// [`settings`](crate::server::settings).
    ///
    /// `http` and `audit_file` are for whoever starts the server: [`Server::cli`](crate::Server::cli), or you.
    ///
    /// # Errors
    /// If something is set that this server was built without.
    pub fn settings(self, settings: Settings) -> Result<Server<Callers, H>, StartError> {
        let rest = settings.rest;
        let mut server = self.known();
        let http = &mut server.options.http;
        rest.limits.apply(&mut http.limits);
        if let Some(hosts) = rest.allowed_hosts {
            http.allowed_hosts = hosts;
        }
        if let Some(origins) = rest.allowed_origins {
            http.allowed_origins = origins;
        }
        if let Some(proxy) = rest.proxy {
            http.proxies = Some(proxy);
        }
        let [per_principal, in_total] = rest.sessions;
        if per_principal.is_some() || in_total.is_some() || rest.sessions_idle.is_some() {
            let sessions = http.sessions.unwrap_or_default();
            let sessions = per_principal.map_or(sessions, |most| sessions.per_principal(most));
            let sessions = in_total.map_or(sessions, |most| sessions.in_total(most));
            http.sessions = Some(rest.sessions_idle.map_or(sessions, |time| sessions.idle(time)));
        }
        if let Some(tls) = rest.tls {
            set_tls(http, tls)?;
        }
        let options = &mut server.options;
        options.failed_logins = rest.failed_logins.unwrap_or(options.failed_logins);
        options.max_request = rest.max_request.or(options.max_request);
        options.rate_capacity = rest.rate_capacity.unwrap_or(options.rate_capacity);
        if let Some(redis) = rest.redis {
            share(options, redis)?;
        }
        if let Some(address) = rest.metrics {
            set_metrics(options, &address)?;
        }
        let oauth = rest.oauth.map(oauth_callers).transpose()?;
        let keys = rest.api_keys.map(|file| Callers::from(ApiKeys::from_file(file)));
        server.callers = match (oauth, keys) {
            (Some(oauth), Some(keys)) => server.callers.over_http_as(oauth.or(keys)),
            (Some(callers), None) | (None, Some(callers)) => server.callers.over_http_as(callers),
            (None, None) => server.callers,
        };
        Ok(server)
    }
}

#[cfg(feature = "tls")]
#[expect(clippy::unnecessary_wraps, reason = "without TLS, it fails")]
fn set_tls(http: &mut crate::server::http::Options, tls: Tls) -> Result<(), StartError> {
    let mut files = crate::server::Tls::files(tls.certificate, tls.key);
    if let Some(lists) = tls.client_revocations {
        files = files.client_revocations(lists);
    }
    http.set_tls(match (tls.client_authorities, tls.optional) {
        (Some(authorities), false) => files.client_certificates(authorities),
        (Some(authorities), true) => files.optional_client_certificates(authorities),
        (None, _) => files,
    });
    Ok(())
}

#[cfg(not(feature = "tls"))]
fn set_tls(_: &mut crate::server::http::Options, _: Tls) -> Result<(), StartError> {
    Err(without("tls"))
}

#[cfg(feature = "redis")]
fn share(options: &mut crate::server::Options, set: Redis) -> Result<(), StartError> {
    use crate::shared::{OnOutage, Redis};
    let mut redis = Redis::new(set.url, set.secret)?;
    if let Some(prefix) = set.prefix {
        redis = redis.prefix(prefix);
    }
    if let Some(wait) = set.wait {
        redis = redis.wait(wait);
    }
    if let Some(instances) = set.local_share {
        let instances = u32::try_from(instances).unwrap_or(u32::MAX);
        redis = redis.on_outage(OnOutage::LocalShare { instances });
    }
    options.shared = Some(redis.into());
    Ok(())
}

#[cfg(not(feature = "redis"))]
fn share(_: &mut crate::server::Options, _: Redis) -> Result<(), StartError> {
    Err(without("redis"))
}

#[cfg(feature = "metrics")]
fn set_metrics(options: &mut crate::server::Options, address: &str) -> Result<(), StartError> {
    let address = address.parse().map_err(|_| {
        StartError::new("`metrics` is not an address", "write it as \"127.0.0.1:9090\"")
    })?;
    options.metrics = Some(address);
    Ok(())
}

#[cfg(not(feature = "metrics"))]
fn set_metrics(_: &mut crate::server::Options, _: &str) -> Result<(), StartError> {
    Err(without("metrics"))
}

#[cfg(feature = "oauth")]
#[expect(clippy::unnecessary_wraps, reason = "without OAuth, it fails")]
fn oauth_callers(set: OAuth) -> Result<Callers, StartError> {
    use crate::server::OAuth;
    let mut oauth = OAuth::issuer(set.issuer).audience(set.audience);
    if let Some(claim) = set.roles_claim {
        oauth = oauth.roles_claim(claim);
    }
    if let Some(claim) = set.scope_claim {
        oauth = oauth.scope_claim(claim);
    }
    if let Some(prefix) = set.subject_prefix {
        oauth = oauth.subject_prefix(prefix);
    }
    if let Some(scopes) = set.initial_scopes {
        oauth = oauth.initial_scopes(scopes);
    }
    if let Some(lifetime) = set.max_lifetime {
        oauth = oauth.max_lifetime(lifetime);
    }
    if let Some(leeway) = set.leeway {
        oauth = oauth.leeway(leeway);
    }
    if let Some((id, secret)) = set.client {
        oauth = oauth.introspect(id, secret);
    }
    Ok(oauth.into())
}

#[cfg(not(feature = "oauth"))]
fn oauth_callers(_: OAuth) -> Result<Callers, StartError> {
    Err(without("oauth"))
}

#[cfg(not(all(feature = "tls", feature = "redis", feature = "metrics", feature = "oauth")))]
fn without(feature: &str) -> StartError {
    StartError::new(
        format!("there are settings of `{feature}`, and this server was built without it"),
        format!("add the feature `{feature}` of secure-tool-runtime, or take the settings away"),
    )
}
