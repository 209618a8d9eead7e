//! One expansion of each kind, kept as it is: a change shows up in a diff, and somebody has to look.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test -p secure-tool-macros --lib`, and read
//! the diff. All but the first name the runtime `rt`, to be easier to read.

use super::*;

/// Compares an expansion, printed as `rustfmt` would, with `snapshots/<name>.snap`.
fn expands_to(name: &str, expansion: TokenStream) {
    let printed = match syn::parse2(expansion.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => panic!("{name} is not Rust, {error}: {expansion}"),
    };
    let mut settings = insta::Settings::new();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, printed));
}

#[test]
fn a_function() {
    let arguments = quote! {
        scope = ["notes:read", "notes:write"], policy = may_add, effect = destructive,
        rate = "5/min", burst = 2, timeout = "5s", title = "Add a note"
    };
    let item = quote! {
        /// Add a note.
        pub async fn add_note(
            caller: &Caller,
            /// Title shown in lists.
            #[validate(length(min = 1, max = 200), does_not_contain(pattern = "\n"))]
            title: String,
            /// How many copies.
            #[validate(range(min = 1, max = MOST), custom(function = even))]
            copies: Option<u32>,
        ) -> Result<Note, NotesError> {
            store(caller, title, copies).await
        }
    };
    expands_to("function", tool::free(arguments, item));
}

#[test]
fn a_set_of_tools() {
    let item = quote! {
        impl Lamps {
            const MOST: u32 = 3;

            /// Switch all lamps off.
            #[secure_tool(public = "a demonstration", effect = write, idempotent)]
            async fn all_off(&self) {}

            /// Dim a lamp.
            #[secure_tool(policy = Self::may_dim, effect = write, name = "lamps.dim")]
            async fn dim(
                &self,
                /// Its number.
                #[validate(range(min = 0, max = Self::MOST))]
                lamp: u32,
                context: &Context,
            ) -> Lamp {
                self.lamp(lamp)
            }

            async fn may_dim(&self, caller: &Caller, input: &DimInput) -> Decision {
                Decision::Deny
            }
        }
    };
    expands_to("set", tool::methods(quote!(crate = rt), item));
}

#[test]
fn an_input_struct() {
    let item = quote! {
        /// A place on the map.
        #[derive(Clone)]
        struct Place {
            /// Its name.
            #[name = "label"]
            #[validate(length(min = 1, max = 40), regex(path = *WORD))]
            name: String,
            /// What lies around it.
            around: Option<Box<Self>>,
        }
    };
    expands_to("input_struct", input::expand(quote!(crate = rt), item));
}

#[test]
fn a_tagged_input() {
    let item = quote! {
        /// Which notes.
        enum Filter {
            /// All of them.
            All,
            #[name = "with_tag"]
            Tagged {
                /// The tag.
                tag: Text<1, 32>,
            },
        }
    };
    expands_to("input_tagged", input::expand(quote!(tag = "kind", crate = rt), item));
}

#[test]
fn a_choice_and_a_wrapper() {
    let choice = quote!(
        enum Priority {
            Low,
            /** At once. */
            VeryHigh,
        }
    );
    expands_to("input_choice", input::expand(quote!(crate = rt), choice));
    let wrapper = quote!(
        struct Page(#[validate(range(min = 1, max = 1000))] u32);
    );
    expands_to("input_wrapper", input::expand(quote!(crate = rt), wrapper));
}

#[test]
fn an_output() {
    let item = quote! {
        /// A note.
        struct Note {
            /// Its title.
            title: String,
            #[sensitive]
            owner: Subject,
            #[sensitive(mask)]
            #[name = "number"]
            card: String,
        }
    };
    expands_to("output", output::expand(quote!(crate = rt), item));
}

#[test]
fn an_error() {
    let item = quote! {
        enum NotesError {
            #[public("That note is locked.")]
            Locked { id: u8 },
            #[internal]
            Disk(#[from] std::io::Error),
        }
    };
    expands_to("error", error::expand(quote!(crate = rt), item));
}

#[test]
fn a_tool_with_errors() {
    let item = quote! {
        fn add_note(
            #[validate(length(min = 1))]
            title: String,
        ) {}
    };
    expands_to("function_with_errors", tool::free(quote!(scpoe = "notes:write", crate = rt), item));
}
