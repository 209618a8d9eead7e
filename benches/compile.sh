#!/usr/bin/env bash
# What fifty tools cost to compile: ours against rmcp's `#[tool]` with serde, schemars and validator.
#
#     benches/compile.sh            # five runs of each
#     benches/compile.sh 3          # three
#
# Both crates share one target directory in which their dependencies are built beforehand, so that
# what is measured is the leaf crate alone: the expansion and what it makes of it. Runs alternate.
# Needs cargo, rustfmt and python3 (for the clock and the medians).
set -euo pipefail

runs=${1:-5}
tools=${TOOLS:-50}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR=${COMPILE_TARGET_DIR:-$work/target}
export CARGO_TERM_QUIET=true CARGO_INCREMENTAL=1
cp "$root/rust-toolchain.toml" "$root/Cargo.lock" "$work"

# --- the two crates ---------------------------------------------------------------------------------

crate() { # name, dependencies
    mkdir -p "$work/$1/src"
    printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n%s\n' "$1" "$2" \
        > "$work/$1/Cargo.toml"
}

printf '[workspace]\nmembers = ["ours", "bare"]\nresolver = "3"\n' > "$work/Cargo.toml"

crate ours "secure-tool-runtime = { path = \"$root/secure-tool-runtime\" }"
crate bare 'rmcp = { version = "3.9", default-features = false, features = ["server", "macros", "transport-io"] }
schemars = "1.2"
serde = { version = "1", features = ["derive"] }
validator = { version = "0.21", features = ["derive"] }'

ours() {
    cat <<'END'
//! Fifty tools.
use secure_tool_runtime::prelude::*;

/// How soon it matters.
#[secure_input]
#[derive(Clone, Copy)]
pub enum Priority {
    /// Some day.
    Low,
    /// This week.
    Normal,
    /// Today.
    High,
}

/// A note.
#[secure_output]
pub struct Note {
    /// Its number.
    pub id: u64,
    /// Its title.
    pub title: String,
}

pub struct Notes;

#[secure_tools]
impl Notes {
END
    for n in $(seq -w 1 "$tools"); do
        cat <<END
    /// Add a note to notebook $n.
    #[secure_tool(scope = "notes:write", effect = write, rate = "30/min")]
    async fn add_note_$n(
        &self,
        /// Title shown in lists.
        #[validate(length(min = 1, max = 200))]
        title: String,
        /// How many to make.
        #[validate(range(min = 1, max = 100))]
        copies: u32,
        /// How soon it matters.
        priority: Priority,
    ) -> Note {
        Note { id: u64::from(copies) + priority as u64, title }
    }

END
    done
    printf '}\n\npub fn tools() -> ToolSet {\n    ToolSet::new(Notes)\n}\n'
}

bare() {
    cat <<'END'
//! Fifty tools.
use rmcp::handler::server::{ServerHandler, wrapper::{Json, Parameters}};
use rmcp::{tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use validator::Validate;

/// How soon it matters.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Some day.
    Low,
    /// This week.
    Normal,
    /// Today.
    High,
}

/// A note.
#[derive(Serialize, JsonSchema)]
pub struct Note {
    /// Its number.
    pub id: u64,
    /// Its title.
    pub title: String,
}

END
    for n in $(seq -w 1 "$tools"); do
        cat <<END
#[derive(Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddNote${n}Input {
    /// Title shown in lists.
    #[validate(length(min = 1, max = 200))]
    title: String,
    /// How many to make.
    #[validate(range(min = 1, max = 100))]
    copies: u32,
    /// How soon it matters.
    priority: Priority,
}

END
    done
    printf 'pub struct Notes;\n\n#[tool_router]\nimpl Notes {\n'
    for n in $(seq -w 1 "$tools"); do
        cat <<END
    #[tool(description = "Add a note to notebook $n.")]
    async fn add_note_$n(
        &self,
        Parameters(input): Parameters<AddNote${n}Input>,
    ) -> Result<Json<Note>, String> {
        input.validate().map_err(|_| "the arguments are not valid".to_owned())?;
        Ok(Json(Note { id: u64::from(input.copies) + input.priority as u64, title: input.title }))
    }

END
    done
    printf '}\n\n#[tool_handler]\nimpl ServerHandler for Notes {}\n'
}

ours > "$work/ours/src/lib.rs"
bare > "$work/bare/src/lib.rs"

# --- the clock --------------------------------------------------------------------------------------

cd "$work"

# Runs a command and appends its seconds to a file. A number a call changes a constant of the source,
# because cargo looks at times and the compiler at content: both see a change.
edits=0
touch_source() { # crate
    edits=$((edits + 1))
    sed -i '/^pub const EDIT/d' "$1/src/lib.rs"
    printf 'pub const EDIT: u32 = %s; // an edit\n' "$edits" >> "$1/src/lib.rs"
}

timed() { # file, command…
    local file=$1 before
    shift
    before=$(date +%s.%N)
    "$@"
    python3 -c "import sys; print(float(sys.argv[2]) - float(sys.argv[1]))" "$before" "$(date +%s.%N)" >> "$file"
}

median() { python3 -c "import statistics, sys; print(statistics.median(map(float, open(sys.argv[1]))))" "$1"; }

expanded_lines() { # crate
    RUSTC_BOOTSTRAP=1 cargo rustc -p "$1" --lib -- -Zunpretty=expanded > "$work/$1.expanded.rs"
    rustfmt --edition 2024 --config use_small_heuristics=Default "$work/$1.expanded.rs"
    wc -l < "$work/$1.expanded.rs"
}

echo "building the dependencies…"
cargo check
cargo build

for run in $(seq "$runs"); do
    echo "run $run of $runs"
    for crate in ours bare; do
        cargo clean -p "$crate"
        timed "$crate.check, clean" cargo check -p "$crate"
        touch_source "$crate"
        timed "$crate.check, after an edit" cargo check -p "$crate"
        cargo clean -p "$crate"
        timed "$crate.build, clean" cargo build -p "$crate"
        touch_source "$crate"
        timed "$crate.build, after an edit" cargo build -p "$crate"
    done
done

# --- the result -------------------------------------------------------------------------------------

printf '\n%s tools, medians of %s runs\n\n%-24s %10s %10s %8s\n' "$tools" "$runs" '' ours rmcp ratio
for what in "check, clean" "check, after an edit" "build, clean" "build, after an edit"; do
    python3 - "$what" "$(median "ours.$what")" "$(median "bare.$what")" <<'END'
import sys
what, ours, bare = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
print(f"{what:24} {ours:8.2f} s {bare:8.2f} s {ours / bare:8.2f}")
END
done
python3 - "$tools" "$(expanded_lines ours)" "$(expanded_lines bare)" <<'END'
import sys
tools, ours, bare = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
print(f"{'expanded lines a tool':24} {ours / tools:10.0f} {bare / tools:10.0f} {ours / bare:8.2f}")
END
