//! Users for development, with tokens that live as long as the process.

use std::collections::HashMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

#[cfg(feature = "http")]
use super::{Authenticate, Judgement, Presented, Refused, Verdict};
use crate::caller::Caller;
use crate::manifest::hex;

/// What their tokens begin with.
pub(super) const PREFIX: &str = "dev_";

/// Users for development: each gets a new bearer token whenever the server starts.
///
/// Over HTTP the tokens work on loopback only. Over stdio `SECURE_TOOL_CALLER` chooses the user.
pub struct DevelopmentUsers {
    users: Vec<User>,
    by_token: HashMap<[u8; 32], usize>,
    /// Who comes without a token.
    #[cfg_attr(not(feature = "http"), allow(dead_code, reason = "stdio has its own"))]
    anybody: Option<Caller>,
}

struct User {
    caller: Caller,
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "stdio needs no token"))]
    token: SecretString,
}

impl DevelopmentUsers {
    /// No users yet.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "nobody wants a default set of users")]
    pub fn new() -> Self {
        DevelopmentUsers { users: Vec::new(), by_token: HashMap::new(), anybody: None }
    }

    /// Adds a user with scopes and roles.
    ///
    /// # Panics
    /// If a name is not valid (see [`Caller::new`]), the user is there already, or the operating
    /// system has no randomness to give.
    #[must_use]
    pub fn user(mut self, name: &str, scopes: &[&str], roles: &[&str]) -> Self {
        assert!(self.named(name).is_none(), "the development user `{name}` is there twice");
        let caller = caller(name, scopes, roles);
        let token = new_token();
        self.by_token.insert(digest(token.expose_secret()), self.users.len());
        self.users.push(User { caller, token });
        self
    }

    /// Lets who comes over HTTP without any token be this user: for tools under development that can
    /// send none. Every program on the machine is this user then, whoever runs it.
    ///
    /// # Panics
    /// If a name is not valid (see [`Caller::new`]).
    #[must_use]
    pub fn anybody(mut self, name: &str, scopes: &[&str], roles: &[&str]) -> Self {
        self.anybody = Some(caller(name, scopes, roles));
        self
    }

    pub(super) fn named(&self, name: &str) -> Option<&Caller> {
        let callers = self.users.iter().map(|user| &user.caller);
        callers.into_iter().find(|caller| caller.subject().as_str() == name)
    }

    /// Names and tokens, in the order of declaration: for whoever started the server.
    #[cfg(feature = "http")]
    pub(crate) fn tokens(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.users.iter().map(|user| (user.caller.subject().as_str(), &user.token))
    }
}

fn caller(name: &str, scopes: &[&str], roles: &[&str]) -> Caller {
    Caller::new(name)
        .and_then(|caller| caller.with_scopes(scopes.iter().copied()))
        .and_then(|caller| caller.with_roles(roles.iter().copied()))
        .unwrap_or_else(|error| panic!("the development user `{name}`: {error}"))
}

/// 256 bits from the operating system.
fn new_token() -> SecretString {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("a server without random numbers must not hand out tokens");
    format!("{PREFIX}{}", hex(&bytes)).into()
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Names only: the tokens stay unseen.
impl fmt::Debug for DevelopmentUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.users.iter().map(|user| user.caller.subject().as_str())).finish()
    }
}

#[cfg(feature = "http")]
impl Authenticate for DevelopmentUsers {
    fn judge<'a>(&'a self, presented: &Presented<'a>) -> Judgement<'a> {
        if let Some(anybody) = self.anybody.as_ref().filter(|_| presented.is_without_token()) {
            return Verdict::Known(anybody.clone()).into();
        }
        let Some(token) = presented.token().filter(|token| token.starts_with(PREFIX)) else {
            return Verdict::NotMine.into();
        };
        // What is compared is digests, so that the time it takes tells nothing about the token.
        match self.by_token.get(&digest(token)).and_then(|index| self.users.get(*index)) {
            Some(user) => Verdict::Known(user.caller.clone()).into(),
            None => Verdict::Refused(Refused::UnknownToken).into(),
        }
    }

    fn only_on_loopback(&self) -> bool {
        true
    }
}
