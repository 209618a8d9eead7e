//! What panics, if ever, for reasons that no caller has a hand in.

use std::fmt::Write as _;
use std::sync::Mutex;

use secure_tool_runtime::prelude::*;

pub struct Notes {
    titles: Mutex<Vec<String>>,
    title: Option<u8>,
}

#[secure_tools]
impl Notes {
    /// Keeps a title.
    #[secure_tool(scope = "a", effect = write)]
    async fn keep(
        &self,
        /// From the client.
        title: Text<1, 200>,
    ) -> usize {
        self.titles.lock().unwrap().push(title.to_string());
        let mut text = String::new();
        write!(text, "{title}").unwrap();
        let length = title.len() + Some(3).unwrap();
        let number = title.parse::<usize>().unwrap_or_default();
        let (sender, receiver) = std::sync::mpsc::channel();
        sender.send(title).unwrap();
        let kept = receiver.recv().unwrap();
        usize::from(self.title.unwrap()) + length + number + kept.len()
    }
}

fn main() {}
