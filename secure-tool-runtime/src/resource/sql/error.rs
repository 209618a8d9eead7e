//! What goes wrong with a database: one sentence for the client, a code for the log.

use std::fmt;

use sqlx::error::{DatabaseError, ErrorKind};

use crate::PublicError;

/// Why a statement was not run, or not to its end.
///
/// Nothing of it repeats a value: databases write values into the texts of their errors, so of those the
/// code alone is kept.
#[derive(Debug)]
#[non_exhaustive]
pub enum SqlError {
    /// There is no such row, or it belongs to somebody else: a client cannot tell which.
    NotFound,
    /// More rows or bytes than one result may have.
    TooMuch,
    /// The statement took longer than it may. It was stopped.
    TimedOut,
    /// Others use the database: no connection was free, or what is to be changed is locked.
    Busy,
    /// What is stored does not allow it.
    Conflict(Conflict),
    /// A value does not fit its column.
    Unfit,
    /// A fault of ours, or of the database.
    Fault(Fault),
}

/// The rule of the database that a change would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// There may be only one.
    Unique,
    /// Something refers to it, or it refers to what is not there.
    Reference,
    /// Something has to be there.
    Missing,
    /// Any other rule.
    Other,
}

/// A fault. For the log only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    what: &'static str,
    /// SQLSTATE, or SQLite's extended result code.
    code: Option<Box<str>>,
    /// What is missing, in SQLite's words.
    missing: Option<Box<str>>,
    /// The statement as it stands in the code.
    statement: Option<&'static str>,
}

impl SqlError {
    pub(super) const fn fault(what: &'static str) -> Self {
        Self::Fault(Fault { what, code: None, missing: None, statement: None })
    }

    /// Names the statement at fault: a literal, so that it holds nothing of a client.
    pub(super) fn of(mut self, text: &'static str) -> Self {
        if let Self::Fault(fault) = &mut self {
            fault.statement = Some(text);
        }
        self
    }

    /// Tells the log why. The pipeline does so for faults.
    pub(super) fn logged(self) -> Self {
        if !matches!(self, Self::Fault(_) | Self::NotFound) {
            tracing::warn!(target: "secure_tool::sql", cause = %self, "refused");
        }
        self
    }

    fn database(error: &dyn DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        match error.kind() {
            ErrorKind::UniqueViolation => return Self::Conflict(Conflict::Unique),
            ErrorKind::ForeignKeyViolation => return Self::Conflict(Conflict::Reference),
            ErrorKind::NotNullViolation => return Self::Conflict(Conflict::Missing),
            ErrorKind::CheckViolation | ErrorKind::ExclusionViolation => {
                return Self::Conflict(Conflict::Other);
            }
            _ => {}
        }
        match kind_of(&code) {
            Some(known) => known,
            // A code is short; a server that is none of ours may send anything.
            None => Self::Fault(Fault {
                what: "the database refused",
                code: short(&code),
                missing: missing(error.message()),
                statement: None,
            }),
        }
    }
}

/// SQLSTATE (five characters), or SQLite's result codes, of which the low byte is the primary one.
fn kind_of(code: &str) -> Option<SqlError> {
    if let [b'2', b'2', ..] = code.as_bytes()
        && code.len() == 5
    {
        return Some(SqlError::Unfit);
    }
    Some(match code {
        "57014" => SqlError::TimedOut,
        "55P03" | "40001" | "40P01" | "53300" => SqlError::Busy,
        _ if code.len() == 5 => return None,
        _ => match code.parse::<u32>().ok()? & 0xff {
            5 | 6 => SqlError::Busy,
            9 => SqlError::TimedOut,
            18 | 20 => SqlError::Unfit,
            19 => SqlError::Conflict(Conflict::Other),
            _ => return None,
        },
    })
}

/// SQLite says this of a schema, before it looks at any value.
fn missing(message: &str) -> Option<Box<str>> {
    let starts = ["no such table: ", "no such column: ", "no such function: "];
    let name = starts.iter().find_map(|start| message.strip_prefix(start))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    (name.len() <= 64 && name.bytes().all(plain)).then(|| message.into())
}

fn short(code: &str) -> Option<Box<str>> {
    let plain = code.len() <= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (plain && !code.is_empty()).then(|| code.into())
}

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self::database(&*error),
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::TypeNotFound { .. } => Self::fault("a row is not what it is read as"),
            sqlx::Error::Encode(_) => Self::Unfit,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Self::fault("the connection failed"),
            sqlx::Error::PoolClosed => Self::fault("the database is closed"),
            _ => Self::fault("the driver failed"),
        }
    }
}

impl PublicError for SqlError {
    fn public(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound => "There is no such entry, or it is not yours.",
            Self::TooMuch => "This is more than may be read at once. Ask for a part of it.",
            Self::TimedOut => "This takes too long. Ask for less at once.",
            Self::Busy => "The database is busy. Call again in a moment.",
            Self::Conflict(_) => {
                "This contradicts what is stored already. Change it and call again."
            }
            Self::Unfit => "A value cannot be stored as it is. Change it and call again.",
            Self::Fault(_) => return None,
        })
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no such row",
            Self::TooMuch => "more than one result may have",
            Self::TimedOut => "the time limit of a statement is exceeded",
            Self::Busy => "no free connection, or locked",
            Self::Conflict(Conflict::Unique) => "there may be only one",
            Self::Conflict(Conflict::Reference) => "a reference would be broken",
            Self::Conflict(Conflict::Missing) => "a value is missing",
            Self::Conflict(Conflict::Other) => "a constraint would be broken",
            Self::Unfit => "a value does not fit",
            Self::Fault(Fault { what, .. }) => what,
        })?;
        let Self::Fault(fault) = self else { return Ok(()) };
        if let Some(code) = &fault.code {
            write!(f, ", code {code}")?;
        }
        if let Some(missing) = &fault.missing {
            write!(f, ", {missing}")?;
        }
        fault.statement.map_or(Ok(()), |statement| write!(f, ", in `{statement}`"))
    }
}

impl std::error::Error for SqlError {}
