//! How the rows of a table become JSON.

use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, Row as _};

use super::link::quoted;

/// What a table has, as the database says: name and type of each column, both in UTF-8.
const CATALOGUE: &str = "SELECT CONVERT(COLUMN_NAME USING utf8mb4), LOWER(CONVERT(DATA_TYPE USING utf8mb4)) \
    FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";

/// The columns that are read.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// `"NAME":` of each, and whether its value stands in JSON as the database gives it.
    names: Vec<(String, bool)>,
    /// What is asked for, one behind the other.
    expressions: Vec<String>,
}

/// How a type is read: an expression for it, and whether that is JSON already.
fn expression(column: &str, data_type: &str) -> Option<(String, bool)> {
    let quoted = quoted(column);
    Some(match data_type {
        // Zeros in front are no JSON.
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" | "bit" => {
            (format!("CAST({quoted} + 0 AS CHAR)"), true)
        }
        "decimal" | "float" | "double" | "json" => (format!("CAST({quoted} AS CHAR)"), true),
        "timestamp" | "datetime" => (
            format!(
                "CAST(FLOOR(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {quoted}) / 1000) AS CHAR)"
            ),
            true,
        ),
        "date" | "time" => (format!("CAST({quoted} AS CHAR)"), false),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" => {
            (format!("CONVERT({quoted} USING utf8mb4)"), false)
        }
        _ => return None,
    })
}

impl Columns {
    /// The columns `wanted` of a table, all if none is, and `id`; a reason in words if that cannot be.
    pub(super) async fn of(
        connection: &mut MySqlConnection,
        table: &str,
        id: &str,
        wanted: &[String],
    ) -> Result<Result<Self, String>, sqlx::Error> {
        let rows = sqlx::query(CATALOGUE).bind(table).fetch_all(connection).await?;
        let mut known = Vec::new();
        for row in &rows {
            let name: String = row.try_get_unchecked(0)?;
            let data_type: String = row.try_get_unchecked(1)?;
            known.push((name, data_type));
        }
        Ok(Self::from_known(&known, table, id, wanted))
    }

    fn from_known(
        known: &[(String, String)],
        table: &str,
        id: &str,
        wanted: &[String],
    ) -> Result<Self, String> {
        if known.is_empty() {
            return Err(format!("there is no table `{table}`; create it, or mend `table`"));
        }
        // Names of columns have no case.
        let find = |name: &str| known.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        let missing = |name: &str| {
            let all: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            format!("the table `{table}` has no column `{name}`, but `{}`", all.join("`, `"))
        };
        let (_, type_of_id) = find(id).ok_or_else(|| missing(id))?;
        if !type_of_id.ends_with("int") {
            return Err(format!(
                "the column `{id}` is no integer; name one that grows with each row with `id`"
            ));
        }
        let mut columns = Self::default();
        let all: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        for name in if wanted.is_empty() { all } else { wanted } {
            let (name, data_type) = find(name).ok_or_else(|| missing(name))?;
            let (read, is_json) = expression(name, data_type).ok_or_else(|| {
                format!("the column `{name}` is of type `{data_type}`, which no event can have; name the others with `columns`")
            })?;
            let name = serde_json::to_string(name).unwrap_or_default();
            columns.names.push((format!("{name}:"), is_json));
            columns.expressions.push(read);
        }
        Ok(columns)
    }

    /// The statement that reads rows from an id on: it is bound to the id and the most rows.
    pub(super) fn select(&self, table: &str, id: &str) -> String {
        let (table, id) = (quoted(table), quoted(id));
        let all = self.expressions.join(", ");
        format!(
            "SELECT CAST({id} AS CHAR), {all} FROM {table} WHERE {id} >= ? ORDER BY {id} LIMIT ?"
        )
    }

    /// Takes a row of that statement apart: its id, and its JSON, in which what is NULL is missing.
    pub(super) fn row(&self, row: &MySqlRow) -> Result<(u64, String), sqlx::Error> {
        let id: String = row.try_get_unchecked(0)?;
        let id = id.parse().map_err(|_| sqlx::Error::Decode("an id that is no number".into()))?;
        let mut json = String::from("{");
        for ((name, is_json), at) in self.names.iter().zip(1..) {
            let value: Option<String> = row.try_get_unchecked(at)?;
            let Some(value) = value else { continue };
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(name);
            if *is_json {
                json.push_str(&value);
            } else {
                json.push_str(&serde_json::to_string(&value).unwrap_or_default());
            }
        }
        json.push('}');
        Ok((id, json))
    }
}

/// The ids from `next` to `last` that are there, those of transactions that are not at their end among them.
pub(super) async fn uncommitted_too(
    connection: &mut MySqlConnection,
    (table, id): (&str, &str),
    (next, last): (u64, u64),
) -> Result<Vec<u64>, sqlx::Error> {
    // For the next statement only.
    sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        .execute(&mut *connection)
        .await?;
    let (table, id) = (quoted(table), quoted(id));
    let sql = format!("SELECT CAST({id} AS CHAR) FROM {table} WHERE {id} >= ? AND {id} <= ?");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(next).bind(last).fetch_all(connection).await?;
    let id = |row: &MySqlRow| {
        let id: String = row.try_get_unchecked(0)?;
        id.parse().map_err(|_| sqlx::Error::Decode("an id that is no number".into()))
    };
    rows.iter().map(id).collect()
}

/// The greatest id; 0 of an empty table.
pub(super) async fn greatest(
    connection: &mut MySqlConnection,
    (table, id): (&str, &str),
) -> Result<u64, sqlx::Error> {
    let (table, id) = (quoted(table), quoted(id));
    let sql = format!("SELECT CAST(MAX({id}) AS CHAR) FROM {table}");
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await?;
    let greatest: Option<String> = row.try_get_unchecked(0)?;
    Ok(greatest.and_then(|id| id.parse().ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_told() {
        let known: Vec<(String, String)> =
            [("id", "bigint"), ("price", "decimal"), ("raw", "blob")]
                .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
                .into();
        let check = |id: &str, wanted: &[&str]| {
            let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
            Columns::from_known(&known, "t", id, &wanted).map(|columns| columns.select("t", id))
        };
        let said = check("id", &["PRICE"]).unwrap();
        assert!(said.contains("CAST(`price` AS CHAR) FROM `t` WHERE `id` >= ?"), "{said}");
        assert!(check("id", &[]).unwrap_err().contains("`raw` is of type `blob`"));
        assert!(
            check("id", &["x"]).unwrap_err().contains("no column `x`, but `id`, `price`, `raw`")
        );
        assert!(check("price", &["id"]).unwrap_err().contains("is no integer"));
        assert!(Columns::from_known(&[], "t", "id", &[]).unwrap_err().contains("no table `t`"));
    }
}
