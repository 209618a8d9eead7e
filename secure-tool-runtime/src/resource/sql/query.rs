//! A statement with its values, about to be run.

use std::fmt;
use std::marker::PhantomData;

use sqlx::{Arguments, AssertSqlSafe, Encode, FromRow, Pool, SqlSafeStr, Type};

use super::lease::{Lease, Outcome};
use super::limits::Limits;
use super::literal::Word;
use super::{Backend, OwnRows, Pattern, SharedRows, SqlError, Statement, Words};
use crate::Caller;

/// Words of one statement.
type Placed = Vec<(&'static str, Word)>;

/// A statement with its values, about to be run.
///
/// One about the rows of somebody is not run before [`owned_by`](Self::owned_by) says whose.
#[must_use = "nothing is done before the rows are fetched or it is executed"]
pub struct Query<'on, B: Backend, R> {
    on: On<'on, B>,
    statement: Statement<(), ()>,
    arguments: B::Arguments,
    /// How many values were bound, and which of them are patterns.
    bound: u8,
    patterns: u64,
    words: Placed,
    /// A value that could not be encoded, or one too many.
    wrong: Option<SqlError>,
    rows: PhantomData<fn() -> R>,
}

/// Where a statement runs.
pub(super) enum On<'on, B: Backend> {
    Pool(&'on Pool<B>, Limits),
    Transaction(&'on mut Lease<B>),
}

/// The rows are those of one owner, who was named.
#[derive(Debug, Clone, Copy)]
pub struct Named;

/// Statements that can be run.
#[diagnostic::on_unimplemented(
    message = "this statement is about the rows of one owner, and nobody was named",
    note = "add `.owned_by(caller)`"
)]
pub trait Runnable {}
impl Runnable for Named {}
impl Runnable for SharedRows {}

impl<'on, B: Backend, R> Query<'on, B, R> {
    pub(super) fn new<E>(on: On<'on, B>, statement: Statement<E, R>) -> Self {
        Query {
            on,
            statement: statement.of_any_kind(),
            arguments: B::Arguments::default(),
            bound: 0,
            patterns: 0,
            words: Vec::new(),
            wrong: None,
            rows: PhantomData,
        }
    }

    /// The next value: `$1` first, then `$2`.
    pub fn bind<'v, T: Encode<'v, B> + Type<B>>(mut self, value: T) -> Self {
        self.add(value);
        self
    }

    /// The next value, which stands after `LIKE`. A text with a NUL cannot be looked for: there SQLite's
    /// pattern would end, at its first `%`.
    pub fn like(mut self, pattern: Pattern) -> Self
    where
        String: for<'v> Encode<'v, B> + Type<B>,
    {
        if pattern.0.contains('\0') {
            self.wrong = Some(SqlError::Unfit);
        }
        self.add(pattern.0);
        self.patterns |= 1_u64.checked_shl(self.bound.into()).unwrap_or(0);
        self
    }

    /// What a choice of the client stands for, at `{name}`.
    pub fn word(mut self, name: &'static str, choice: &impl Words) -> Self {
        self.words.push((name, choice.word()));
        self
    }

    fn add<'v, T: Encode<'v, B> + Type<B>>(&mut self, value: T) {
        self.bound = self.bound.saturating_add(1);
        if self.arguments.add(value).is_err() {
            self.wrong = Some(SqlError::Unfit);
        }
    }
}

impl<'on, B: Backend> Query<'on, B, OwnRows>
where
    String: for<'v> Encode<'v, B> + Type<B>,
{
    /// Whose rows: those of the caller, whom the server knows. Comes after the values. Names from
    /// clients are not taken.
    pub fn owned_by(mut self, caller: &Caller) -> Query<'on, B, Named> {
        if self.wrong.is_none() {
            self.wrong = self.misfit();
        }
        if self.arguments.add(caller.subject().as_str().to_owned()).is_err() {
            self.wrong = Some(SqlError::Unfit);
        }
        let Query { on, statement, arguments, bound, patterns, words, wrong, .. } = self;
        Query { on, statement, arguments, bound, patterns, words, wrong, rows: PhantomData }
    }
}

impl<B: Backend, R: Runnable> Query<'_, B, R> {
    /// All rows, in the order of the statement.
    ///
    /// # Errors
    /// If they are more than [`max_rows`](super::Opening::max_rows), it takes too long, or the database refuses.
    pub async fn fetch_all<T>(self) -> Result<Vec<T>, SqlError>
    where
        T: for<'r> FromRow<'r, B::Row>,
    {
        let outcome = self.run(usize::MAX).await?;
        outcome.rows.iter().map(|row| read::<B, T>(row)).collect()
    }

    /// The row, if there is one. More than one is an error: say `LIMIT 1` where the first will do.
    ///
    /// # Errors
    /// As [`fetch_all`](Self::fetch_all).
    pub async fn fetch_optional<T>(self) -> Result<Option<T>, SqlError>
    where
        T: for<'r> FromRow<'r, B::Row>,
    {
        let outcome = self.run(1).await?;
        outcome.rows.first().map(|row| read::<B, T>(row)).transpose()
    }

    /// The row.
    ///
    /// # Errors
    /// [`SqlError::NotFound`] if there is none; else as [`fetch_optional`](Self::fetch_optional).
    pub async fn fetch_one<T>(self) -> Result<T, SqlError>
    where
        T: for<'r> FromRow<'r, B::Row>,
    {
        self.fetch_optional().await?.ok_or(SqlError::NotFound)
    }

    /// How many rows were changed.
    ///
    /// # Errors
    /// As [`fetch_all`](Self::fetch_all).
    pub async fn execute(self) -> Result<u64, SqlError> {
        Ok(self.run(usize::MAX).await?.changed)
    }

    async fn run(mut self, most_rows: usize) -> Result<Outcome<B>, SqlError> {
        let literal = self.statement.text;
        let wrong = self.wrong.take().or_else(|| self.misfit());
        if let Some(wrong) = wrong {
            return Err(wrong.of(literal).logged());
        }
        let text = self.statement.render(&self.words);
        let text =
            text.map_err(|_| SqlError::fault("a name in braces was not given a `.word(…)`"))?;
        // It is made of literals, and of nothing else: see `Literal`.
        let text = AssertSqlSafe(text).into_sql_str();
        let outcome = match self.on {
            On::Transaction(lease) => lease.run(text, self.arguments, most_rows).await,
            On::Pool(pool, limits) => match Lease::acquire(pool, limits).await {
                Ok(mut lease) => lease.run(text, self.arguments, most_rows).await,
                Err(error) => Err(error),
            },
        };
        outcome.map_err(|error| error.of(literal).logged())
    }
}

impl<B: Backend, R> Query<'_, B, R> {
    /// SQLite takes a value that was not bound for NULL, and any text for a pattern.
    fn misfit(&self) -> Option<SqlError> {
        let facts = &self.statement.facts;
        if self.bound != facts.values {
            return Some(SqlError::fault("a statement has more or fewer values than were bound"));
        }
        (self.patterns != facts.patterns).then(|| {
            SqlError::fault("after LIKE, and only there, a value is bound with `.like(…)`")
        })
    }
}

fn read<B: Backend, T: for<'r> FromRow<'r, B::Row>>(row: &B::Row) -> Result<T, SqlError> {
    T::from_row(row).map_err(SqlError::from)
}

/// Values are never shown.
impl<B: Backend, R> fmt::Debug for Query<'_, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("statement", &self.statement.text).finish_non_exhaustive()
    }
}
