//! Calls that are a request and its answer, with nothing between: they go to the guards directly.
//!
//! rmcp makes a service of its own for every request, with tasks and channels, so that a handler can talk to
//! its client meanwhile; and it reads a message as any of thirty kinds. That takes longer than everything else
//! about a call (`cargo bench --bench http`). Most calls need none of it: a `tools/call` outside of a session
//! whose headers say what its body says, of a tool whose handler cannot talk.
//!
//! What is not exactly that is left to rmcp, and so is every complaint about it. Both ways answer the same, so a client
//! that chooses between them gains nothing. One that leaves while its rate is asked of a store is not served here,
//! where rmcp would go on.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rmcp::model::{
    CallToolResponse, ClientCapabilities, ErrorCode, ErrorData, InputResponses, JsonObject,
    JsonRpcError, JsonRpcResponse, JsonRpcVersion2_0, ProtocolVersion, RequestId,
    RequestMetaObject, ServerResult,
};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use tokio_util::sync::CancellationToken;

use super::authenticate::Known;
use super::body::media_types_are_plain;
use crate::error::CANCELLED;
use crate::exchange::Incoming;
use crate::guarded_tools::{GuardedTools, refused};
use crate::pipeline::Request;
use crate::span;

/// The method that calls a tool.
const METHOD: &str = "tools/call";

/// Serves calls without rmcp's service.
pub(super) struct Direct {
    tools: GuardedTools,
    /// Whether older clients open a session first.
    sessions: bool,
    /// Ends what still runs.
    stop: CancellationToken,
}

impl Direct {
    pub(super) fn new(tools: GuardedTools, sessions: bool, stop: CancellationToken) -> Self {
        Direct { tools, sessions, stop }
    }

    /// The call that a message is, if it can be served so.
    pub(super) fn call(&self, headers: &HeaderMap, message: &[u8]) -> Option<Call> {
        let said = Said::of(headers).filter(|_| media_types_are_plain(headers))?;
        // As much as can be told before the message is read.
        let may_be = match said.name {
            Some(name) => name.to_str().is_ok_and(|name| self.tools.is_direct(name)),
            None => !self.sessions,
        };
        if !may_be {
            return None;
        }
        Call::read(&said, message).filter(|call| self.tools.is_direct(&call.params.name))
    }

    /// Dropped, the call is cancelled: its client is gone.
    pub(super) async fn serve(&self, call: Call, known: &Known<'_>) -> Response {
        let Call { id, capabilities, params } = call;
        let Params { name, arguments, input_responses, request_state, meta } = params;
        let in_rounds = capabilities.is_some();
        let capabilities = capabilities.unwrap_or_default();
        let client =
            Incoming::without_line(capabilities, in_rounds, input_responses, request_state);
        let request = Request {
            tool: Cow::Owned(name),
            arguments,
            caller: Some(known.caller().clone()),
            client: Some(client),
            trace: span::trace_context(&meta),
            cancelled: self.stop.clone(),
        };
        #[cfg(feature = "oauth")]
        let answer = self.tools.call(request, known.step_up()).await;
        #[cfg(not(feature = "oauth"))]
        let answer = self.tools.call(request).await;
        match answer {
            Ok(answer) if self.stop.is_cancelled() && refused(&answer) == Some(CANCELLED) => {
                // It is the server that breaks off.
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            answer => respond(id, in_rounds, answer),
        }
    }
}

/// A call that may be served directly.
pub(super) struct Call {
    id: RequestId,
    /// What its client can be asked, in the revision 2026-07-28, where questions are the result of a call.
    capabilities: Option<ClientCapabilities>,
    params: Params,
}

impl Call {
    /// None if it is anything else, or if there is anything unusual about it.
    fn read(said: &Said<'_>, message: &[u8]) -> Option<Self> {
        let Message { jsonrpc, id, method, params } = serde_json::from_slice(message).ok()?;
        let capabilities = said.fits(&params)?;
        let fits = jsonrpc == "2.0" && method == METHOD;
        fits.then_some(Call { id, capabilities, params })
    }
}

/// What the headers of MCP say, each of them once, in a request that has no others.
#[derive(Default)]
struct Said<'a> {
    revision: Option<&'a HeaderValue>,
    method: Option<&'a HeaderValue>,
    name: Option<&'a HeaderValue>,
}

impl<'a> Said<'a> {
    fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut said = Said::default();
        for (name, value) in headers.iter().filter(|(name, _)| name.as_str().starts_with("mcp-")) {
            let place = match name.as_str() {
                "mcp-protocol-version" => &mut said.revision,
                "mcp-method" => &mut said.method,
                "mcp-name" => &mut said.name,
                // Of a session, of an argument: for rmcp.
                _ => return None,
            };
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(said)
    }

    /// What the client can be asked, or nothing in a revision without rounds: if this is what the headers of a call
    /// with these parameters say (MCP 2026-07-28, "Streamable HTTP"; 2025-11-25, "Transports").
    fn fits(&self, params: &Params) -> Option<Option<ClientCapabilities>> {
        let revision = self.revision?;
        match (params.meta.protocol_version(), self.method, self.name) {
            (Some(said), Some(method), Some(name)) => {
                let fits = said == ProtocolVersion::V_2026_07_28
                    && revision == said.as_str()
                    && method == METHOD
                    && name == params.name.as_str();
                fits.then(|| params.meta.client_capabilities()).filter(Option::is_some)
            }
            (None, None, None) => {
                let known = [ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2025_06_18];
                known.iter().any(|known| revision == known.as_str()).then_some(None)
            }
            _ => None,
        }
    }
}

/// A message that is nothing but a call. No value in it is passed over: what a parser only skips, it does not check.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    id: RequestId,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(deserialize_with = "of_object")]
    params: Params,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Params {
    name: String,
    arguments: Option<JsonObject>,
    input_responses: Option<InputResponses>,
    request_state: Option<String>,
    #[serde(rename = "_meta", default)]
    meta: RequestMetaObject,
}

/// Reads a struct from an object, and not also from a list of its fields.
fn of_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(reader: D) -> Result<T, D::Error> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    reader.deserialize_map(Object(PhantomData))
}

/// What rmcp makes of it, with the status that the protocol has for such errors.
fn respond(
    id: RequestId,
    in_rounds: bool,
    answer: Result<CallToolResponse, ErrorData>,
) -> Response {
    match answer {
        Ok(answer) => {
            let mut result = ServerResult::from(answer);
            if !in_rounds {
                result.strip_result_type_for_legacy_peer();
                result.strip_non_object_output_for_legacy_peer();
            }
            json(StatusCode::OK, &JsonRpcResponse { jsonrpc: JsonRpcVersion2_0, id, result })
        }
        Err(error) => {
            let status = match error.code {
                ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY if in_rounds => {
                    StatusCode::BAD_REQUEST
                }
                _ => StatusCode::OK,
            };
            json(status, &JsonRpcError::new(Some(id), error))
        }
    }
}

fn json(status: StatusCode, message: &impl Serialize) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    // Most answers and all refusals have room in it, so that it does not grow several times.
    let mut body = Vec::with_capacity(1024);
    match serde_json::to_writer(&mut body, message) {
        Ok(()) => (status, [(CONTENT_TYPE, JSON)], Body::from(body)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta};
    use serde_json::{Value, json};

    use super::*;

    const MODERN: [(&str, &str); 3] =
        [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "add")];
    const OLDER: [(&str, &str); 1] = [("mcp-protocol-version", "2025-11-25")];

    fn headers<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = http::HeaderName::try_from(name).unwrap();
            map.append(name, HeaderValue::try_from(value).unwrap());
        }
        map
    }

    fn modern() -> Value {
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": "add", "arguments": { "a": 1 }, "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": "n", "version": "1" },
                "progressToken": 7, "traceparent": "00-…", "example.com/other": [],
            },
        } })
    }

    fn older() -> Value {
        json!({ "jsonrpc": "2.0", "id": "one", "method": "tools/call", "params": { "name": "add" } })
    }

    fn read(said: &HeaderMap, message: &Value) -> Option<Call> {
        Call::read(&Said::of(said)?, message.to_string().as_bytes())
    }

    #[test]
    fn usual_calls_are_served_directly() {
        let call = read(&headers(MODERN), &modern()).unwrap();
        assert!(call.capabilities.is_some());
        assert_eq!(call.id, RequestId::Number(1));
        assert_eq!(call.params.arguments.unwrap()["a"], 1);
        let mut again = modern();
        again["params"]["requestState"] = json!("sealed");
        again["params"]["inputResponses"] = json!({ "confirm": { "action": "accept" } });
        let call = read(&headers(MODERN), &again).unwrap();
        assert_eq!(call.params.request_state.as_deref(), Some("sealed"));
        assert_eq!(call.params.input_responses.unwrap().len(), 1);
        for revision in ["2025-11-25", "2025-06-18"] {
            let call = read(&headers([("mcp-protocol-version", revision)]), &older()).unwrap();
            assert!(call.capabilities.is_none() && call.params.arguments.is_none());
        }
        let mut of_other_meta = older();
        of_other_meta["params"]["_meta"] = json!({ "progressToken": "p" });
        assert!(read(&headers(OLDER), &of_other_meta).is_some());
    }

    #[test]
    fn headers_that_say_anything_else_are_for_rmcp() {
        for without in 0..MODERN.len() {
            let kept = MODERN.iter().enumerate().filter(|(index, _)| *index != without);
            assert!(read(&headers(kept.map(|(_, header)| *header)), &modern()).is_none());
        }
        for (name, value) in [
            ("mcp-protocol-version", "2025-11-25"),
            ("mcp-protocol-version", "2026-07-28 "),
            ("mcp-protocol-version", "2027-01-01"),
            ("mcp-method", "tools/list"),
            ("mcp-method", "Tools/call"),
            ("mcp-name", "sub"),
            ("mcp-name", "ADD"),
            ("mcp-name", "=?base64?YWRk?="),
            ("mcp-name", ""),
        ] {
            let mut said = headers(MODERN);
            said.insert(http::HeaderName::from_static(name), value.parse().unwrap());
            assert!(read(&said, &modern()).is_none(), "{value:?}");
        }
        for more in MODERN.into_iter().chain([
            ("mcp-session-id", "x"),
            ("mcp-param-a", "1"),
            ("mcp-anything", ""),
        ]) {
            assert!(read(&headers(MODERN.into_iter().chain([more])), &modern()).is_none());
            assert!(read(&headers(OLDER.into_iter().chain([more])), &older()).is_none());
        }
        assert!(read(&headers([]), &older()).is_none());
        for revision in ["2024-11-05", "2026-07-28", "2025-03-26", "x"] {
            let said = headers([("mcp-protocol-version", revision)]);
            assert!(read(&said, &older()).is_none(), "{revision}");
        }
        assert!(read(&headers(MODERN), &older()).is_none(), "the body is older");
        assert!(read(&headers(OLDER), &modern()).is_none(), "the body is newer");
    }

    #[test]
    fn messages_with_anything_else_are_for_rmcp() {
        let changes: [(&str, &str, Value); 16] = [
            ("", "jsonrpc", json!("2.1")),
            ("", "method", json!("tools/list")),
            ("", "id", Value::Null),
            ("", "id", json!([])),
            ("", "result", json!({})),
            ("", "error", Value::Null),
            ("", "params", json!(["add", {}, null, null, modern()["params"]["_meta"]])),
            ("/params", "name", json!("sub")),
            ("/params", "name", json!(1)),
            ("/params", "arguments", json!([])),
            ("/params", "task", json!({})),
            ("/params", "requestState", json!(1)),
            ("/params", "_meta", json!(["2026-07-28", {}, null, null])),
            ("/params/_meta", "io.modelcontextprotocol/protocolVersion", json!("2025-11-25")),
            ("/params/_meta", "io.modelcontextprotocol/clientCapabilities", json!(1)),
            ("/params/_meta", "io.modelcontextprotocol/clientCapabilities", Value::Null),
        ];
        for (place, key, value) in changes {
            let mut message = modern();
            message.pointer_mut(place).unwrap()[key] = value;
            assert!(read(&headers(MODERN), &message).is_none(), "{message}");
        }
        let mut list = older();
        list["params"] = json!(["add", { "a": 1 }, null, null, {}]);
        assert!(read(&headers(OLDER), &list).is_none());
        let said = headers(MODERN);
        let said = Said::of(&said).unwrap();
        for message in [&b""[..], b"{", b"[]", b"null", b"{\"jsonrpc\":\"2.0\"}\0", b"\xff"] {
            assert!(Call::read(&said, message).is_none());
        }
    }

    /// What no value can be made of, or should: its place in a message, and its bytes.
    const RAW: [(&str, &[u8]); 5] = [
        ("@number", b"1e999"),
        ("@surrogate", b"\"\\ud800\""),
        ("@bytes", b"\"\xff\xfe\""),
        ("@control", b"\"\x01\""),
        ("@key", b"{\"\xff\":1}"),
    ];

    fn bytes(message: &Value) -> Vec<u8> {
        let mut bytes = message.to_string().into_bytes();
        for (name, raw) in RAW {
            let name = format!("\"{name}\"").into_bytes();
            while let Some(at) = bytes.windows(name.len()).position(|part| part == name) {
                bytes.splice(at..at + name.len(), raw.iter().copied());
            }
        }
        bytes
    }

    /// A value like those that stand at this place, or another one.
    fn or_any(usual: Value) -> impl Strategy<Value = Value> {
        let any = prop_oneof![
            Just(Value::Null),
            Just(json!({})),
            Just(json!([])),
            Just(json!([1, "a"])),
            Just(json!({ "a": { "b": [null] } })),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "(add|2\\.0|2026-07-28|tools/call|[a-z]{0,3})".prop_map(Value::from),
            prop::sample::select(RAW.map(|(name, _)| name).to_vec()).prop_map(Value::from),
            prop::sample::select(RAW.map(|(name, _)| name).to_vec())
                .prop_map(|raw| json!({ "x": [raw] })),
        ];
        prop_oneof![8 => Just(usual), 1 => any]
    }

    prop_compose! {
        fn messages()(
            jsonrpc in or_any(json!("2.0")),
            id in or_any(json!(1)),
            method in or_any(json!("tools/call")),
            name in or_any(json!("add")),
            arguments in prop::option::of(or_any(json!({ "a": 1.5, "b": [{}] }))),
            responses in prop::option::of(or_any(json!({ "c": {} }))),
            state in prop::option::of(or_any(json!("s"))),
            revision in prop::option::of(or_any(json!("2026-07-28"))),
            capabilities in prop::option::of(or_any(json!({ "elicitation": {} }))),
            other in prop::option::of(or_any(json!(1))),
            place in 0..3_usize,
        ) -> Value {
            let mut meta = serde_json::Map::new();
            let mut params = serde_json::Map::from_iter([("name".to_owned(), name)]);
            let mut message = json!({ "jsonrpc": jsonrpc, "id": id, "method": method });
            meta.extend(revision.map(|it| ("io.modelcontextprotocol/protocolVersion".into(), it)));
            let key = "io.modelcontextprotocol/clientCapabilities";
            meta.extend(capabilities.map(|it| (key.into(), it)));
            params.extend(arguments.map(|it| ("arguments".into(), it)));
            params.extend(responses.map(|it| ("inputResponses".into(), it)));
            params.extend(state.map(|it| ("requestState".into(), it)));
            match (other, place) {
                (Some(other), 0) => { meta.insert("progressToken".into(), other); }
                (Some(other), 1) => { params.insert("result".into(), other); }
                (Some(other), _) => message["result"] = other,
                (None, _) => {}
            }
            if !meta.is_empty() {
                params.insert("_meta".into(), meta.into());
            }
            message["params"] = params.into();
            message
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// What is read here as a call is the same call to rmcp.
        #[test]
        fn rmcp_reads_the_same(message in messages()) {
            let bytes = bytes(&message);
            for said in [headers(MODERN), headers(OLDER)] {
                let Some(call) = Call::read(&Said::of(&said).unwrap(), &bytes) else { continue };
                let other: ClientJsonRpcMessage = serde_json::from_slice(&bytes).unwrap();
                let ClientJsonRpcMessage::Request(other) = other else { panic!("{message}") };
                prop_assert_eq!(&call.id, &other.id);
                let meta = other.request.get_meta().clone();
                let ClientRequest::CallToolRequest(other) = other.request else { panic!("{message}") };
                prop_assert_eq!(call.capabilities.is_some(), meta.protocol_version().is_some());
                if call.capabilities.is_some() {
                    prop_assert_eq!(call.capabilities, meta.client_capabilities());
                }
                // It is the same map, which rmcp has moved.
                prop_assert_eq!(call.params.meta, meta);
                prop_assert_eq!(call.params.name, other.params.name);
                prop_assert_eq!(call.params.arguments, other.params.arguments);
                prop_assert_eq!(call.params.input_responses, other.params.input_responses);
                prop_assert_eq!(call.params.request_state, other.params.request_state);
            }
        }
    }
}
