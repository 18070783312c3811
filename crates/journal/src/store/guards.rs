//! The guards of a journal, verified whenever it is opened: without them, two could charge one target, or more
//! than a limit.

use super::statement::{Cell, Statement};
use super::{Ask, Kind};
use crate::error::JournalError;

/// Each guard by its name, as the migration for SQLite says it, and as PostgreSQL tells it. A state that
/// nobody knows would block nothing.
const GUARDS: [(&str, &str, &str); 4] = [
    (
        "orders_claim",
        "CREATE UNIQUE INDEX orders_claim ON orders (provider, target) WHERE state = 'claimed' OR state = 'open' OR state = 'unknown'",
        "orders_claim: provider, target WHERE state = ANY (ARRAY['claimed', 'open', 'unknown'])",
    ),
    (
        "orders_reference",
        "CREATE UNIQUE INDEX orders_reference ON orders (provider, reference) WHERE state <> 'refused' AND state <> 'not_sent' AND state <> 'not_ordered'",
        "orders_reference: provider, reference WHERE state <> ALL (ARRAY['refused', 'not_sent', 'not_ordered'])",
    ),
    (
        "orders_known_state",
        "CONSTRAINT orders_known_state CHECK (state = 'claimed' OR state = 'open' OR state = 'accepted' OR state = 'refused' OR state = 'not_sent' OR state = 'unknown' OR state = 'confirmed' OR state = 'not_ordered')",
        "orders_known_state: CHECK (state = ANY (ARRAY['claimed', 'open', 'accepted', 'refused', 'not_sent', 'unknown', 'confirmed', 'not_ordered']))",
    ),
    (
        "batches_spend",
        "CONSTRAINT batches_spend CHECK (max_spend IS NULL OR committed <= max_spend)",
        "batches_spend: CHECK (max_spend IS NULL OR committed <= max_spend)",
    ),
];

const IN_SQLITE: &str =
    "SELECT sql FROM sqlite_master WHERE tbl_name IN ('orders', 'batches') AND sql IS NOT NULL";

const IN_POSTGRES: &str = "SELECT name.relname || ': ' || pg_get_indexdef(it.indexrelid, 1, true) \
    || ', ' || pg_get_indexdef(it.indexrelid, 2, true) \
    || ' WHERE ' || pg_get_expr(it.indpred, it.indrelid) \
    FROM pg_index AS it JOIN pg_class AS name ON name.oid = it.indexrelid \
    WHERE it.indrelid = to_regclass('orders') AND it.indisunique AND it.indisvalid \
    AND it.indisready AND it.indislive AND it.indimmediate AND it.indnkeyatts = 2 \
    AND it.indpred IS NOT NULL \
    UNION ALL SELECT conname || ': ' || pg_get_constraintdef(oid) FROM pg_constraint \
    WHERE conrelid IN (to_regclass('orders'), to_regclass('batches')) AND contype = 'c' AND convalidated";

pub(super) async fn verify(database: &mut impl Ask, kind: Kind) -> Result<(), JournalError> {
    let found = database.rows(Statement::new(kind.choose(IN_SQLITE, IN_POSTGRES))).await?;
    let found = found.into_iter().flatten().filter_map(|cell| match cell {
        Cell::Text(definition) => Some(bare(&definition)),
        Cell::Null | Cell::Number(_) | Cell::Other => None,
    });
    let found: Vec<String> = found.collect();
    for (name, in_sqlite, in_postgres) in GUARDS {
        let guard = bare(kind.choose(in_sqlite, in_postgres));
        // SQLite tells a constraint within its table.
        let is_it =
            |it: &String| *it == guard || (it.starts_with("CREATETABLE") && it.contains(&guard));
        if !found.iter().any(is_it) {
            return Err(JournalError::NotAJournal(format!(
                "the guard `{name}` is missing or not as it was made, so orders could be sent twice, or beyond a limit"
            )));
        }
    }
    Ok(())
}

/// A definition without the freedom of its writing, and what differs between versions of PostgreSQL.
fn bare(definition: &str) -> String {
    let text = definition.replace("::text", "");
    text.chars().filter(|it| !it.is_whitespace() && !matches!(it, '(' | ')' | '"')).collect()
}
