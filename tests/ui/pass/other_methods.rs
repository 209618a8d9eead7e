//! Methods without the attribute are the author's own, of any shape.
use secure_tool_runtime::prelude::*;

struct Counter(u32);

#[secure_tools]
impl Counter {
    const START: u32 = 1;

    pub fn new() -> Self {
        Counter(Self::START)
    }

    pub fn add<T: Into<u32>>(&mut self, more: T) -> &mut Self {
        self.0 += more.into();
        self
    }

    pub const fn get(&self) -> u32 {
        self.0
    }

    fn described(path: &str, (a, b): (u8, u8), user_id: impl ToString) -> String {
        format!("{path}{a}{b}{}", user_id.to_string())
    }

    /// Count.
    #[secure_tool(scope = "a", effect = read)]
    async fn count(&self) -> String {
        Self::described("/", (1, 2), self.get())
    }
}

fn main() {
    let mut counter = Counter::new();
    counter.add(3u8);
    let _ = ToolSet::new(counter);
}
