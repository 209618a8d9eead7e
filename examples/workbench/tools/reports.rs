//! Reports on a database that the server may only read.

use std::path::Path;

use secure_tool_runtime::prelude::*;
use secure_tool_runtime::server::StartError;
use secure_tool_runtime::sql::{Database, ReadOnly, SqlError, contains};
use secure_tool_runtime::{sql, sql_words};

pub(crate) struct Reports {
    orders: Database<ReadOnly>,
}

impl Reports {
    /// A SQLite file with a table `orders` of `owner`, `day`, `article` and `cents`.
    pub(crate) async fn open(database: &Path) -> Result<Self, StartError> {
        Ok(Reports { orders: Database::sqlite(database).max_rows(1000).read_only().await? })
    }
}

/// What is wanted.
#[secure_input]
pub(crate) enum Report {
    /// What was earned each day.
    RevenueByDay,
    /// What was earned with each article.
    RevenueByArticle,
}
sql_words!(Report { RevenueByDay => "day", RevenueByArticle => "article" });

/// In which order.
#[secure_input]
pub(crate) enum Order {
    /// By day or article.
    Name,
    /// The most revenue first.
    Revenue,
}
sql_words!(Order { Name => "1", Revenue => "2 DESC" });

/// A line of a report.
#[secure_output]
pub(crate) struct Line {
    /// The day or the article.
    name: String,
    /// What was earned, in cents.
    cents: i64,
}

#[secure_tools]
impl Reports {
    /// Report on the caller's orders.
    #[secure_tool(scope = "reports:read", effect = read)]
    async fn query(
        &self,
        caller: &Caller,
        /// Which report.
        report: Report,
        /// In which order.
        order: Order,
        /// Only articles whose name contains this.
        article: Option<Text<1, 100>>,
    ) -> Result<Vec<Line>, SqlError> {
        let report_on = sql!(
            "SELECT {report} AS name, sum(cents) FROM orders
             WHERE owner = {owner} AND article LIKE $1 GROUP BY name ORDER BY {order} LIMIT 500"
        );
        let rows: Vec<(String, i64)> = self
            .orders
            .select(report_on)
            .like(contains(article.as_deref().unwrap_or_default()))
            .word("report", &report)
            .word("order", &order)
            .owned_by(caller)
            .fetch_all()
            .await?;
        Ok(rows.into_iter().map(|(name, cents)| Line { name, cents }).collect())
    }
}
