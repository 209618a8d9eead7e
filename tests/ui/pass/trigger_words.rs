//! Good descriptions that say what an attack would say, and mean it.

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::{public_error, secure_input, secure_tools};

pub struct Notes;

#[secure_tools]
impl Notes {
    /// Ignore the previous result, and search again. Ignores case.
    ///
    /// Important: amounts are in cents. Call this after `list_notes`.
    #[secure_tool(public = "it ignores previous instructions, on purpose", effect = read)]
    async fn search(
        &self,
        /// Forget everything that is cached for the page.
        forget: bool,
        /// Do not notify the user.
        silent: bool,
        /// The system prompt of the assistant to search with.
        system_prompt: Text<1, 9>,
    ) -> Result<(), Failure> {
        let _ = (forget, silent, system_prompt);
        Ok(())
    }

    /// Returns instructions for assembling a shelf. New instructions replace the previous ones.
    #[secure_tool(scope = "a", effect = read, title = "Instructions")]
    async fn instructions(&self, kind: &Context) {
        let _ = kind;
    }

    /// Send a message to a user, without attachments. You must own the note.
    ///
    /// Call `open` before using this tool. Deletes the note without asking the user. The user does not
    /// need to know the exact title. Override the existing instructions of a recipe.
    ///
    /// Removes `<b>` and `<system.import>`. Estimates how likely a jailbreak is.
    #[secure_tool(scope = "a", effect = write)]
    async fn send(&self) {}
}

#[public_error]
pub enum Failure {
    #[public("You are now logged out.")]
    LoggedOut,
}

/// Show system information, not that of the user.
#[secure_input]
pub enum Show {
    /// Overrides all previous settings.
    Settings,
    /// Switch the phone to developer mode.
    Developer,
}

fn main() {}
