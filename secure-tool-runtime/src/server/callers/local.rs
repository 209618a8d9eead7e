//! The caller of a server on stdio, from the environment.

use std::env;

use super::DevelopmentUsers;
use crate::caller::Caller;
use crate::server::StartError;

/// The environment variable that names the local caller.
const CALLER: &str = "SECURE_TOOL_CALLER";
/// The environment variable with the local caller's scopes, apart by spaces.
const SCOPES: &str = "SECURE_TOOL_SCOPES";
/// The environment variable with the local caller's roles, apart by spaces.
const ROLES: &str = "SECURE_TOOL_ROLES";

/// The one caller of a server on stdio: whoever started the process.
///
/// Its grants come from the environment of the process, as MCP has it for stdio; a client cannot
/// change them. Without `SECURE_TOOL_SCOPES` and `SECURE_TOOL_ROLES` it may call public tools only.
#[derive(Debug, Clone)]
pub struct LocalCaller {
    variables: CallerVariables,
}

/// The environment variables of the local caller. Build it by hand where a test must not touch the
/// environment of its process.
#[derive(Debug, Clone, Default)]
pub struct CallerVariables {
    /// `SECURE_TOOL_CALLER`, else `USER`, else `local`.
    pub caller: Option<String>,
    /// `SECURE_TOOL_SCOPES`, apart by spaces.
    pub scopes: Option<String>,
    /// `SECURE_TOOL_ROLES`, apart by spaces.
    pub roles: Option<String>,
}

impl LocalCaller {
    /// The caller that the environment describes.
    #[must_use]
    pub fn from_env() -> Self {
        let variable = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
        LocalCaller::from_variables(CallerVariables {
            caller: variable(CALLER).or_else(|| variable("USER")),
            scopes: variable(SCOPES),
            roles: variable(ROLES),
        })
    }

    /// The caller that these variables describe.
    #[must_use]
    pub fn from_variables(variables: CallerVariables) -> Self {
        LocalCaller { variables }
    }

    pub(super) fn identify(&self, users: Option<&DevelopmentUsers>) -> Result<Caller, StartError> {
        let CallerVariables { caller, scopes, roles } = &self.variables;
        let name = caller.as_deref().unwrap_or("local");
        if scopes.is_none() && roles.is_none() {
            // Whoever starts the process could grant the same with two more variables.
            let user = users.and_then(|users| users.named(name));
            if let Some(user) = user {
                return Ok(user.clone());
            }
        }
        let grants = |names: &Option<String>| names.clone().unwrap_or_default();
        let (scopes, roles) = (grants(scopes), grants(roles));
        Caller::new(name)
            .and_then(|caller| caller.with_scopes(scopes.split_whitespace()))
            .and_then(|caller| caller.with_roles(roles.split_whitespace()))
            .map_err(|error| {
                StartError::new(
                    format!("the local caller is not valid: {error}"),
                    format!("correct {CALLER}, {SCOPES} and {ROLES}"),
                )
            })
    }
}
