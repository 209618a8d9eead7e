//! Names of tools that a reader takes for one another.
//!
//! In `secure-tool-macros`, for one `impl` block, and in `secure-tool-runtime`, for sets that are
//! joined: a crate of macros exports nothing else. A test keeps the two files equal.

/// True if two names differ in case and separators only, or in letters that look the same.
pub(crate) fn alike(a: &str, b: &str) -> bool {
    same(spelled(a), spelled(b)) || same(seen(a), seen(b))
}

fn same(mut a: impl Iterator<Item = char>, mut b: impl Iterator<Item = char>) -> bool {
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (a, b) if a != b => return false,
            _ => {}
        }
    }
}

/// Without case and separators: `Add-Note` is `addnote`.
fn spelled(name: &str) -> impl Iterator<Item = char> {
    joined(name).map(|letter| letter.to_ascii_lowercase())
}

/// As it looks: `I` and `1` as `l`, `0` as `o`, `m` as `rn` (Unicode TR39, the skeletons of ASCII).
fn seen(name: &str) -> impl Iterator<Item = char> {
    let shapes = joined(name).map(|letter| match letter {
        'I' | '1' => "l".chars(),
        '0' => "o".chars(),
        'm' => "rn".chars(),
        _ => "".chars(),
    });
    shapes.zip(joined(name)).flat_map(|(shape, letter)| {
        let unchanged = shape.as_str().is_empty().then(|| letter.to_ascii_lowercase());
        shape.chain(unchanged)
    })
}

/// Without separators, but between digits: `v1.12` is not `v11.2`.
fn joined(name: &str) -> impl Iterator<Item = char> {
    let bytes = name.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_digit())
    };
    name.char_indices().filter_map(move |(at, letter)| match letter {
        '_' | '-' | '.' => (digit(at.checked_sub(1)) && digit(Some(at + 1))).then_some('_'),
        _ => Some(letter),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_alike() {
        let pairs = [
            ("add_note", "add_note"),
            ("add_note", "addNote"),
            ("add_note", "add-note"),
            ("add.note", "addnote"),
            ("list_l", "list_1"),
            ("list_I", "list_l"),
            ("list_o", "list_0"),
            ("list_O", "list_0"),
            ("burn_note", "bum_note"),
            ("read1", "readl"),
            ("v1.2", "v1_2"),
        ];
        for (a, b) in pairs {
            assert!(alike(a, b) && alike(b, a), "{a} {b}");
        }
    }

    #[test]
    fn names_that_differ_a_little_are_not() {
        let pairs = [
            ("get_note", "get_notes"),
            ("list1", "list2"),
            ("list_1", "list_11"),
            ("send_mail", "send_mall"),
            ("add_note", "and_note"),
            ("read", "red"),
            ("v1.12", "v11.2"),
            ("report_2024_1", "report_20241"),
            ("note", "mote"),
            ("a", "b"),
            ("a", ""),
        ];
        for (a, b) in pairs {
            assert!(!alike(a, b) && !alike(b, a), "{a} {b}");
        }
    }
}
