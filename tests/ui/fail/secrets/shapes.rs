use secure_tool_runtime::prelude::*;

#[derive(Secrets)]
struct Nothing {}

#[derive(Secrets)]
struct Unit;

#[derive(Secrets)]
struct Tuple(SecretString);

#[derive(Secrets)]
enum Either {
    One { token: SecretString },
}

#[derive(Secrets)]
struct Generic<T> {
    token: T,
}

fn main() {}
