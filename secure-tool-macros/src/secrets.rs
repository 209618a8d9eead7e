//! `#[derive(Secrets)]`: structs that are filled with secrets when the server starts.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, Path, Type};

use crate::diagnostics::Errors;
use crate::entries::{Entry, duplicate, entries, unknown};
use crate::expand::in_block;
use crate::rules::Rule;
use crate::runtime_path::Runtime;
use crate::signature::ungrouped;
use crate::{args, fields, helpers};

/// The keys on the struct.
pub(crate) const STRUCT_KEYS: &[&str] = &["prefix", "crate"];

/// The keys on a field.
pub(crate) const FIELD_KEYS: &[&str] = &["env", "credential", "begins"];

/// What a struct of secrets must not have: the constant that tells, and why not.
const REFUSED: &[(&str, &str, &str)] = &[
    ("DEBUG", "Debug", "what can be printed ends up in logs"),
    ("DISPLAY", "Display", "what can be printed ends up in logs"),
    ("SERIALIZE", "Serialize", "what can be written down leaves the server"),
    ("DESERIALIZE", "Deserialize", "values that are not loaded are not under guard"),
    ("SCHEMA", "JsonSchema", "clients neither send nor get secrets"),
    ("INPUT", "Input", "clients do not send secrets"),
    ("OUTPUT", "Output", "clients do not get secrets"),
];

/// The derive.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let expansion = match syn::parse2::<DeriveInput>(ungrouped(item)) {
        Ok(item) => derived(&item, &mut errors),
        Err(error) => {
            errors.push(error);
            TokenStream::new()
        }
    };
    let errors = errors.finish();
    quote!(#errors #expansion)
}

fn derived(item: &DeriveInput, errors: &mut Errors) -> TokenStream {
    let keys = struct_keys(&item.attrs, errors);
    fields::named(item, errors);
    let secrets = secrets(item, &keys, errors);
    unique(&secrets, errors);
    let rt = Runtime::new(keys.runtime.as_ref());
    match errors.count() {
        0 => in_block(&[], implementation(&rt, &item.ident, &secrets)),
        _ if item.generics.params.is_empty() => fallback(&rt, &item.ident),
        _ => TokenStream::new(),
    }
}

/// What other code may name in spite of errors. Never evaluated: they end the build.
fn fallback(rt: &Runtime, this: &Ident) -> TokenStream {
    in_block(
        &[],
        quote! {
            impl #rt::secrets::Secrets for #this {
                fn load_from(
                    _: &#rt::secrets::Sources,
                ) -> #rt::std::result::Result<Self, #rt::StartError> {
                    #rt::std::panic!("this struct has errors")
                }
            }
        },
    )
}

/// What `#[secret(…)]` says about all.
#[derive(Default)]
struct StructKeys {
    prefix: Option<LitStr>,
    runtime: Option<Path>,
}

/// A field, decided.
struct Secret<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    variable: String,
    /// Where the name of the variable comes from.
    span: Span,
    credential: String,
    begins: Vec<(String, String)>,
}

fn struct_keys(attributes: &[Attribute], errors: &mut Errors) -> StructKeys {
    let mut keys = StructKeys::default();
    for entry in all_entries(attributes, STRUCT_KEYS, errors) {
        match entry.name().as_str() {
            "prefix" => keys.prefix = variable(&entry, "\"SHOP_\"", errors),
            _ => keys.runtime = args::path(&entry, "::secure_tool_runtime", errors),
        }
    }
    keys
}

/// The entries of all `#[secret(…)]` of a place: known ones, each once.
fn all_entries(attributes: &[Attribute], known: &[&str], errors: &mut Errors) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| helpers::is(attribute, "secret")) {
        let tokens = helpers::arguments(attribute, errors);
        for entry in entries(tokens, errors) {
            let name = entry.name();
            if !known.contains(&name.as_str()) {
                unknown(&entry.key, known, errors);
            } else if all.iter().any(|earlier| earlier.name() == name) {
                duplicate(&entry.key, errors);
            } else {
                all.push(entry);
            }
        }
    }
    all
}

fn secrets<'a>(item: &'a DeriveInput, keys: &StructKeys, errors: &mut Errors) -> Vec<Secret<'a>> {
    const HELP: &str = "struct Keys { token: SecretString }";
    let mut refuse = |span: Span, message: &str| {
        errors.breach(Rule::Secrets, span, message, HELP);
        Vec::new()
    };
    if let Some(parameter) = item.generics.params.first() {
        let span = syn::spanned::Spanned::span(parameter);
        return refuse(span, "secrets are text: their struct takes no parameters");
    }
    let fields = match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => &fields.named,
            Fields::Unnamed(fields) => {
                let span = syn::spanned::Spanned::span(fields);
                return refuse(span, "each secret needs a name, by which it is asked for");
            }
            Fields::Unit => return refuse(item.ident.span(), "there is no secret in here"),
        },
        Data::Enum(data) => {
            return refuse(data.enum_token.span, "all secrets are loaded at once: use a struct");
        }
        Data::Union(data) => {
            return refuse(data.union_token.span, "all secrets are loaded at once: use a struct");
        }
    };
    if fields.is_empty() {
        return refuse(item.ident.span(), "there is no secret in here");
    }
    let prefix = keys.prefix.as_ref().map(LitStr::value).unwrap_or_default();
    let named = fields.iter().filter_map(|field| Some((field, field.ident.as_ref()?)));
    named.map(|(field, ident)| secret(field, ident, &prefix, errors)).collect()
}

fn secret<'a>(
    field: &'a syn::Field,
    ident: &'a Ident,
    prefix: &str,
    errors: &mut Errors,
) -> Secret<'a> {
    let name = ident.unraw().to_string();
    let mut secret = Secret {
        ident,
        ty: &field.ty,
        variable: format!("{prefix}{}", name.to_uppercase()),
        span: ident.span(),
        credential: name,
        begins: Vec::new(),
    };
    let mut named = false;
    for entry in all_entries(&field.attrs, FIELD_KEYS, errors) {
        match entry.name().as_str() {
            "env" => {
                named = true;
                if let Some(given) = variable(&entry, "\"STRIPE_KEY\"", errors) {
                    (secret.variable, secret.span) = (given.value(), given.span());
                }
            }
            "credential" => {
                if let Some(given) = credential(&entry, errors) {
                    secret.credential = given;
                }
            }
            _ => secret.begins = begins(&entry, errors),
        }
    }
    if !named && !is_variable(&secret.variable) {
        let message = "this name makes no name of a variable: give it one";
        errors.breach(Rule::Secrets, ident.span(), message, "#[secret(env = \"STRIPE_KEY\")]");
    }
    secret
}

/// A name that every shell can set.
fn is_variable(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    begins && name.len() <= 128 && name.chars().all(fits)
}

fn variable(entry: &Entry, example: &str, errors: &mut Errors) -> Option<LitStr> {
    let literal: LitStr = entry.value(example, errors)?;
    if is_variable(&literal.value()) {
        return Some(literal);
    }
    let message =
        "a variable is named in capitals, digits and `_`, and does not begin with a digit";
    let help = format!("{} = {example}", entry.name());
    errors.breach(Rule::Secrets, literal.span(), message, help);
    None
}

fn credential(entry: &Entry, errors: &mut Errors) -> Option<String> {
    let literal: LitStr = entry.value("\"stripe-key\"", errors)?;
    let name = literal.value();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.len() <= 255 && name.chars().all(fits) {
        return Some(name);
    }
    let message = "a credential is a file beneath systemd's directory, named in letters, digits, `_`, \
                   `-` and `.`";
    errors.breach(Rule::Secrets, literal.span(), message, "credential = \"stripe-key\"");
    None
}

/// `production = "sk_live_", staging = "sk_test_"`
fn begins(entry: &Entry, errors: &mut Errors) -> Vec<(String, String)> {
    let example = "production = \"sk_live_\", staging = \"sk_test_\"";
    let Some(tokens) = entry.listed(example, errors) else { return Vec::new() };
    let mut begins: Vec<(String, String)> = Vec::new();
    for environment in entries(tokens, errors) {
        let Some(prefix) = environment.value::<LitStr>("\"sk_live_\"", errors) else { continue };
        let name = environment.key.unraw().to_string();
        if prefix.value().is_empty() {
            let message = "every value begins with nothing";
            errors.breach(
                Rule::Secrets,
                prefix.span(),
                message,
                format_args!("{name} = \"sk_live_\""),
            );
        } else if begins.iter().any(|(known, _)| *known == name) {
            duplicate(&environment.key, errors);
        } else if begins.iter().any(|(_, known)| *known == prefix.value()) {
            let message = "two environments whose values begin alike cannot be told apart";
            errors.breach(Rule::Secrets, prefix.span(), message, format_args!("begins({example})"));
        } else {
            begins.push((name, prefix.value()));
        }
    }
    if begins.is_empty() && errors.count() == 0 {
        errors.help(
            entry.key.span(),
            "`begins` names no environment",
            format_args!("begins({example})"),
        );
    }
    begins
}

/// Refuses two secrets that would be the same, or one that would be the file of another one.
fn unique(secrets: &[Secret<'_>], errors: &mut Errors) {
    for (index, secret) in secrets.iter().enumerate() {
        let clash = |other: &Secret<'_>| {
            let (one, other) = (&secret.variable, &other.variable);
            one == other || *one == format!("{other}_FILE") || *other == format!("{one}_FILE")
        };
        let earlier = secrets.iter().take(index);
        if earlier.clone().any(clash) {
            let message = format_args!(
                "`{}` is taken, as a variable or as that which names its file",
                secret.variable
            );
            errors.breach(Rule::Secrets, secret.span, message, "#[secret(env = \"ANOTHER_NAME\")]");
        } else if earlier.clone().any(|other| other.credential == secret.credential) {
            let message = format_args!("the credential `{}` is taken", secret.credential);
            let help = "#[secret(credential = \"another-name\")]";
            errors.breach(Rule::Secrets, secret.ident.span(), message, help);
        }
    }
}

fn implementation(rt: &Runtime, this: &Ident, secrets: &[Secret<'_>]) -> TokenStream {
    let constant = |index: usize| format_ident!("__FIELD{index}");
    let fields = secrets.iter().enumerate().map(|(index, Secret { ty, .. })| {
        let span = Span::call_site().located_at(syn::spanned::Spanned::span(ty));
        let (name, there) = (constant(index), rt.at(span));
        let secret = quote_spanned!(span=> #there::secrets::has_to_be_a_secret::<#ty>);
        quote!(const #name: #rt::secrets::FieldOf<#ty> = #secret();)
    });
    let declared = secrets.iter().enumerate().map(|(index, secret)| {
        let Secret { variable, credential, begins, .. } = secret;
        let field = constant(index);
        let begins = begins.iter().map(|(name, prefix)| quote!((#name, #prefix)));
        quote!(#rt::secrets::Declared {
            variable: #variable,
            credential: #credential,
            optional: #field.optional,
            begins: &[#(#begins),*],
        })
    });
    let members = secrets.iter().map(|secret| secret.ident);
    let values = (0..secrets.len()).map(|index| {
        let field = constant(index);
        quote!((#field.of)(#rt::std::option::Option::flatten(
            #rt::std::iter::Iterator::next(&mut __values)
        )))
    });
    let checks = REFUSED.iter().map(|(constant, name, why)| {
        let span = Span::call_site().located_at(this.span());
        let there = rt.at(span);
        let constant = Ident::new(constant, span);
        let message = Rule::Secrets
            .says(format_args!("`{this}` holds secrets and has `{name}`, but {why}: remove it"));
        quote_spanned!(span=>
            const _: () = #there::secrets::secrets_must_lack(
                #there::secrets::Probe::<#this>::#constant, #message,
            );
        )
    });
    let count = secrets.len();
    quote! {
        #[allow(unused_imports)]
        use #rt::secrets::Lacks as _;
        #(#checks)*
        #(#fields)*
        const __DECLARED: &[#rt::secrets::Declared; #count] = &[#(#declared),*];
        impl #rt::secrets::Secrets for #this {
            fn load_from(
                __sources: &#rt::secrets::Sources,
            ) -> #rt::std::result::Result<Self, #rt::StartError> {
                let mut __values = #rt::secrets::fill(__sources, __DECLARED)?;
                #rt::std::result::Result::Ok(#this { #(#members: #values),* })
            }
        }
    }
}
