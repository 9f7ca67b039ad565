//! All the SQL: connections, migrations, and under `sql/` the rows that are written and read. One set of statements for
//! SQLite and PostgreSQL.

/// What is written out, card by card.
pub(crate) mod export;
/// What is deleted, copied, or taken back to an older version.
pub(crate) mod keep;
/// What is read back.
pub(crate) mod read;
/// What is written, as the rows of its tables.
pub(crate) mod rows;

use std::time::Duration;

use sqlx::any::{AnyArguments, AnyConnectOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, ConnectOptions, Connection, SqlSafeStr};

use self::rows::{Row, Table, Value};
use super::place::{Place, without_password};

/// A migration and how it is taken back.
struct Step {
    version: i64,
    name: &'static str,
    up: &'static str,
    /// `None` where taking it back would delete everything, which nobody means who goes back to an older version.
    down: Option<&'static str>,
}

/// The migrations in their order. One that was ever released is never changed; a new one is added after it.
const MIGRATIONS: [Step; 3] = [
    Step { version: 1, name: "start", up: include_str!("sql/migrations/0001_start.sql"), down: None },
    Step {
        version: 2,
        name: "mode",
        up: include_str!("sql/migrations/0002_mode.sql"),
        down: Some(include_str!("sql/migrations/0002_mode.down.sql")),
    },
    Step {
        version: 3,
        name: "export",
        up: include_str!("sql/migrations/0003_export.sql"),
        down: Some(include_str!("sql/migrations/0003_export.down.sql")),
    },
];

/// How long a statement may wait, for a lock or for the database.
const STATEMENT: Duration = Duration::from_secs(3);

/// Most rows in one statement: far below the number of parameters that either database takes. Rows are written by 64, 32,
/// 16 and so on, so that a table needs few statements, and each stays prepared.
const ROWS: usize = 64;

/// Why the database did not do something.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// The message of the database, without secrets.
    pub(crate) text: String,
    /// Whether the rows are to blame, so that trying again does not help.
    pub(crate) of_the_rows: bool,
}

impl Failure {
    pub(crate) fn plain(text: impl Into<String>) -> Failure {
        Failure { text: text.into(), of_the_rows: false }
    }

    pub(crate) fn timeout() -> Failure {
        Failure::plain("the database did not answer in time")
    }

    fn of(place: &Place, error: &sqlx::Error) -> Failure {
        let code = match error {
            sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()).unwrap_or_default(),
            _ => String::new(),
        };
        let of_the_rows = match place {
            // Classes "data exception" and "integrity constraint violation".
            Place::Postgres(_) => code.starts_with("22") || code.starts_with("23"),
            // TOOBIG, CONSTRAINT, MISMATCH; the lower byte is the primary code.
            _ => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20)),
        };
        let text = match place {
            // The message of a driver may repeat the URL that it was given.
            Place::Postgres(url) => error.to_string().replace(url.as_str(), &without_password(url)),
            _ => error.to_string(),
        };
        Failure { text, of_the_rows }
    }
}

/// A connection to a database in which the tables are made or brought up to date.
pub(crate) async fn open(place: &Place) -> Result<AnyConnection, Failure> {
    if let Place::Sqlite(file) = place {
        create(file).map_err(|error| Failure::plain(format!("{}: {error}", file.display())))?;
    }
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut connection = connect(place, STATEMENT).await?;
    migrator().run_direct(None, &mut connection, false).await.map_err(|error| failed(error.into()))?;
    Ok(connection)
}

/// The migrations with their ways back.
fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().flat_map(|step| {
        let of =
            |kind, sql: &'static str| Migration::new(step.version, step.name.into(), kind, sql.into_sql_str(), false);
        let down = step.down.map(|sql| of(MigrationType::ReversibleDown, sql));
        std::iter::once(of(MigrationType::ReversibleUp, step.up)).chain(down)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // While replicas are replaced one by one, a newer one may have migrated already; what it added does no harm here.
    migrator.set_ignore_missing(true);
    migrator
}

/// The same for notes that must outlive the process but not a power cut: they are written without waiting for the disk.
pub(crate) async fn open_quick(place: &Place) -> Result<AnyConnection, Failure> {
    let mut connection = open(place).await?;
    if let Place::Sqlite(_) = place {
        let quick = sqlx::raw_sql("PRAGMA synchronous = NORMAL").execute(&mut connection).await;
        quick.map_err(|error| Failure::of(place, &error))?;
    }
    Ok(connection)
}

/// A connection to a database that has its tables. `wait` is how long each statement may take.
async fn connect(place: &Place, wait: Duration) -> Result<AnyConnection, Failure> {
    install_default_drivers();
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let options: AnyConnectOptions = place.url().parse().map_err(failed)?;
    let mut connection = options.connect().await.map_err(failed)?;
    let wait = wait.as_millis();
    let settings = match place {
        Place::Postgres(_) => format!("SET statement_timeout = {wait}; SET lock_timeout = {wait}"),
        // With WAL, readers and the writer do not wait for each other; FULL keeps what was committed over a power cut.
        _ => format!("PRAGMA busy_timeout = {wait}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"),
    };
    sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut connection).await.map_err(failed)?;
    Ok(connection)
}

/// Creates the folder and the file, readable for the user of the service only. A file that is there is not touched: to
/// open and close it here would end the locks of the connections that this process has to it.
fn create(file: &std::path::Path) -> std::io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Writes all of the rows or none, in one transaction. Rows that are there already stay as they are.
pub(crate) async fn write(connection: &mut AnyConnection, place: &Place, rows: Vec<Row>) -> Result<(), Failure> {
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut tables: Vec<(Table, Vec<Vec<Value>>)> = Vec::new();
    for (table, row) in rows {
        match tables.iter_mut().find(|(name, _)| *name == table) {
            Some((_, rows)) => rows.push(row),
            None => tables.push((table, vec![row])),
        }
    }
    let mut transaction = connection.begin().await.map_err(failed)?;
    for (table, rows) in tables {
        let mut rows = rows.into_iter();
        while let Some(power) = rows.len().min(ROWS).checked_ilog2() {
            let portion = rows.by_ref().take(1 << power).collect();
            insert(&mut transaction, place, table, portion).await.map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)
}

/// The row that holds the latest expiry of all JWTs that were removed. When the clock is set back, one of them would be
/// valid again, so no JWT that expires so early counts as unused any more.
const REMOVED: &str = "(removed)";

/// Notes that a JWT is used, in one statement, so that only one of several replicas gets `true`: it was not used
/// before. `expires_s` is in seconds since 1970.
pub(crate) async fn use_jwt(
    connection: &mut AnyConnection,
    place: &Place,
    jwt: &str,
    expires_s: i64,
) -> Result<bool, Failure> {
    const USE: &str = "INSERT INTO used_jwts (jwt, expires_s) SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT) \
        WHERE NOT EXISTS (SELECT 1 FROM used_jwts WHERE jwt = $3 AND expires_s >= $2) ON CONFLICT DO NOTHING";
    let added = sqlx::query(USE).bind(jwt.to_owned()).bind(expires_s).bind(REMOVED).execute(connection).await;
    Ok(added.map_err(|error| Failure::of(place, &error))?.rows_affected() == 1)
}

/// Removes the JWTs that have expired before a second since 1970, and notes how far they reached.
pub(crate) async fn remove_expired_jwts(
    connection: &mut AnyConnection,
    place: &Place,
    now_s: i64,
) -> Result<(), Failure> {
    const NOTE: &str = "INSERT INTO used_jwts (jwt, expires_s) \
        SELECT CAST($1 AS TEXT), MAX(expires_s) FROM used_jwts WHERE expires_s < $2 HAVING MAX(expires_s) IS NOT NULL \
        ON CONFLICT (jwt) DO UPDATE SET expires_s = excluded.expires_s";
    const REMOVE: &str = "DELETE FROM used_jwts WHERE expires_s < $1 AND jwt <> $2";
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut transaction = connection.begin().await.map_err(failed)?;
    sqlx::query(NOTE).bind(REMOVED).bind(now_s).execute(&mut *transaction).await.map_err(failed)?;
    sqlx::query(REMOVE).bind(now_s).bind(REMOVED).execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

/// Inserts rows, and returns how many were not there yet.
async fn insert(
    connection: &mut AnyConnection,
    place: &Place,
    table: Table,
    rows: Vec<Vec<Value>>,
) -> Result<u64, sqlx::Error> {
    let mut parameter = 0;
    let mut tuples = Vec::new();
    for row in &rows {
        let places = row.iter().map(|_| match place {
            Place::Postgres(_) => {
                parameter += 1;
                format!("${parameter}")
            }
            // SQLite would search the names of all parameters for each of them.
            Place::Sqlite(_) | Place::Off => "?".to_owned(),
        });
        tuples.push(format!("({})", places.collect::<Vec<_>>().join(", ")));
    }
    // The statement holds only our own names and numbers of parameters, never a value.
    let sql = AssertSqlSafe(format!("INSERT INTO {table} VALUES {} ON CONFLICT DO NOTHING", tuples.join(", ")));
    let query = rows.into_iter().flatten().fold(sqlx::query(sql), bind);
    query.execute(connection).await.map(|done| done.rows_affected())
}

fn bind(query: Query<'_, Any, AnyArguments>, value: Value) -> Query<'_, Any, AnyArguments> {
    // PostgreSQL refuses text with a zero byte, and a client may send one.
    let clean = |text: String| if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    match value {
        Value::Text(text) => query.bind(clean(text)),
        Value::Maybe(text) => query.bind(text.map(clean)),
        Value::Number(number) => query.bind(number),
    }
}
