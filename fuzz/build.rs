//! A proc-macro crate exports nothing but macros, and those only run inside a compiler. So the modules
//! of secure-tool-macros become modules of the target: all that its `lib.rs` names.

use std::path::Path;
use std::{env, fs};

fn main() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../secure-tool-macros/src");
    let lib = source.join("lib.rs");
    let text = fs::read_to_string(&lib).expect("lib.rs can be read");
    let modules: String = text
        .lines()
        .filter(|line| line.starts_with("mod ") && *line != "mod tests;")
        .map(|line| format!("    pub(crate) {line}\n"))
        .collect();
    // Through the glob, `crate::args` is what it is at home.
    let text = format!(
        "#[allow(dead_code)]\n#[path = {source:?}]\nmod attributes {{\n{modules}}}\n\
         #[allow(unused_imports)]\nuse attributes::*;\n"
    );
    let out = env::var("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&out).join("modules.rs"), text).expect("modules.rs can be written");
    println!("cargo::rerun-if-changed={}", lib.display());
}
