//! Policies in Cedar: what is permitted, and everything else that may go wrong.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rmcp::model::{CallToolRequestParams, CallToolResult};
use secure_tool_runtime::audit::{Audit, MemoryLog, Outcome};
use secure_tool_runtime::authorizer::cedar::Cedar;
use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{GuardedTools, REFUSAL_KEY, ToolSet, tools};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const SCHEMA: &str = r#"
entity User { scopes: Set<String>, roles: Set<String> };
entity Server;
action rename, unlisted_input appliesTo {
    principal: User,
    resource: Server,
    context: { effect: String, input: { title: String, pages?: Long, labels?: Set<String> } },
};
"#;

const POLICIES: &str = r#"
permit (principal, action == Action::"rename", resource)
when { principal.roles.contains("editor") && context.input.title like "draft *" };

@id("long texts are printed")
forbid (principal, action, resource)
when { context.input has pages && context.input.pages > 100 };
"#;

struct Book;

#[secure_tools]
impl Book {
    /// Rename the book.
    #[secure_tool(public = "the server decides", effect = write)]
    async fn rename(
        &self,
        /// The new title.
        #[validate(length(max = 100))]
        title: String,
        /// How many pages it has.
        #[validate(range(min = 0, max = 1000))]
        pages: Option<u32>,
        /// Labels to find it by.
        #[validate(length(max = 10))]
        labels: Option<Vec<Text<1, 32>>>,
    ) {
        let _ = (title, pages, labels);
    }

    /// The schema has another input for it.
    #[secure_tool(public = "the server decides", effect = write)]
    async fn unlisted_input(
        &self,
        /// A number, where the schema wants text.
        title: u8,
    ) {
        let _ = title;
    }
}

/// The schema does not have it.
#[secure_tool(public = "the server decides", effect = read)]
async fn unlisted() {}

/// The schema has it for others.
#[secure_tool(public = "the server decides", effect = read)]
async fn of_others() {}

/// The schema has it for something else.
#[secure_tool(public = "the server decides", effect = read)]
async fn of_else() {}

struct Files {
    directory: TempDir,
}

impl Files {
    fn new(policies: &str, schema: &str) -> Self {
        let files = Files { directory: tempfile::tempdir().unwrap() };
        files.write("policies.cedar", policies);
        files.write("schema.cedarschema", schema);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        // Whatever the umask is: others may not write to it.
        #[cfg(unix)]
        chmod(&self.path(name), 0o644);
    }

    fn open(&self) -> Result<Cedar, secure_tool_runtime::server::StartError> {
        Cedar::open(self.path("policies.cedar"), self.path("schema.cedarschema"))
    }
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

struct Served {
    tools: GuardedTools,
    audit: Audit,
    log: MemoryLog,
}

impl Served {
    fn new(cedar: Arc<Cedar>) -> Self {
        let (audit, log) = Audit::memory(1000);
        let server = Server::new(Book).audit(audit.clone()).authorizer(cedar);
        Served { tools: server.embed().unwrap(), audit, log }
    }

    async fn call(&self, caller: &Caller, tool: &str, input: Value) -> CallToolResult {
        let params = CallToolRequestParams::new(tool.to_owned())
            .with_arguments(input.as_object().unwrap().clone());
        self.tools.call_as(caller.clone(), params, CancellationToken::new()).await.unwrap()
    }

    /// The code of the refusal and its cause in the log.
    async fn refused(&self, caller: &Caller, tool: &str, input: Value) -> (String, String) {
        let result = self.call(caller, tool, input).await;
        let refusal = result.meta.unwrap().get(REFUSAL_KEY).unwrap().clone();
        self.audit.flush().await.unwrap();
        let record = self.log.records().pop().unwrap();
        assert_ne!(record.outcome, Outcome::Served);
        (refusal["code"].as_str().unwrap().to_owned(), record.cause.unwrap().into())
    }

    async fn allowed(&self, caller: &Caller, tool: &str, input: Value) -> bool {
        self.call(caller, tool, input).await.is_error != Some(true)
    }
}

fn editor() -> Caller {
    Caller::new("ada").unwrap().with_roles(["editor"]).unwrap()
}

fn reader() -> Caller {
    Caller::new("bob").unwrap()
}

#[tokio::test]
async fn what_is_permitted_is_done_and_nothing_else() {
    let files = Files::new(POLICIES, SCHEMA);
    let served = Served::new(Arc::new(files.open().unwrap()));
    let draft = json!({ "title": "draft 1", "pages": 100, "labels": ["a"] });
    assert!(served.allowed(&editor(), "rename", draft.clone()).await);
    for (caller, input, cause) in [
        (reader(), draft.clone(), "no policy permits it"),
        (editor(), json!({ "title": "final" }), "no policy permits it"),
        (editor(), json!({ "title": "draft 1", "pages": 101 }), "forbidden by policy1"),
    ] {
        let refused = served.refused(&caller, "rename", input).await;
        assert_eq!(refused, ("denied".to_owned(), cause.to_owned()));
    }
}

#[tokio::test]
async fn what_does_not_fit_the_schema_is_denied() {
    let files = Files::new("permit (principal, action, resource);", SCHEMA);
    let served = Served::new(Arc::new(files.open().unwrap()));
    let (code, cause) = served.refused(&editor(), "unlisted_input", json!({ "title": 1 })).await;
    assert_eq!(code, "internal");
    // Without the input: it is the client's.
    assert_eq!(cause, "the authorizer failed: the input is not what the schema says for this tool");
}

#[tokio::test]
async fn a_tool_that_a_later_schema_has_lost_is_denied() {
    let files = Files::new("permit (principal, action, resource);", SCHEMA);
    let cedar = Arc::new(files.open().unwrap());
    let served = Served::new(Arc::clone(&cedar));
    files.write("schema.cedarschema", &SCHEMA.replace("action rename, ", "action "));
    cedar.reload().unwrap();
    let (code, cause) = served.refused(&editor(), "rename", json!({ "title": "a" })).await;
    assert_eq!(code, "internal");
    assert_eq!(cause, "the authorizer failed: the schema has no action of this tool");
}

#[test]
fn a_tool_that_the_schema_does_not_have_does_not_start() {
    let others = "entity Robot, Elsewhere;
        action of_others appliesTo { principal: Robot, resource: Server };
        action of_else appliesTo { principal: User, resource: Elsewhere };";
    let files = Files::new("permit (principal, action, resource);", &format!("{SCHEMA}{others}"));
    let wrong = [
        (tools![unlisted], "unlisted", "has no `Action::\"unlisted\"`: add `action \"unlisted\""),
        (tools![of_others], "of_others", "has `Action::\"of_others\"` for other principals"),
        (tools![of_else], "of_else", "has `Action::\"of_else\"` for other resources"),
    ];
    for (tools, name, what) in wrong {
        let tools = ToolSet::new(Book).and(tools);
        let refused = Server::new(tools).authorizer(files.open().unwrap()).embed();
        let error = refused.err().unwrap().to_string();
        assert!(error.contains(&format!("about calls of `{name}`: ")), "{error}");
        assert!(error.contains(what) && error.contains("\n  help: "), "{error}");
    }
    // By `serve --check`, too.
    let code = |arguments: &[&str], tools: ToolSet| {
        let users = DevelopmentUsers::new().user("ada", &[], &[]);
        let server = Server::new(tools).callers(users).authorizer(files.open().unwrap());
        let arguments: Vec<_> = ["book", "serve", "--check"].iter().chain(arguments).collect();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(server.cli_from(arguments.into_iter().map(Into::into)))
    };
    let http = ["--http", "127.0.0.1:0"];
    assert_eq!(code(&http, ToolSet::new(Book)), ExitCode::SUCCESS);
    assert_eq!(code(&http, tools![unlisted]), ExitCode::FAILURE);
}

#[cfg(unix)]
#[tokio::test]
async fn files_that_others_may_write_to_are_refused() {
    for name in ["policies.cedar", "schema.cedarschema"] {
        let files = Files::new("permit (principal, action, resource);", SCHEMA);
        let cedar = Arc::new(files.open().unwrap());
        let served = Served::new(Arc::clone(&cedar));
        for mode in [0o666, 0o664, 0o646] {
            if name == "policies.cedar" {
                files.write(name, "");
            }
            chmod(&files.path(name), mode);
            let error = files.open().unwrap_err().to_string();
            assert!(error.contains("others can write to"), "{error}");
            assert!(error.contains(name) && error.contains("chmod 644"), "{error}");
            // Nor is what they may have written taken over.
            cedar.reload().unwrap_err();
            assert!(served.allowed(&reader(), "rename", json!({ "title": "a" })).await);
        }
        chmod(&files.path(name), 0o644);
        cedar.reload().unwrap();
    }
}

#[tokio::test]
async fn what_fails_shows_no_value_in_the_record() {
    const CANARY: &str = "canary-7391";
    let policies = r#"
        permit (principal, action, resource);
        forbid (principal, action, resource)
        when { context.input has pages && context.input.pages * 9223372036854775807 > 5 };
    "#;
    // The tool takes labels, and this schema has none.
    let narrow = SCHEMA.replace(", labels?: Set<String>", "");
    // Each is within the bounds of the tool.
    for (schema, input, cause) in [
        (narrow.as_str(), json!({ "title": "a", "labels": [CANARY] }), "not what the schema says"),
        (&narrow, json!({ "title": CANARY, "labels": [] }), "not what the schema says"),
        (SCHEMA, json!({ "title": CANARY, "pages": 739 }), "policy1: a number became too large"),
    ] {
        let files = Files::new(policies, schema);
        let served = Served::new(Arc::new(files.open().unwrap()));
        let (code, told) = served.refused(&editor(), "rename", input).await;
        assert_eq!(code, "internal");
        assert!(told.contains(cause), "{told}");
        let record = format!("{:?}", served.log.records());
        assert!(!told.contains(CANARY) && !told.contains("739"), "{told}");
        assert!(!record.contains(CANARY), "{record}");
    }
}

#[tokio::test]
async fn an_error_in_any_policy_denies() {
    // The arithmetic overflows for some inputs: the validator cannot know.
    let policies = r#"
        permit (principal, action, resource);
        forbid (principal, action, resource)
        when { context.input has pages && context.input.pages * 9223372036854775807 > 5 };
    "#;
    let files = Files::new(policies, SCHEMA);
    let served = Served::new(Arc::new(files.open().unwrap()));
    assert!(served.allowed(&editor(), "rename", json!({ "title": "a" })).await);
    let (code, cause) =
        served.refused(&editor(), "rename", json!({ "title": "a", "pages": 7 })).await;
    assert_eq!(code, "internal");
    assert!(cause.starts_with("the authorizer failed: a policy failed: policy1: "), "{cause}");
}

#[test]
fn broken_files_do_not_start() {
    for (policies, schema, wrong) in [
        ("permit (", SCHEMA, "unexpected end of input"),
        (POLICIES, "entity {", "error parsing schema"),
        ("permit (principal, action == Action::\"renam\", resource);", SCHEMA, "renam"),
        (
            "permit (principal, action, resource) when { principal.rolls.isEmpty() };",
            SCHEMA,
            "rolls",
        ),
    ] {
        let error = Files::new(policies, schema).open().unwrap_err().to_string();
        assert!(error.contains(wrong) && error.contains("help: "), "{error}");
    }
    let missing = Files::new("", SCHEMA);
    fs::remove_file(missing.path("policies.cedar")).unwrap();
    let error = missing.open().unwrap_err().to_string();
    assert!(error.contains("policies.cedar"), "{error}");
    fs::write(missing.path("policies.cedar"), vec![b' '; 5 << 20]).unwrap();
    assert!(missing.open().unwrap_err().to_string().contains("larger than"));
    assert!(Files::new("", SCHEMA).open().unwrap().resource("no name", "x").is_err());
}

#[tokio::test]
async fn files_are_read_anew_and_broken_ones_change_nothing() {
    let files = Files::new("permit (principal, action, resource);", SCHEMA);
    let cedar = Arc::new(files.open().unwrap());
    let served = Served::new(Arc::clone(&cedar));
    let input = || json!({ "title": "a" });
    assert!(served.allowed(&reader(), "rename", input()).await);

    files.write("policies.cedar", "permit (");
    cedar.reload().unwrap_err();
    assert!(served.allowed(&reader(), "rename", input()).await, "the earlier ones stay");
    files.write("policies.cedar", "");
    cedar.reload().unwrap();
    assert!(!served.allowed(&reader(), "rename", input()).await);

    // By itself, within seconds.
    files.write("policies.cedar", "permit (principal, action, resource);");
    let until = Instant::now() + Duration::from_secs(30);
    while !served.allowed(&reader(), "rename", input()).await {
        assert!(Instant::now() < until, "the files are not read anew");
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
}

#[tokio::test]
async fn entities_can_be_named_as_the_schema_does() {
    let schema = format!("namespace Book {{ {SCHEMA} }}").replace("entity Server", "entity Shelf");
    let schema = schema.replace("resource: Server", "resource: Shelf");
    let policies =
        r#"permit (principal == Book::User::"bob", action, resource == Book::Shelf::"3");"#;
    let files = Files::new(policies, &schema);
    for (shelf, allowed) in [("3", true), ("4", false)] {
        let cedar = files.open().unwrap().namespace("Book").unwrap();
        let served = Served::new(Arc::new(cedar.resource("Book::Shelf", shelf).unwrap()));
        assert_eq!(served.allowed(&reader(), "rename", json!({ "title": "a" })).await, allowed);
    }
}
