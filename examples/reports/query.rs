//! The tool `query`. What looks like a query language is an enum: each report is a statement that is known
//! when this is compiled, and a client chooses among them.

use std::path::Path;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::StartError;
use secure_tool_runtime::sql::{Database, Reads, SharedRows, SqlError, Statement, contains};
use secure_tool_runtime::{sql, sql_words};

/// The reports of a shop, on a database that this server cannot write.
pub(crate) struct Reports {
    db: Database,
}

impl Reports {
    /// Opens the file for reading.
    pub(crate) async fn open(file: &Path) -> Result<Self, StartError> {
        Ok(Reports { db: Database::sqlite(file).max_rows(100).read_only().await? })
    }
}

/// A report.
#[secure_input(tag = "kind")]
pub(crate) enum Report {
    /// What was sold in some years.
    Sales {
        /// The first year.
        from: Year,
        /// The last year.
        to: Year,
        /// What is added up.
        by: Column,
        /// In which order.
        order: Order,
    },
    /// The products whose names contain a text.
    Products {
        /// The text; upper and lower case are the same.
        text: Text<1, 50>,
        /// How many at most.
        #[validate(range(min = 1, max = 100))]
        limit: u8,
    },
}

/// A year.
pub(crate) type Year = Int<2000, 2100>;

/// What is added up.
#[secure_input]
pub(crate) enum Column {
    Year,
    Country,
    Product,
}
sql_words!(Column { Year => "year", Country => "country", Product => "product" });

/// The order of a report.
#[secure_input]
pub(crate) enum Order {
    /// By name.
    Name,
    /// The largest amount first.
    Amount,
}
sql_words!(Order { Name => "1", Amount => "2 DESC, 1" });

/// A line of a report.
#[secure_output]
pub(crate) struct Line {
    /// What it is about.
    name: String,
    /// How much was sold, in cents.
    cents: i64,
}

/// Lines of a report.
#[secure_output]
pub(crate) struct Lines {
    /// The lines.
    lines: Vec<Line>,
}

const SALES: Statement<Reads, SharedRows> = sql!(
    "SELECT CAST({by} AS TEXT), sum(cents) FROM orders WHERE year BETWEEN $1 AND $2
     GROUP BY {by} ORDER BY {order} LIMIT 100",
    shared = "the shop's own figures, for all who may see reports"
);

const PRODUCTS: Statement<Reads, SharedRows> = sql!(
    "SELECT product, sum(cents) FROM orders WHERE product LIKE $1 GROUP BY product ORDER BY 1 LIMIT $2",
    shared = "the shop's own figures, for all who may see reports"
);

#[secure_tools]
impl Reports {
    /// Run a report.
    #[secure_tool(
        scope = "reports:read",
        effect = read,
        rate = "60/min",
        concurrency = 4,
        timeout = "10s",
        max_output = "64KiB"
    )]
    pub(crate) async fn query(
        &self,
        /// Which one.
        report: Report,
    ) -> Result<Lines, SqlError> {
        let report = match report {
            Report::Sales { from, to, by, order } => {
                let sales = self.db.select(SALES).bind(from.get()).bind(to.get());
                sales.word("by", &by).word("order", &order)
            }
            Report::Products { text, limit } => {
                self.db.select(PRODUCTS).like(contains(&text)).bind(limit)
            }
        };
        let rows: Vec<(String, i64)> = report.fetch_all().await?;
        Ok(Lines { lines: rows.into_iter().map(|(name, cents)| Line { name, cents }).collect() })
    }
}
