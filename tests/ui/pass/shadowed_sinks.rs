//! What a body defines or imports itself is what its names mean.

use secure_tool_runtime::prelude::*;

mod own {
    pub struct Command(pub u8);

    impl Command {
        pub fn new(kind: u8) -> Self {
            Command(kind)
        }
    }

    pub mod fs {
        pub fn write(_: u8) {}
    }

    macro_rules! quiet {
        ($($any:tt)*) => {};
    }
    pub(crate) use quiet as println;
}

/// Uses its own.
#[secure_tool(scope = "a", effect = read)]
async fn tool(
    /// From the client.
    kind: u8,
) -> u8 {
    use own::{Command, fs, println};
    struct OpenOptions;
    impl OpenOptions {
        fn new() -> Self {
            OpenOptions
        }
    }
    macro_rules! print {
        ($($any:tt)*) => {};
    }
    println!("nothing is printed");
    print!("nor here");
    fs::write(kind);
    let _ = OpenOptions::new();
    Command::new(kind).0
}

fn main() {
    let _ = tools![tool];
}
