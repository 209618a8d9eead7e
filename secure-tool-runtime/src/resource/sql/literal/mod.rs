//! Statements that are known, and checked, when they are compiled.

pub(super) mod check;
mod probe;
mod render;
mod scan;

use std::marker::PhantomData;

pub use check::Facts;
pub use probe::probe;

/// A text that the compiler knows. What a client sent cannot become a constant.
pub trait Literal {
    /// The text.
    const TEXT: &'static str;
    /// Why its rows are not anybody's own.
    const SHARED: Option<&'static str> = None;
    /// What is known of it; compiling this refuses what is wrong with it.
    const FACTS: Facts = match check::facts(Self::TEXT, is_shared(Self::SHARED)) {
        Ok(facts) => facts,
        Err(wrong) => panic!("{}", wrong),
    };
}

const fn is_shared(why: Option<&str>) -> bool {
    match why {
        None => false,
        Some(why) if why.trim_ascii().is_empty() => {
            panic!("`shared` says why: why may all who call this see all rows?")
        }
        Some(_) => true,
    }
}

/// Statements that only read: SELECT, VALUES, and WITH before them.
#[derive(Debug, Clone, Copy)]
pub struct Reads;

/// Statements that change data: INSERT, UPDATE, DELETE and their kin.
#[derive(Debug, Clone, Copy)]
pub struct Changes;

/// Statements about the rows of one owner: they have an `{owner}`, and want an `owned_by`.
#[derive(Debug, Clone, Copy)]
pub struct OwnRows;

/// Statements about rows that are not anybody's own.
#[derive(Debug, Clone, Copy)]
pub struct SharedRows;

/// A `bool` of [`Facts`] as a type.
#[derive(Debug, Clone, Copy)]
pub struct Fact<const IS: bool>;

/// What a statement does, and about whose rows, as types.
pub trait Decide {
    /// [`Changes`] or [`Reads`].
    type Effect;
    /// [`OwnRows`] or [`SharedRows`].
    type Rows;
}

impl Decide for Fact<true> {
    type Effect = Changes;
    type Rows = OwnRows;
}

impl Decide for Fact<false> {
    type Effect = Reads;
    type Rows = SharedRows;
}

/// A statement. [`sql!`](crate::sql!) makes one out of a literal; there is no other way.
#[derive(Debug)]
pub struct Statement<E, R> {
    pub(super) text: &'static str,
    pub(super) facts: Facts,
    kind: PhantomData<fn() -> (E, R)>,
}

impl<E, R> Clone for Statement<E, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, R> Copy for Statement<E, R> {}

impl<E, R> Statement<E, R> {
    /// Where its kind was looked at already.
    pub(super) fn of_any_kind(self) -> Statement<(), ()> {
        Statement { text: self.text, facts: self.facts, kind: PhantomData }
    }
}

/// What `sql!` expands to.
#[must_use]
pub const fn statement<L: Literal, const CHANGES: bool, const OWNED: bool>()
-> Statement<<Fact<CHANGES> as Decide>::Effect, <Fact<OWNED> as Decide>::Rows>
where
    Fact<CHANGES>: Decide,
    Fact<OWNED>: Decide,
{
    // Whoever calls this without the macro gets no other kind than the statement's own.
    const { assert!(L::FACTS.changes == CHANGES && L::FACTS.owned == OWNED) };
    Statement { text: L::TEXT, facts: L::FACTS, kind: PhantomData }
}

/// A piece of a statement that a client chooses, out of those in the code. [`sql_words!`](crate::sql_words!)
/// makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word(pub(super) &'static str);

/// What `sql_words!` expands to.
#[must_use]
pub const fn word<L: Literal>() -> Word {
    const {
        if let Err(wrong) = check::word(L::TEXT) {
            panic!("{}", wrong)
        }
    };
    Word(L::TEXT)
}

/// Choices that stand for pieces of statements: a column, an order, a table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands for no piece of a statement",
    note = "say for which: `sql_words!({Self} {{ Title => \"title\", Newest => \"created DESC\" }});`"
)]
pub trait Words {
    /// The piece that this choice stands for.
    fn word(&self) -> Word;
}

/// Makes a statement out of a literal, which is checked while it is compiled.
///
/// - It is one statement, of SELECT, INSERT, UPDATE, DELETE and their kin, without comments.
/// - Values are `$1`, `$2` and so on, on SQLite as on PostgreSQL, and are bound in that order.
/// - `{owner}` is the caller, whom [`owned_by`](crate::sql::Query::owned_by) names. Without `owner = {owner}`
///   a statement needs a reason: `sql!("…", shared = "why")`.
/// - Other names in braces are pieces that an enum chooses: [`word`](crate::sql::Query::word).
/// - `LIKE $1` takes a pattern: [`like`](crate::sql::Query::like).
///
/// The literal may also be `include_str!("file.sql")`.
///
/// ```
/// use secure_tool_runtime::sql;
/// use secure_tool_runtime::sql::{OwnRows, Reads, Statement};
/// const FIND: Statement<Reads, OwnRows> =
///     sql!("SELECT title FROM notes WHERE owner = {owner} AND title LIKE $1 LIMIT 50");
/// ```
///
/// Text that is not known to the compiler is no statement:
///
/// ```compile_fail
/// # fn of(title: &str) {
/// secure_tool_runtime::sql!(format!("SELECT id FROM notes WHERE title = '{title}'"));
/// # }
/// ```
///
/// Neither are two statements, nor anything but reading and changing rows:
///
/// ```compile_fail,E0080
/// secure_tool_runtime::sql!("COMMIT; DROP TABLE notes", shared = "why not");
/// ```
///
/// Nor one that forgets whose rows:
///
/// ```compile_fail,E0080
/// secure_tool_runtime::sql!("SELECT title FROM notes WHERE id = $1");
/// ```
#[macro_export]
macro_rules! sql {
    (include_str!($file:literal) $(,)?) => {
        $crate::__sql!(include_str!($file), $crate::sql::__private::Option::None)
    };
    (include_str!($file:literal), shared = $why:literal $(,)?) => {
        $crate::__sql!(include_str!($file), $crate::sql::__private::Option::Some($why))
    };
    ($text:literal $(,)?) => {
        $crate::__sql!($text, $crate::sql::__private::Option::None)
    };
    ($text:literal, shared = $why:literal $(,)?) => {
        $crate::__sql!($text, $crate::sql::__private::Option::Some($why))
    };
}

/// What `sql!` and its variants come to.
#[doc(hidden)]
#[macro_export]
macro_rules! __sql {
    ($text:expr, $why:expr) => {{
        struct Literal;
        impl $crate::sql::__private::Literal for Literal {
            const TEXT: &'static str = $text;
            const SHARED: $crate::sql::__private::Option<&'static str> = $why;
        }
        const FACTS: $crate::sql::__private::Facts =
            <Literal as $crate::sql::__private::Literal>::FACTS;
        $crate::sql::__private::statement::<Literal, { FACTS.changes }, { FACTS.owned }>()
    }};
}

/// Says which piece of a statement each variant of an enum stands for.
///
/// ```
/// use secure_tool_runtime::prelude::*;
/// use secure_tool_runtime::sql_words;
///
/// /// The order of a list.
/// #[secure_input]
/// enum Order {
///     Title,
///     Newest,
/// }
/// sql_words!(Order { Title => "title COLLATE NOCASE", Newest => "created DESC" });
/// ```
///
/// A piece is a name or an expression, no clause of its own:
///
/// ```compile_fail,E0080
/// enum Order { Title }
/// secure_tool_runtime::sql_words!(Order { Title => "title; DROP TABLE notes" });
/// ```
#[macro_export]
macro_rules! sql_words {
    ($choice:ty { $($variant:ident => $text:literal),+ $(,)? }) => {
        impl $crate::sql::Words for $choice {
            fn word(&self) -> $crate::sql::Word {
                match self {
                    $(Self::$variant => {
                        struct Literal;
                        impl $crate::sql::__private::Literal for Literal {
                            const TEXT: &'static str = $text;
                        }
                        const WORD: $crate::sql::Word = $crate::sql::__private::word::<Literal>();
                        WORD
                    })+
                }
            }
        }
    };
}
