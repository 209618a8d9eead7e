//! Where secrets are looked for.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// The variable that names the environment.
const ENVIRONMENT: &str = "SECURE_TOOL_ENVIRONMENT";

/// What the environment is if nobody says: that which refuses most.
const PRODUCTION: &str = "production";

/// Where secrets are looked for: variables, and the directory in which a `.env` would be.
///
/// ```
/// use secure_tool_runtime::prelude::*;
/// use secure_tool_runtime::secrets::Sources;
///
/// #[derive(Secrets)]
/// struct Keys {
///     token: SecretString,
/// }
///
/// let keys = Keys::load_from(&Sources::given().variable("TOKEN", "kS9-2fXw0Lq7")).unwrap();
/// assert_eq!(keys.token.expose_secret(), "kS9-2fXw0Lq7");
/// ```
#[derive(Clone)]
pub struct Sources {
    /// Those of the process if there are none.
    variables: Option<BTreeMap<String, OsString>>,
    directory: Option<PathBuf>,
}

impl Sources {
    /// The environment of the process, and its working directory.
    #[must_use]
    pub fn of_the_process() -> Self {
        Sources { variables: None, directory: std::env::current_dir().ok() }
    }

    /// Nothing but what is given; for tests. Values in here are not wiped from memory.
    #[must_use]
    pub fn given() -> Self {
        Sources { variables: Some(BTreeMap::new()), directory: None }
    }

    /// Adds a variable to what is given.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.variables.get_or_insert_default().insert(name.into(), value.into());
        self
    }

    /// The working directory.
    #[must_use]
    pub fn directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.directory = Some(path.into());
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<OsString> {
        match &self.variables {
            Some(given) => given.get(name).cloned(),
            None => std::env::var_os(name),
        }
    }

    pub(super) fn working_directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The name of the environment, or that it is not UTF-8.
    pub(super) fn environment(&self) -> Result<String, &'static str> {
        match self.get(ENVIRONMENT) {
            None => Ok(PRODUCTION.to_owned()),
            Some(name) => match name.into_string() {
                Ok(name) if !name.is_empty() => Ok(name),
                _ => {
                    Err("`SECURE_TOOL_ENVIRONMENT` names no environment: set it to `production`, \
                          `staging` or the like, or unset it")
                }
            },
        }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the variables: they are what nobody should see.
        f.debug_struct("Sources").field("directory", &self.directory).finish_non_exhaustive()
    }
}
