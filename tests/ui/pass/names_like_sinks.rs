//! Names that look like files, programs and the environment, and are a tool's own.

use std::process::ExitCode;

use secure_tool_runtime::prelude::*;

pub mod domain {
    pub enum Command {
        Start,
        Stop(u8),
    }

    pub struct Order;

    impl Order {
        pub fn new(_: u8, _: u8) -> Self {
            Order
        }
    }

    pub mod fs {
        pub fn read(_: u8) -> u8 {
            1
        }
    }

    pub mod env {
        pub fn lookup(_: &str) -> u8 {
            1
        }
    }

    pub mod process {
        pub fn run(_: u8) {}
    }

    pub struct File;

    impl File {
        pub fn open(_: u8) -> Self {
            File
        }
    }
}

use domain::{Command, env, process};

pub struct Notes {
    fs_label: u8,
    env: u8,
    stdout: u8,
}

impl Notes {
    fn leak(&self, _: u8) {}
    fn exit(&self, _: u8) {}
    fn print(&self) {}
}

fn process_note(_: u8) {}

fn print() {}

#[secure_tools]
impl Notes {
    /// Does a lot, and nothing that is dangerous.
    #[secure_tool(scope = "a", effect = read)]
    async fn tool(
        &self,
        /// From the client.
        id: u8,
    ) -> u8 {
        use crate::domain::{File, fs};
        // std::fs::read("comment"), println!(), std::env::var("KEY")
        let env_name = "std::env::var(\"KEY\"), std::fs::read(path), println!()";
        let command = if id > 1 { Command::Start } else { Command::Stop(id) };
        let _ = matches!(command, Command::Stop(_));
        let _ = domain::Order::new(id, 1);
        let _ = (File::open(id), fs::read(id), domain::fs::read(id), env::lookup(env_name));
        process::run(id);
        process_note(id);
        print();
        self.print();
        self.leak(id);
        self.exit(id);
        let _ = (ExitCode::SUCCESS, std::process::ExitCode::FAILURE, std::process::id());
        let _ = (env!("CARGO_PKG_VERSION"), option_env!("KEY"), std::env::consts::OS);
        let _: Option<&std::fs::File> = None;
        self.fs_label + self.env + self.stdout
    }
}

fn main() {}
