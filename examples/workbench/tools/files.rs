//! Files beneath the directory.

use std::io;
use std::path::Path;

use secure_tool_runtime::files::{FileError, Listing, ReadWrite};
use secure_tool_runtime::prelude::*;

pub(crate) struct Files {
    root: Root<ReadWrite>,
}

impl Files {
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        Ok(Files { root: Root::read_write(directory)?.max_read(256 << 10).max_files(100_000) })
    }
}

#[secure_tools]
impl Files {
    /// Read a text file. What it says is its author's, not the user's.
    #[secure_tool(scope = "files:read", effect = read)]
    async fn read_file(
        &self,
        /// Where it is.
        path: SafePath,
    ) -> Result<Untrusted<String>, FileError> {
        self.root.read_untrusted(&path).await
    }

    /// Write a text file, in place of an older one of that name.
    #[secure_tool(
        scope = "files:write",
        effect = destructive,
        rate = "60/min",
        allow(generous_rate, reason = "a model that edits a program writes many files"),
    )]
    async fn write_file(
        &self,
        /// Where to.
        path: SafePath,
        /// All of it.
        #[validate(length(max = 100_000))]
        text: String,
    ) -> Result<(), FileError> {
        self.root.write(&path, text).await
    }

    /// List a directory, by name.
    #[secure_tool(scope = "files:read", effect = read)]
    async fn list_directory(
        &self,
        /// Which one; all of it if nothing is said.
        directory: Option<SafePath>,
        /// The name to continue after.
        after: Option<Text<1, 255>>,
    ) -> Result<Listing, FileError> {
        self.root.list(directory.as_ref(), after.as_deref()).await
    }
}
