//! What a server's source begins with: `use secure_tool_runtime::prelude::*;`.

#[cfg(feature = "http")]
pub use crate::ApiKeys;
#[cfg(feature = "oauth")]
pub use crate::OAuth;
#[cfg(all(feature = "command", target_os = "linux"))]
pub use crate::command::{Argument, HostName, Program};
#[cfg(feature = "fetch")]
pub use crate::fetch::{Fetcher, SafeUrl};
#[cfg(all(feature = "files", unix))]
pub use crate::files::{Root, SafePath};
pub use crate::handles::{Handle, Handles};
pub use crate::secrets::{ExposeSecret, SecretString};
pub use crate::{
    Caller, Callers, Content, Context, Decision, DevelopmentUsers, Int, List, LocalCaller, Map,
    Owned, OwnedResource, Secrets, Server, Subject, Text, ToolSet, Untrusted, Wanted, public_error,
    secure_input, secure_output, secure_tool, secure_tools, tools,
};
