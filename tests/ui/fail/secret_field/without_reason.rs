//! The reason goes into the manifest, so there has to be one.
#![allow(unused)]
use secure_tool_runtime::prelude::*;

#[secure_output(allow(secret_field))]
struct Invitation {
    token: String,
}

#[secure_output(allow(secret_fields, reason = "for the new member alone"))]
struct Invitations {
    token: String,
}

fn main() {}
