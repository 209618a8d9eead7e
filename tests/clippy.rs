//! The `clippy.toml` that users copy: clippy finds each sink in a helper function, where the
//! attributes do not look.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Where the shipped file is.
const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/secure-tool-runtime/lints");

/// What a helper does with the sinks of the standard library, and the sink that it is.
const STANDARD: &[(&str, &str)] = &[
    ("std::process::Command::new", "std::process::Command::new(text)"),
    ("std::process::exit", "std::process::exit(1)"),
    ("std::process::abort", "std::process::abort()"),
    ("std::fs::canonicalize", "std::fs::canonicalize(path)"),
    ("std::fs::copy", "std::fs::copy(path, path)"),
    ("std::fs::create_dir", "std::fs::create_dir(path)"),
    ("std::fs::create_dir_all", "std::fs::create_dir_all(path)"),
    ("std::fs::exists", "std::fs::exists(path)"),
    ("std::fs::hard_link", "std::fs::hard_link(path, path)"),
    ("std::fs::metadata", "std::fs::metadata(path)"),
    ("std::fs::read", "std::fs::read(path)"),
    ("std::fs::read_dir", "std::fs::read_dir(path)"),
    ("std::fs::read_link", "std::fs::read_link(path)"),
    // Under another name, as a value.
    ("std::fs::read_to_string", "{ use std::fs as disk; Some(path).map(disk::read_to_string) }"),
    ("std::fs::remove_dir", "std::fs::remove_dir(path)"),
    ("std::fs::remove_dir_all", "std::fs::remove_dir_all(path)"),
    ("std::fs::remove_file", "std::fs::remove_file(path)"),
    ("std::fs::rename", "std::fs::rename(path, path)"),
    ("std::fs::set_permissions", "std::fs::set_permissions(path, any())"),
    ("std::fs::symlink_metadata", "std::fs::symlink_metadata(path)"),
    ("std::fs::write", "std::fs::write(path, text)"),
    ("std::fs::File::open", "std::fs::File::open(path)"),
    ("std::fs::File::create", "std::fs::File::create(path)"),
    ("std::fs::File::create_new", "std::fs::File::create_new(path)"),
    ("std::fs::File::options", "std::fs::File::options()"),
    ("std::fs::OpenOptions::new", "std::fs::OpenOptions::new()"),
    ("std::fs::OpenOptions::open", "any::<std::fs::OpenOptions>().open(path)"),
    ("std::fs::DirBuilder::create", "any::<std::fs::DirBuilder>().create(path)"),
    ("std::path::Path::canonicalize", "path.canonicalize()"),
    ("std::path::Path::exists", "path.exists()"),
    ("std::path::Path::is_dir", "path.is_dir()"),
    ("std::path::Path::is_file", "path.is_file()"),
    ("std::path::Path::is_symlink", "path.is_symlink()"),
    ("std::path::Path::metadata", "path.metadata()"),
    ("std::path::Path::read_dir", "path.read_dir()"),
    ("std::path::Path::read_link", "path.read_link()"),
    ("std::path::Path::symlink_metadata", "path.symlink_metadata()"),
    ("std::path::Path::try_exists", "path.try_exists()"),
    ("std::env::args", "std::env::args()"),
    ("std::env::args_os", "std::env::args_os()"),
    ("std::env::remove_var", "std::env::remove_var(text)"),
    ("std::env::set_current_dir", "std::env::set_current_dir(path)"),
    ("std::env::set_var", "std::env::set_var(text, text)"),
    ("std::env::var", "std::env::var(text)"),
    ("std::env::var_os", "std::env::var_os(text)"),
    ("std::env::vars", "std::env::vars()"),
    ("std::env::vars_os", "std::env::vars_os()"),
    ("std::io::stdout", "std::io::stdout()"),
    ("std::string::String::leak", "String::from(text).leak()"),
    ("std::vec::Vec::leak", "vec![text].leak()"),
    ("std::boxed::Box::leak", "Box::leak(Box::new(text))"),
    ("std::print", "print!(\"{text}\")"),
    ("std::println", "println!(\"{text}\")"),
    ("std::dbg", "dbg!(text)"),
    #[cfg(unix)]
    ("std::os::unix::fs::symlink", "std::os::unix::fs::symlink(path, path)"),
];

/// Crates with sinks that are stood in for.
const STUBS: &[&str] = &["async_std", "fs_err", "sqlx", "tokio"];

#[test]
fn clippy_finds_each_sink_in_a_helper_function() {
    if !Command::new("cargo").args(["clippy", "--version"]).output().unwrap().status.success() {
        eprintln!("SKIPPED clippy_finds_each_sink_in_a_helper_function: there is no clippy here");
        return;
    }
    let shipped = std::fs::read_to_string(Path::new(SHIPPED).join("clippy.toml")).unwrap();
    let entries = entries(&shipped);
    let directory = tempfile::tempdir().unwrap();
    let expected = write_crate(directory.path(), &entries);

    let found = clippy(directory.path());
    let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, expected.keys().copied().collect::<Vec<_>>(), "{found:#?}");
    for (line, told) in &found {
        let (path, reason) = &expected[line];
        assert!(told.contains(path) && told.contains(reason), "{path}: {told}");
    }
}

/// The paths that the file names, with their reasons.
fn entries(shipped: &str) -> Vec<(String, String)> {
    let between = |line: &str, begin: &str| {
        let (_, rest) = line.split_once(begin)?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let entries: Vec<_> = shipped
        .lines()
        .filter_map(|line| Some((between(line, "path = \"")?, between(line, "reason = \"")?)))
        .collect();
    assert!(entries.len() > 80, "{entries:?}");
    entries
}

/// Writes a crate with one helper a sink. Returns, by line, which sink it is and why it is one.
fn write_crate(
    directory: &Path,
    entries: &[(String, String)],
) -> BTreeMap<usize, (String, String)> {
    let mut source = String::from(
        "#![allow(unused, clippy::all)]\n\
         #![warn(clippy::disallowed_methods, clippy::disallowed_macros)]\n\
         use std::path::Path;\n\
         fn any<T>() -> T { loop {} }\n",
    );
    let mut expected = BTreeMap::new();
    let mut stubs = BTreeMap::<&str, Stub>::new();
    for (index, (path, reason)) in entries.iter().enumerate() {
        let helper = match path.split_once("::") {
            Some((name, inner)) if STUBS.contains(&name) => {
                stub(stubs.entry(name).or_default(), inner, path)
            }
            _ => match STANDARD.iter().find(|(known, _)| known == path) {
                Some((_, helper)) => (*helper).to_owned(),
                None if path.contains("::os::") => continue,
                None => panic!("`{path}` is not tested"),
            },
        };
        source += &format!(
            "fn helper_{index}(path: &Path, text: &'static str) {{ let _ = {helper}; }}\n"
        );
        expected.insert(source.lines().count(), (path.clone(), reason.clone()));
    }
    let write = |file: &str, text: &str| {
        let file = directory.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    let package = "version = \"0.0.0\"\nedition = \"2021\"\n";
    let dependencies: String =
        stubs.keys().map(|name| format!("{name}.path = \"{name}\"\n")).collect();
    let manifest = format!(
        "[package]\nname = \"helpers\"\n{package}[workspace]\n[dependencies]\n{dependencies}"
    );
    write("Cargo.toml", &manifest);
    write("src/lib.rs", &source);
    for (name, stub) in stubs {
        write(&format!("{name}/Cargo.toml"), &format!("[package]\nname = \"{name}\"\n{package}"));
        write(&format!("{name}/src/lib.rs"), &modules(&stub));
    }
    expected
}

/// The functions that a stand-in for a crate needs, by module and type.
type Stub = BTreeMap<(String, String), Vec<String>>;

/// Adds to a stand-in what a path names. Returns how to call it.
fn stub(stub: &mut Stub, inner: &str, path: &str) -> String {
    let mut segments: Vec<&str> = inner.split("::").collect();
    let function = segments.pop().unwrap().to_owned();
    let of_type = segments.pop_if(|last| last.starts_with(char::is_uppercase)).unwrap_or_default();
    stub.entry((segments.concat(), of_type.to_owned())).or_default().push(function);
    format!("{path}()")
}

/// The source of a stand-in, each type in a file-private module of its own.
fn modules(stub: &Stub) -> String {
    let mut source = String::from("#![allow(clippy::all)]\n");
    let mut public = BTreeMap::<&str, String>::new();
    for (index, ((module, of_type), functions)) in stub.iter().enumerate() {
        let declared =
            functions.iter().map(|function| match function.starts_with(char::is_uppercase) {
                true => format!("pub struct {function}();"),
                false => format!("pub fn {function}() {{}}"),
            });
        let mut items: String = declared.collect();
        if !of_type.is_empty() {
            items = format!("pub struct {of_type}; impl {of_type} {{ {items} }}");
        }
        source += &format!("mod part_{index} {{ {items} }}\n");
        *public.entry(module).or_default() += &format!("pub use crate::part_{index}::*;");
    }
    for (module, uses) in public {
        source +=
            &if module.is_empty() { uses } else { format!("pub mod {module} {{ {uses} }}\n") };
    }
    source
}

/// Runs clippy with the shipped file. Returns the lines that it complains of, and what it says.
fn clippy(directory: &Path) -> Vec<(usize, String)> {
    let output = Command::new("cargo")
        .args(["clippy", "--offline", "--quiet", "--message-format", "json"])
        .current_dir(directory)
        .env("CLIPPY_CONF_DIR", SHIPPED)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{}", String::from_utf8_lossy(&output.stdout));
    let messages = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut found: Vec<(usize, String)> = messages
        .map(|line| serde_json::from_slice::<Value>(line).unwrap())
        .filter(|message| message["reason"] == "compiler-message")
        .filter_map(|message| {
            let line = message["message"]["spans"][0]["line_start"].as_u64()?;
            let told = message["message"]["rendered"].as_str()?.to_owned();
            Some((usize::try_from(line).ok()?, told))
        })
        .collect();
    found.sort();
    found
}
