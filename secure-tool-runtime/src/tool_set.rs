//! A set of tools, ready to be served.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::alike::alike;
use crate::input::names_subject;
use crate::output::OutputSchema;
use crate::policy::{Authorization, Policy};
use crate::tool::{Bound, Callable, InputShape, SecureTools, ToolDefinition};

/// Tools that are served together. Names are unique; the order is that of the names.
///
/// Made from a value whose `impl` block has [`#[secure_tools]`](crate::secure_tools), from functions
/// with [`tools!`](crate::tools), or from several of these with [`ToolSet::and`].
pub struct ToolSet {
    pub(crate) tools: BTreeMap<&'static str, Tool>,
}

/// One tool of a set, without the type of its state.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) title: Option<&'static str>,
    pub(crate) description: &'static str,
    pub(crate) policy: Policy,
    pub(crate) input: InputShape,
    pub(crate) output: fn() -> OutputSchema,
    pub(crate) talks: bool,
    pub(crate) handler: Box<dyn Callable>,
}

impl Tool {
    /// False for a definition that nobody checked: the attributes refuse it.
    fn says_who_may_call(&self) -> bool {
        let Authorization { public, scopes, roles, policy } = self.policy.authorization;
        public.is_some() || !scopes.is_empty() || !roles.is_empty() || policy.is_some()
    }

    /// True if it names principals, and only a scope says who may call it. What the compiler could
    /// follow, it has refused; this sees lists of objects, too.
    fn acts_on_others_by_scope(&self) -> bool {
        let Authorization { roles, policy, .. } = self.policy.authorization;
        roles.is_empty() && policy.is_none() && names_subject(&(self.input.schema)())
    }
}

impl ToolSet {
    /// The tools of a state.
    #[must_use]
    pub fn new<S: SecureTools>(state: S) -> Self {
        let state = Arc::new(state);
        let mut set = ToolSet { tools: BTreeMap::new() };
        for definition in S::TOOLS {
            set.insert(bind(Arc::clone(&state), definition));
        }
        set
    }

    /// An empty set, to which [`tools!`](crate::tools) adds.
    #[doc(hidden)]
    #[must_use]
    pub fn empty() -> Self {
        ToolSet { tools: BTreeMap::new() }
    }

    /// Adds a function.
    #[doc(hidden)]
    #[must_use]
    pub fn with(mut self, definition: &ToolDefinition<()>) -> Self {
        self.insert(bind(Arc::new(()), definition));
        self
    }

    /// Serves the tools of another set beside these.
    ///
    /// # Panics
    /// If both sets have a tool of the same name, or of names that are alike: they differ in case and
    /// separators only, or in letters that look the same.
    #[must_use]
    pub fn and(mut self, other: impl Into<ToolSet>) -> Self {
        for tool in other.into().tools.into_values() {
            self.insert(tool);
        }
        self
    }

    /// The names of the tools.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.tools.keys().copied()
    }

    fn insert(&mut self, tool: Tool) {
        let name = tool.name;
        assert!(tool.says_who_may_call(), "the tool `{name}` does not say who may call it");
        assert!(
            !tool.acts_on_others_by_scope(),
            "the tool `{name}` takes a `Subject` and acts on somebody else: require a role or decide \
            by policy"
        );
        let clash = self.tools.keys().find(|earlier| alike(earlier, name));
        // One would shadow the other, and nobody could tell which one is guarded how.
        match clash {
            Some(taken) if *taken == name => {
                panic!("two tools have the name `{name}`: rename one with `name = \"…\"`")
            }
            Some(taken) => {
                panic!("the names `{taken}` and `{name}` are alike: rename one with `name = \"…\"`")
            }
            None => self.tools.insert(name, tool),
        };
    }
}

fn bind<S: Send + Sync + 'static>(state: Arc<S>, definition: &ToolDefinition<S>) -> Tool {
    Tool {
        name: definition.name,
        title: definition.title,
        description: definition.description,
        policy: definition.policy,
        input: definition.input,
        output: definition.output,
        talks: definition.talks,
        handler: Box::new(Bound { state, call: definition.call }),
    }
}

impl<S: SecureTools> From<S> for ToolSet {
    fn from(state: S) -> Self {
        ToolSet::new(state)
    }
}

impl fmt::Debug for ToolSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.tools.keys()).finish()
    }
}

/// Collects functions with [`#[secure_tool]`](crate::secure_tool) into a [`ToolSet`].
///
/// Nothing is served because it happens to be linked in: what is not named here is not a tool.
#[macro_export]
macro_rules! tools {
    ($($tool:path),* $(,)?) => {
        $crate::ToolSet::empty()$(.with(&<$tool as $crate::FreeTool>::TOOL))*
    };
}
