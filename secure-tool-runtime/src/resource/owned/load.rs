//! The step between decoding and deciding: every parameter that names a resource becomes it.

use super::{Owned, OwnedResource, State, Wanted};
use crate::error::Refusal;
use crate::pipeline::Validated;

/// What expansions name. Traits tell resources from other parameters: method lookup prefers the trait
/// with more references, so that an alias of `Owned` is one, too. Used on `&&ParameterOf(…)`.
pub mod parameter {
    use std::future::{Ready, ready};

    use super::{Owned, OwnedResource, Refusal, Validated, load};

    /// A parameter whose kind is asked.
    #[derive(Debug)]
    pub struct ParameterOf<'a, P>(pub &'a P);

    /// A resource.
    #[derive(Debug)]
    pub struct One;

    /// A resource, if the client names one.
    #[derive(Debug)]
    pub struct Maybe;

    /// Anything else.
    #[derive(Debug)]
    pub struct Plain;

    /// For resources.
    pub trait OneParameter {
        /// The kind of this parameter.
        fn kind(&self) -> One {
            One
        }
    }
    impl<R: OwnedResource> OneParameter for &ParameterOf<'_, Owned<R>> {}

    /// For resources that may be left out.
    pub trait MaybeParameter {
        /// The kind of this parameter.
        fn kind(&self) -> Maybe {
            Maybe
        }
    }
    impl<R: OwnedResource> MaybeParameter for &ParameterOf<'_, Option<Owned<R>>> {}

    /// For anything else.
    pub trait PlainParameter {
        /// The kind of this parameter.
        fn kind(&self) -> Plain {
            Plain
        }
    }
    impl<P> PlainParameter for ParameterOf<'_, P> {}

    impl One {
        /// Loads it, and checks whose it is.
        pub async fn load<R: OwnedResource<Store = S>, S>(
            self,
            owned: &mut Owned<R>,
            store: &S,
            call: &Validated<'_>,
            parameter: &'static str,
        ) -> Result<(), Refusal> {
            load(owned, store, call, parameter).await
        }
    }

    impl Maybe {
        /// Loads it, if it is named, and checks whose it is.
        pub async fn load<R: OwnedResource<Store = S>, S>(
            self,
            owned: &mut Option<Owned<R>>,
            store: &S,
            call: &Validated<'_>,
            parameter: &'static str,
        ) -> Result<(), Refusal> {
            match owned {
                Some(owned) => load(owned, store, call, parameter).await,
                None => Ok(()),
            }
        }
    }

    impl Plain {
        /// Nothing is to be done.
        pub fn load<P, S>(
            self,
            _: &mut P,
            _: &S,
            _: &Validated<'_>,
            _: &'static str,
        ) -> Ready<Result<(), Refusal>> {
            ready(Ok(()))
        }
    }
}

async fn load<R: OwnedResource>(
    owned: &mut Owned<R>,
    store: &R::Store,
    call: &Validated<'_>,
    parameter: &'static str,
) -> Result<(), Refusal> {
    let State::Named(id) = &owned.0 else { return Ok(()) };
    let id = id.downcast_ref().ok_or_else(|| Refusal::internal("another identifier"))?;
    let caller = call.context().caller();
    let refused = |exists| Refusal::NoSuchResource { parameter, exists };
    let found = R::find(Wanted { id, store, caller }).await.map_err(Refusal::internal)?;
    let resource = found.ok_or_else(|| refused(false))?;
    let owns = resource.owner() == caller.subject().as_str();
    if !owns && !resource.shared_with(caller, call.effect()) {
        return Err(refused(true));
    }
    owned.0 = State::Loaded(resource);
    Ok(())
}
