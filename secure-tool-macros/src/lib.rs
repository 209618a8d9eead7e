//! The attributes of secure-tool: tools that are secure because they compile.
//!
//! Use them through `secure-tool-runtime`, which re-exports them and is what they expand to.
//!
//! Each attribute goes through the same stages, one file a stage:
//!
//! ```text
//! tokens → args (as written, every key spanned) ┐
//! tokens → signature (body kept as tokens)      ┴→ check → model (valid) → expand
//!                                                  any error → fallback: the item + all errors
//! ```
//!
#![doc = include_str!("../rules.md")]

use proc_macro::TokenStream;

mod args;
mod bound;
mod check;
mod diagnostics;
mod docs;
mod entries;
mod error;
mod exceptions;
mod expand;
mod fallback;
mod fields;
mod helpers;
mod input;
mod lints;
mod model;
mod names;
mod object;
mod output;
mod quantity;
mod rules;
mod runtime_path;
mod secrets;
mod self_type;
mod signature;
mod tool;
mod validate;

#[cfg(test)]
mod tests;

/// Makes an `async fn` a tool.
///
/// On a free function; on methods together with [`macro@secure_tools`] on their `impl` block. The
/// function itself stays what it is and can be called as before.
///
/// ```
/// use secure_tool_runtime::{Caller, Text, secure_tool, tools};
///
/// /// Greet somebody.
/// #[secure_tool(scope = "greet", effect = read, rate = "30/min")]
/// async fn greet(
///     caller: &Caller,
///     /// Whom to greet.
///     name: Text<1, 100>,
///     /// How often.
///     #[validate(range(min = 1, max = 5))]
///     times: u32,
/// ) -> String {
///     let hello = format!("{} says hello, {name}! ", caller.subject());
///     hello.repeat(times as usize)
/// }
///
/// let set = tools![greet];
/// ```
///
/// # Parameters
///
/// What is taken **by value** comes from the client. It needs a doc comment, and a bound: in its
/// type (`Text<1, 100>`, a type with [`macro@secure_input`]) or in `#[validate(…)]`. What is
/// **borrowed** comes from the server: `&Caller`, `&Context`. Only traits decide, so aliases work.
///
/// `#[validate]` takes the rules of the `validator` crate: `length(min, max, equal)`,
/// `range(min, max)`, `email`, `url`, `ip`, `contains(pattern)`, `does_not_contain(pattern)`,
/// `regex(path)`, `non_control_character` and `custom(function)`. All ends are inclusive, and may be
/// constants. A `custom` function gets a reference to the value and returns a `Result<(), _>`. The
/// expression of `regex` is the schema's `pattern`, too, which clients read as ECMA-262: write `[0-9]`
/// for `\d`, which means more in Rust.
///
/// The input becomes a struct beside the function, named after it: `GreetInput`. A policy gets to see
/// it.
///
/// # Keys
///
/// | key | value | |
/// | --- | --- | --- |
/// | `scope` | `"a"` or `["a", "b"]` | scopes that the caller needs, all of them |
/// | `role` | as `scope` | roles that the caller needs, all of them |
/// | `policy` | path | an `async fn` of what the server supplies (`&Caller`) and the input that returns a `Decision`; `Self::name` also gets the state |
/// | `public` | reason | anybody may call it |
/// | `effect` | `read`, `write`, `destructive` | what it does to the world |
/// | `confirm` | `"Delete “{title}”?"` | the person behind the client is asked first; parameters and their fields may stand in braces |
/// | `expensive` | | the strict class of limits applies, as it does to destructive tools |
/// | `idempotent` | | a second call with the same arguments changes nothing more |
/// | `open_world` | | it reaches beyond this server |
/// | `rate` | `"30/min"` | calls in a period: `s`, `min`, `hour`, `day` |
/// | `burst` | number | calls at once; as many as the rate says if it is not written |
/// | `per` | `caller`, `client`, `tool` | whose calls are counted together |
/// | `timeout` | `"10s"` | the longest that a call may take: `ms`, `s`, `min`, up to an hour |
/// | `concurrency` | number | calls at the same time, of all callers |
/// | `max_output` | `"64KiB"` or bytes | the greatest size of a result |
/// | `name` | text | its name on the wire; that of the function if it is not written |
/// | `title` | text | its name for people |
/// | `allow` | `(rule, reason = "…")` | lifts a rule, and says in the manifest why |
/// | `crate` | path | where the runtime is, if not at `::secure_tool_runtime` |
///
/// One of `scope`, `role`, `policy` and `public` is mandatory, and so is `effect`.
///
/// The rules that a tool has to keep, with `allow` or without, are in [the crate's documentation](crate#rules).
#[proc_macro_attribute]
pub fn secure_tool(arguments: TokenStream, item: TokenStream) -> TokenStream {
    tool::free(arguments.into(), item.into()).into()
}

/// Makes the methods of an `impl` block that have `#[secure_tool]` the tools of its type.
///
/// All other methods stay out of the clients' reach. The only key is `crate`. Two sets with a method of
/// the same name belong into modules of their own, because both name its input after it.
///
/// ```
/// use secure_tool_runtime::{Caller, Decision, ToolSet, secure_tools};
///
/// struct Lamps;
///
/// #[secure_tools]
/// impl Lamps {
///     /// Switch a lamp on.
///     #[secure_tool(policy = Self::may_switch, effect = write, idempotent)]
///     async fn switch_on(
///         &self,
///         /// Its number.
///         lamp: u8,
///     ) {
///         let _ = lamp;
///     }
///
///     async fn may_switch(&self, caller: &Caller, input: &SwitchOnInput) -> Decision {
///         Decision::allow_if(caller.has_role("keeper") || input.lamp < 3)
///     }
/// }
///
/// let set = ToolSet::new(Lamps);
/// ```
#[proc_macro_attribute]
pub fn secure_tools(arguments: TokenStream, item: TokenStream) -> TokenStream {
    tool::methods(arguments.into(), item.into()).into()
}

/// Makes a struct or enum something that a client may send.
///
/// - A struct with named fields is an object. Each field has a doc comment and a bound, as the
///   parameters of a [tool](macro@secure_tool). Fields that are not there are refused.
/// - A tuple struct with one field is that field, under a name of its own.
/// - An enum without data is a choice of names, in snake case.
/// - An enum with data is an object whose field `tag` says which variant it is.
///
/// `#[name = "…"]` on a field or variant gives it another name on the wire. The keys are `tag`, `crate`
/// and `allow(rule, reason = "…")`, which lifts a [rule](crate#rules) for the type, in the manifest of
/// every tool that takes it.
///
/// ```
/// use secure_tool_runtime::{Text, secure_input};
///
/// #[secure_input(tag = "kind")]
/// enum Filter {
///     All,
///     Tagged {
///         /// The tag.
///         tag: Text<1, 32>,
///     },
/// }
///
/// #[secure_input]
/// struct Page(#[validate(range(min = 1, max = 1000))] u32);
/// ```
#[proc_macro_attribute]
pub fn secure_input(arguments: TokenStream, item: TokenStream) -> TokenStream {
    input::expand(arguments.into(), item.into()).into()
}

/// Makes a struct or enum something that may leave the server.
///
/// A struct with named fields is an object, a tuple struct with one field is that field, an enum
/// without data is one of its names in snake case. `#[sensitive]` keeps a field out of result and
/// schema, `#[sensitive(mask)]` shows `***` for it. `#[name = "…"]` gives a field or variant another
/// name on the wire. A type may have [`macro@secure_input`], too. The keys are `crate` and
/// `allow(rule, reason = "…")`, which lifts a [rule](crate#rules) for the type, in the manifest of every
/// tool that returns it.
///
/// ```
/// use secure_tool_runtime::{Subject, secure_output};
///
/// #[secure_output]
/// struct Note {
///     title: String,
///     #[sensitive]
///     owner: Subject,
/// }
/// ```
#[proc_macro_attribute]
pub fn secure_output(arguments: TokenStream, item: TokenStream) -> TokenStream {
    output::expand(arguments.into(), item.into()).into()
}

/// Makes an enum or struct an error that says what a client may read.
///
/// Each variant has `#[public("…")]`, with the fixed text that clients read, or `#[internal]`: then a
/// client gets a reference id, and the log has the cause under the same id. `#[from]` on the only field
/// of a variant makes `?` convert into it. `Debug`, `Display` and `Error` are implemented; where a
/// `derive` below this attribute has `Debug`, that one stays.
///
/// ```
/// use secure_tool_runtime::public_error;
///
/// #[public_error]
/// enum NotesError {
///     #[public("That note is locked.")]
///     Locked,
///     #[internal]
///     Disk(#[from] std::io::Error),
/// }
/// ```
#[proc_macro_attribute]
pub fn public_error(arguments: TokenStream, item: TokenStream) -> TokenStream {
    error::expand(arguments.into(), item.into()).into()
}

/// Makes a struct that is filled with secrets when the server starts: from the environment, from files, or
/// from systemd's credentials. All that is missing or wrong is reported at once, by name and never by value.
///
/// Fields are `SecretString`, or `Option<SecretString>` for what may be missing. What is loaded is under
/// guard: it is replaced in all that leaves the server. Where values are looked for, what is refused and what
/// the guard finds is said in the runtime's module `secrets`.
///
/// The keys of `#[secret(…)]` on the struct are `prefix`, which begins the names of all variables, and
/// `crate`; on a field `env`, the name of its variable, `credential`, its name among systemd's
/// credentials, and `begins(production = "…", …)`, how its values begin in which environment. By default a
/// variable is named as its field in capitals, and a credential as its field.
///
/// ```
/// use secure_tool_runtime::prelude::*;
/// use secure_tool_runtime::secrets::Sources;
///
/// #[derive(Secrets)]
/// #[secret(prefix = "SHOP_")]
/// struct Keys {
///     database: SecretString,
///     #[secret(env = "STRIPE_KEY", begins(production = "rk_live_", staging = "rk_test_"))]
///     stripe: Option<SecretString>,
/// }
///
/// let error = Keys::load_from(&Sources::given()).err().unwrap();
/// assert!(error.to_string().contains("`SHOP_DATABASE` is missing"));
/// ```
#[proc_macro_derive(Secrets, attributes(secret))]
pub fn derive_secrets(item: TokenStream) -> TokenStream {
    secrets::expand(item.into()).into()
}
