//! Programs, run for clients without a shell.
//!
//! A [`Program`] is a literal in code: a path, an environment, limits. It is looked at and
//! [opened](Program::open) when the server starts. A [`Command`] is one run of it, with arguments that
//! are literals of yours or typed [data](Value); [`Argument`] and [`HostName`] are tool input made for it.
//!
//! ```
//! use secure_tool_runtime::command::{Argument, CommandError, Program, Runner};
//! use secure_tool_runtime::files::{ReadOnly, Root};
//! use secure_tool_runtime::prelude::*;
//! use secure_tool_runtime::server::StartError;
//!
//! const GREP: Program = Program::at(&["/usr/bin/grep", "/bin/grep"]).max_output(100_000);
//!
//! struct Documents {
//!     grep: Runner,
//!     manuals: Root<ReadOnly>,
//! }
//!
//! impl Documents {
//!     fn open(manuals: Root<ReadOnly>) -> Result<Self, StartError> {
//!         Ok(Documents { grep: GREP.open()?, manuals })
//!     }
//! }
//!
//! #[secure_tools]
//! impl Documents {
//!     /// Find lines in the manuals.
//!     #[secure_tool(scope = "manuals:read", effect = read, expensive)]
//!     async fn find(
//!         &self,
//!         /// What to look for, word by word.
//!         words: Argument<100>,
//!         /// How many lines of each manual.
//!         #[validate(range(min = 1, max = 20))]
//!         lines: u8,
//!     ) -> Result<String, CommandError> {
//!         let grep = self.grep.command().literals(&["--recursive", "--fixed-strings", "--no-messages"]);
//!         let grep = grep.option("--max-count", lines).value(&words).literal(".");
//!         // Nothing found is an answer.
//!         Ok(grep.within(&self.manuals).accept(&[0, 1]).run().await?.text())
//!     }
//! }
//! ```
//!
//! # What holds a program
//!
//! - **Arguments** reach it as they are, through no shell. Data that is empty, begins with `-`, or has
//!   control or invisible characters in it is refused before anything is started, and stands behind `--`.
//!   Scripts, shells, interpreters, and what starts other programs (`env`, `xargs`, `sudo`) do not open.
//! - **Surroundings**: the environment is the list in code, by default empty; standard input is what is
//!   given, or nothing; no other descriptor is inherited; the working directory is a descriptor of a
//!   [`Root`](crate::files::Root), whatever bears its name by now.
//! - **Limits** of time, processor time, address space, file size, open files, processes and output. They
//!   are set by `prlimit` of util-linux, which becomes the program: no instruction of it runs without them.
//! - **Its end**: all its processes die with it, when time is up (`SIGTERM`, and `SIGKILL` a quarter of a
//!   second later), when the call is cancelled or the future dropped (`SIGKILL` at once). A filter of
//!   system calls (seccomp) keeps them from leaving the process group, so `setsid` and a double fork help
//!   nobody.
//! - **The kernel** (Landlock, “no new privileges”, seccomp): it reads the system's libraries and data, what
//!   [`Program::reads`] names, and its directory; it writes nowhere but to the directory of
//!   [`Command::changing`]; it executes nothing but itself and what [`Program::executes`] names; it makes no
//!   socket, local ones included, without [`Program::network`]; it changes mode, owner, times or attributes of no
//!   file, its own included (`cp -p`, `touch` and `tar` fail); it signals nobody outside, and sets limits and
//!   priorities of no other process.
//!
//! What of the last two the kernel had is [told](Finished::confinement) to the handler and in the audit
//! record. Where it lacks them, a program does not open, unless it is declared [`Sandbox::BestEffort`]. All of it
//! takes Linux 6.12; before, Landlock does not guard signals, before 6.10 devices, before 6.2 `truncate`, and
//! there is none before 5.13.
//!
//! # Limits of these
//!
//! - The kernel limits memory and processor time of each process. What all of a run use together, and how
//!   many they are, is looked at every 20 milliseconds, or less often where that takes long: for that long it may
//!   be more. Memory that they share counts for each; the time of a process for which nobody of the run waited is
//!   lost with it. Files are limited for each file.
//! - The kernel opens the dynamic loader like a program. So a program that is taken over may start the loader, and
//!   have it run whatever it can read: with the same rights, limits and guards, and no more.
//! - With `BestEffort` and without seccomp, a process that calls `setsid` outlives its run.
//! - When the server itself is killed with `SIGKILL`, nobody is left to kill its programs: let the service
//!   manager do it (systemd does). Until then time is not limited, processor time is.
//! - What a program asks of others is theirs to do: with the network declared, it reaches local services
//!   as well.
//! - Orphans are reaped by the first process of the system. In a container let that be an init (`--init`).
//! - `/usr` is read as a whole. Keep no secrets there.
//! - Privileges of files (`setuid`, capabilities) are lost: `ping` needs `net.ipv4.ping_group_range`, as
//!   usual with systemd.
//!
//! Linux only, on x86-64, AArch64 and 64-bit RISC-V.
//!
//! Source: checklist, “Command Injection Prevention”.

mod argument;
mod check;
mod elf;
mod error;
mod group;
mod host;
mod outcome;
mod program;
mod run;
mod runner;
mod sandbox;
mod start;
#[cfg(test)]
mod tests;
mod value;
mod watch;

pub use argument::Argument;
pub use error::CommandError;
pub use host::HostName;
pub use outcome::{Exit, Finished};
pub use program::{Program, Sandbox};
pub use run::Command;
pub use runner::Runner;
pub use sandbox::Confinement;
pub use value::{Dashed, Value};
