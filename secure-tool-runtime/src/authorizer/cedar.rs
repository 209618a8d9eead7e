//! Policies in [Cedar](https://docs.cedarpolicy.com), checked against a schema.
//!
//! | in Cedar | is |
//! | --- | --- |
//! | principal | `User::"<subject>"`, with the attributes `scopes` and `roles`, sets of strings |
//! | action | `Action::"<name of the tool>"` |
//! | resource | `Server::"server"`, or what [`Cedar::resource`] names |
//! | context | `input`, a record with the input of the tool, and `effect`, a string |
//!
//! ```text
//! entity User { scopes: Set<String>, roles: Set<String> };
//! entity Server;
//! action add_note appliesTo {
//!     principal: User,
//!     resource: Server,
//!     context: { effect: String, input: { title: String, pages?: Long } },
//! };
//! ```
//!
//! ```text
//! permit (principal, action == Action::"add_note", resource)
//! when { principal.roles.contains("editor") && context.input.title like "draft *" };
//! ```
//!
//! Scopes are those that were granted: a family such as `notes:*` is there as it is written, and not
//! what it holds.
//!
//! A server with a tool that the schema does not have, or has for another type of principal or resource,
//! refuses to start. Everything is denied that no policy permits; input that does not fit the schema,
//! a tool that a later schema has lost, and an error in any policy deny, too, and the log says which it
//! was. In the input,
//! whole numbers are `Long`, others `decimal` if four digits hold them and denied if not, `null` is
//! left out, and lists are sets. No text of a client becomes anything but a string: neither entities
//! nor extension values.
//!
//! The files are read again when they change, within two seconds, and at once at `SIGHUP`. Ones that are broken,
//! or that others may write to, change nothing: the policies before them stay, and the log says what is wrong.

mod fault;
mod load;
mod value;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;
use std::{io, thread};

use cedar_policy::{
    Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request,
    RestrictedExpression,
};

use self::load::{Files, Rules};
use super::{Authorizer, Error, ToolCall, Verdict};
use crate::policy::Policy;
use crate::server::StartError;
use crate::server::reload::Looks;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The most policies that a reason names.
const NAMED: usize = 8;

/// An authorizer that asks Cedar policies; see [the module](self).
#[derive(Debug)]
pub struct Cedar {
    current: Arc<Current>,
    names: Names,
}

#[derive(Debug)]
struct Names {
    user: EntityTypeName,
    action: EntityTypeName,
    resource: EntityUid,
}

/// The rules that hold at the moment.
#[derive(Debug)]
struct Current {
    files: Files,
    rules: RwLock<Arc<Rules>>,
}

impl Cedar {
    /// Reads policies and their schema, both in Cedar's own language, and watches the files.
    ///
    /// # Errors
    /// If a file cannot be read, others than its owner may write to it, it is not valid, or the policies
    /// do not fit the schema.
    pub fn open(
        policies: impl Into<PathBuf>,
        schema: impl Into<PathBuf>,
    ) -> Result<Self, StartError> {
        Self::watching(policies.into(), schema.into(), LOOK_EVERY)
    }

    fn watching(policies: PathBuf, schema: PathBuf, every: Duration) -> Result<Self, StartError> {
        let files = Files { policies, schema, complaint: Mutex::default() };
        let rules = files.load().map_err(|error| {
            StartError::new(
                "the Cedar policies cannot be used",
                "correct the files; `cedar validate` checks them",
            )
            .because(io::Error::other(error))
        })?;
        let current = Arc::new(Current { files, rules: RwLock::new(Arc::new(rules)) });
        watch(Arc::downgrade(&current), every).map_err(|error| {
            StartError::new("the Cedar policies cannot be watched", "allow one more thread")
                .because(error)
        })?;
        let names = Names {
            user: type_name("User"),
            action: type_name("Action"),
            resource: uid(type_name("Server"), "server"),
        };
        Ok(Cedar { current, names })
    }

    /// Names the resource of all calls, such as `Notebook::Server` and `eu-1`; `Server::"server"` by
    /// default.
    ///
    /// # Errors
    /// If the type is not a name of Cedar.
    pub fn resource(mut self, kind: &str, id: &str) -> Result<Self, StartError> {
        self.names.resource = uid(named(kind)?, id);
        Ok(self)
    }

    /// Puts `User` and `Action` into a namespace of the schema, such as `Notebook`.
    ///
    /// # Errors
    /// If it is not a name of Cedar.
    pub fn namespace(mut self, namespace: &str) -> Result<Self, StartError> {
        self.names.user = named(&format!("{namespace}::User"))?;
        self.names.action = named(&format!("{namespace}::Action"))?;
        Ok(self)
    }

    /// Reads the files now, if they have changed.
    ///
    /// # Errors
    /// If they cannot be used: then the policies before them stay.
    pub fn reload(&self) -> Result<(), Error> {
        self.current.reload()
    }

    /// The part of the schema that decides about a tool.
    fn find(&self, tool: &str) -> Result<(), Error> {
        let (Names { user, action, resource }, rules) = (&self.names, self.current.rules());
        let action = uid(action.clone(), tool);
        let resource = resource.type_name();
        let lacks = |what: String| {
            format!(
                "the Cedar schema {what}: add `action \"{tool}\" appliesTo {{ principal: {user}, resource: {resource}, context: {{ … }} }};`"
            )
        };
        let Some(mut principals) = rules.schema.principals_for_action(&action) else {
            return Err(lacks(format!("has no `{action}`")).into());
        };
        let resources = rules.schema.resources_for_action(&action);
        if !principals.any(|kind| kind == user) {
            return Err(lacks(format!("has `{action}` for other principals")).into());
        }
        if !resources.is_some_and(|mut kinds| kinds.any(|kind| kind == resource)) {
            return Err(lacks(format!("has `{action}` for other resources")).into());
        }
        Ok(())
    }

    fn decide(&self, call: &ToolCall<'_>) -> Result<Verdict, Error> {
        let rules = self.current.rules();
        let principal = uid(self.names.user.clone(), call.caller().subject().as_str());
        let action = uid(self.names.action.clone(), call.tool());
        let resource = self.names.resource.clone();
        let texts = |names: Vec<&str>| {
            let texts = names.into_iter().map(|name| RestrictedExpression::new_string(name.into()));
            RestrictedExpression::new_set(texts)
        };
        let attributes = [
            ("scopes".to_owned(), texts(call.caller().scopes().collect())),
            ("roles".to_owned(), texts(call.caller().roles().collect())),
        ];
        // Cedar's own texts of errors show values, here and below.
        let user = Entity::new(principal.clone(), attributes.into(), [].into())
            .map_err(|_| "the caller cannot be an entity")?;
        // Actions are the schema's.
        let entities = Entities::from_entities([user], Some(&rules.schema))
            .map_err(|_| "the schema has other users: with the attributes `scopes` and `roles`")?;
        let effect = RestrictedExpression::new_string(call.policy().effect.to_string());
        let context =
            [("input".to_owned(), value::record(call.input())?), ("effect".to_owned(), effect)];
        let context = Context::from_pairs(context).map_err(|_| "the input cannot be a context")?;
        let request = Request::new(principal, action, resource, context, Some(&rules.schema))
            .map_err(|error| fault::of_request(&error))?;
        let response = rules.authorizer.is_authorized(&request, &rules.policies, &entities);
        let diagnostics = response.diagnostics();
        // Cedar skips a policy that fails, which may be the one that forbids.
        if let Some(error) = diagnostics.errors().next() {
            return Err(fault::of_policy(error).into());
        }
        if response.decision() == Decision::Allow {
            return Ok(Verdict::Allow);
        }
        let reasons: Vec<_> = diagnostics.reason().take(NAMED).map(ToString::to_string).collect();
        Ok(match reasons.is_empty() {
            true => Verdict::deny("no policy permits it"),
            false => Verdict::deny(format!("forbidden by {}", reasons.join(", "))),
        })
    }
}

impl Authorizer for Cedar {
    async fn authorize(&self, call: &ToolCall<'_>) -> Result<Verdict, Error> {
        self.decide(call)
    }

    fn check_tool(&self, tool: &str, _: &Policy) -> Result<(), Error> {
        self.find(tool)
    }
}

impl Current {
    fn rules(&self) -> Arc<Rules> {
        // Replaced as a whole: never half changed.
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn reload(&self) -> Result<(), Error> {
        match self.files.changed(&self.rules()) {
            Ok(None) => Ok(()),
            Ok(Some(rules)) => {
                *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
                tracing::info!(target: "secure_tool", "the Cedar policies were read anew");
                Ok(())
            }
            Err(error) => {
                if self.files.is_news(&error) {
                    tracing::error!(target: "secure_tool", %error, "the Cedar policies cannot be used; those before them stay");
                }
                Err(error)
            }
        }
    }
}

/// Looks at the files until nobody needs them, on a thread of its own: policies may be opened where no
/// runtime is yet.
fn watch(current: Weak<Current>, every: Duration) -> io::Result<()> {
    let clock = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let mut looks = Looks::new();
    let watch = move || {
        loop {
            clock.block_on(looks.next(every));
            let Some(current) = current.upgrade() else { return };
            // What is wrong is in the log.
            let _ = current.reload();
        }
    };
    thread::Builder::new().name("secure-tool-cedar".into()).spawn(watch).map(|_| ())
}

fn type_name(name: &str) -> EntityTypeName {
    EntityTypeName::from_str(name).expect("our own names are names of Cedar")
}

fn named(name: &str) -> Result<EntityTypeName, StartError> {
    EntityTypeName::from_str(name).map_err(|_| {
        StartError::new(
            format!("`{name}` is not the name of an entity type"),
            "write it as the schema does: `Notebook::Server`",
        )
    })
}

fn uid(kind: EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

#[cfg(all(test, unix, feature = "cli", feature = "http"))]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::*;

    #[test]
    fn files_are_looked_at_when_somebody_asks() {
        let directory = tempfile::tempdir().unwrap();
        let [policies, schema] = ["policies.cedar", "schema.cedarschema"].map(|name| {
            let path = directory.path().join(name);
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .unwrap();
            path
        });
        let hour = Duration::from_secs(3600);
        let cedar = Cedar::watching(policies.clone(), schema, hour).unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        fs::write(policies, "permit (principal, action, resource);").unwrap();
        while cedar.current.rules().policies.is_empty() {
            assert!(Instant::now() < until, "nobody looks");
            // The thread may not wait yet.
            crate::server::reload::now();
            thread::sleep(Duration::from_millis(1));
        }
    }
}
