//! The file of a journal, beside the command.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn open(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(file).connect().await.unwrap()
}

/// Changes a journal behind the command's back.
pub fn change(file: &Path, sql: &str) {
    runtime().block_on(async {
        let mut connection = open(file).await;
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Makes all orders older by 1000 s, which is longer than any sender and any provider takes here.
pub fn age(file: &Path) {
    change(
        file,
        "UPDATE orders SET claimed_at = claimed_at - 1000000000, send_by = send_by - 1000000000, \
         answer_by = answer_by - 1000000000, ended_at = ended_at - 1000000000",
    );
}

/// Someone else's lock on a journal: nobody else can write until it is dropped.
pub struct Lock {
    _runtime: Runtime,
    _connection: SqliteConnection,
}

impl Lock {
    pub fn of(file: &Path) -> Self {
        let runtime = runtime();
        let connection = runtime.block_on(async {
            let mut connection = open(file).await;
            sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
            connection
        });
        Self { _runtime: runtime, _connection: connection }
    }
}
