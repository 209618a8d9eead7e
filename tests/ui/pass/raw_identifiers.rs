//! `r#type` is `type` on the wire.

use secure_tool_runtime::__private::InputObject;
use secure_tool_runtime::{SecureTools, ToolSet, secure_input, secure_output, secure_tool, secure_tools, tools};

#[allow(non_camel_case_types)]
pub struct r#match;

#[secure_tools]
impl r#match {
    /// Does something.
    #[secure_tool(scope = "s", effect = read, policy = Self::r#if)]
    async fn r#do(
        &self,
        /// What.
        r#type: r#enum,
        /// Where.
        r#in: r#struct,
    ) -> r#loop {
        let _ = (r#type, r#in.r#as);
        r#loop { r#ref: 1 }
    }

    async fn r#if(&self, _: &secure_tool_runtime::Caller, r#else: &DoInput) -> secure_tool_runtime::Decision {
        secure_tool_runtime::Decision::allow_if(r#else.r#in.r#as > 0)
    }
}

/// Moves.
#[secure_tool(scope = "s", effect = write)]
async fn r#move(
    /// How far.
    r#true_distance: u8,
) {
    let _ = r#true_distance;
}

#[secure_input]
#[allow(non_camel_case_types)]
pub enum r#enum {
    r#One,
    Two,
}

#[secure_input]
#[allow(non_camel_case_types)]
pub struct r#struct {
    /// As what.
    r#as: u8,
}

#[secure_output]
#[allow(non_camel_case_types)]
pub struct r#loop {
    r#ref: u8,
}

fn main() {
    assert_eq!(<r#match as SecureTools>::TOOLS[0].name, "do");
    let names: Vec<&str> = DoInput::OBJECT.fields.iter().map(|field| field.name).collect();
    assert_eq!(names, ["type", "in"]);
    assert_eq!(ToolSet::new(r#match).and(tools![r#move]).names().collect::<Vec<_>>(), ["do", "move"]);
}
