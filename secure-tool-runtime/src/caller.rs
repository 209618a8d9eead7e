//! Who calls: the authenticated principal, and how a server gets to know it.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::rate_limit::Hashed;

/// The longest subject, scope or role that is accepted, in bytes.
pub(crate) const NAME_CEILING: usize = 256;

/// The identifier of a principal, unique within a server.
///
/// Authentication makes those of callers. As tool input it is somebody else, on whom the tool acts: only
/// tools that require a role or decide by policy may take it, because a scope says what a caller may
/// do, not to whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Arc<str>);

impl Subject {
    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn named(name: &str) -> Result<Self, InvalidName> {
        Ok(Subject(valid(name)?.into()))
    }

    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Subject {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The principal on whose behalf a tool runs.
///
/// Take it as `caller: &Caller`: the server supplies it, the client has no say in it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    address: Option<IpAddr>,
}

#[derive(Debug, Clone)]
struct Principal {
    subject: Subject,
    /// Of the subject: each call needs it, and it is the same for all.
    hashed: Hashed,
    scopes: BTreeSet<Box<str>>,
    /// What the scopes that end in `:*` stand for: they begin like this. Most callers have none.
    families: Vec<Box<str>>,
    roles: BTreeSet<Box<str>>,
}

impl Caller {
    /// A caller of that name, without any scope or role.
    ///
    /// # Errors
    /// If the name is empty, longer than 256 bytes, or holds a control character or white space.
    pub fn new(subject: &str) -> Result<Self, InvalidName> {
        let subject = Subject::named(subject)?;
        let hashed = Hashed::new(subject.as_str());
        let (scopes, roles) = (BTreeSet::new(), BTreeSet::new());
        let principal = Principal { subject, hashed, scopes, families: Vec::new(), roles };
        Ok(Caller { principal: Arc::new(principal), address: None })
    }

    /// Grants scopes. One that ends in `:*` grants all that begin like it: `notes:*` grants
    /// `notes:read` and `notes:archive:read`, but neither `notes` nor `notesx:read`. `*` alone grants nothing more.
    ///
    /// # Errors
    /// As [`Caller::new`], for any of them.
    pub fn with_scopes<'a>(
        mut self,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidName> {
        let principal = Arc::make_mut(&mut self.principal);
        for scope in scopes {
            let new = principal.scopes.insert(valid(scope)?.into());
            let family = scope.strip_suffix('*').filter(|family| family.len() > 1);
            if let Some(family) = family.filter(|family| new && family.ends_with(':')) {
                principal.families.push(family.into());
            }
        }
        Ok(self)
    }

    /// Grants roles.
    ///
    /// # Errors
    /// As [`Caller::new`], for any of them.
    pub fn with_roles<'a>(
        mut self,
        roles: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, InvalidName> {
        let principal = Arc::make_mut(&mut self.principal);
        for role in roles {
            principal.roles.insert(valid(role)?.into());
        }
        Ok(self)
    }

    /// Records the network address from which the call comes.
    #[must_use]
    pub fn at_address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Who it is.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.principal.subject
    }

    pub(crate) fn hashed(&self) -> Hashed {
        self.principal.hashed
    }

    /// True if the caller was granted that scope, or a family of scopes that it belongs to; see
    /// [`Caller::with_scopes`].
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        let Principal { scopes, families, .. } = &*self.principal;
        let begins = |family: &str| scope.len() > family.len() && scope.starts_with(family);
        scopes.contains(scope) || families.iter().any(|family| begins(family))
    }

    /// Its scopes as they were granted, in the order of their names. Families such as `notes:*` are among
    /// them; [`Caller::has_scope`] says what they hold.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.principal.scopes.iter().map(|scope| &**scope)
    }

    /// Its roles, in the order of their names.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.principal.roles.iter().map(|role| &**role)
    }

    /// True if the caller has that role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.principal.roles.contains(role)
    }

    /// From which network address the call comes; `None` over stdio.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

/// A name that cannot be a subject, scope or role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidName;

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a subject, scope or role has 1 to 256 bytes without white space or control characters",
        )
    }
}

impl std::error::Error for InvalidName {}

/// RFC 6749 §3.3 forbids white space in scopes; control characters forge log lines.
fn valid(name: &str) -> Result<&str, InvalidName> {
    let fine = !name.is_empty()
        && name.len() <= NAME_CEILING
        && !name.chars().any(|c| c.is_control() || c.is_whitespace());
    fine.then_some(name).ok_or(InvalidName)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_of_scopes_holds_what_begins_like_it() {
        let caller = |scopes: &[&str]| {
            Caller::new("ada").unwrap().with_scopes(scopes.iter().copied()).unwrap()
        };
        let family = caller(&["notes:*"]);
        for scope in ["notes:read", "notes:archive:read", "notes:*"] {
            assert!(family.has_scope(scope), "{scope}");
        }
        for scope in ["notes", "notes:", "note:read", "notesx:read", "other:notes:read", "*", ""] {
            assert!(!family.has_scope(scope), "{scope}");
        }
        for grants in
            [&["*"][..], &[":*"], &["notes*"], &["notes:read*"], &["notes:r*d"], &["notes:"]]
        {
            assert!(!caller(grants).has_scope("notes:read"), "{grants:?}");
        }
        assert!(caller(&["a:b:*", "a:c"]).has_scope("a:b:c"));
        assert!(!caller(&["a:b:*", "a:c"]).has_scope("a:d"));
    }
}
