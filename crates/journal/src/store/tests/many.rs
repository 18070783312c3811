//! A journal with many orders.

use super::Scene;
use crate::error::JournalError;
use crate::state::State;
use crate::store::Chunk;
use crate::store::query::{
    BLOCKING, BY_PREFIX, BY_REFERENCE, BY_TARGET, blocking_behind, listed, select,
};
use crate::{Entry, ListOptions};

/// A hundred thousand orders, and what the questions make of them.
async fn many(scene: &Scene) {
    drop(scene.store().await);
    scene
        .execute(
            "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999) \
             INSERT INTO orders (id, provider, operation, target, parameters, reference, state, clock, \
             claimed_at, answer_by, created_at, changed_at) \
             SELECT printf('%08x-0000', n * 7919), 'p', 'o', printf('t%d', n), '{}', printf('r%d', n), \
             CASE n % 4 WHEN 0 THEN 'unknown' ELSE 'accepted' END, 'c', 0, 0, \
             printf('2026-01-01T%02d:%02d:%02d.000000Z', n / 3600 % 24, n / 60 % 60, n % 60), '2026-01-01T00:00:00.000000Z' \
             FROM numbers",
        );
}

#[tokio::test]
async fn each_question_has_an_index() {
    let scene = Scene::new();
    many(&scene).await;
    let list = |newest_first, state, after: Option<&str>| {
        let options = ListOptions { limit: Some(50), newest_first, state, ..Default::default() };
        listed(&options, after.map(|id| (String::new(), id.to_owned()))).sql
    };
    let since = |newest_first, state, after: Option<&str>| {
        let options = ListOptions { newest_first, state, ..Default::default() };
        let after = after.map(|id| (String::new(), id.to_owned()));
        listed(&options.since(jiff::Timestamp::UNIX_EPOCH), after).sql
    };
    let prune = Chunk::none(jiff::Timestamp::UNIX_EPOCH, false);
    let store = scene.store().await;
    let connection = scene.connect();
    for (sql, index) in [
        (blocking_behind(9), "COVERING INDEX orders_state (state=? AND (created_at,id)>(?,?))"),
        (store.deleting(&prune), "orders_listed ((created_at,id)>(?,?) AND (created_at,id)<(?,?))"),
        (store.deleting(&prune), "orders_claim (provider=? AND target=?)"),
        (select(BY_PREFIX), "sqlite_autoindex_orders_1 (id>? AND id<?)"),
        (select(BY_TARGET), "orders_target (provider=? AND target=?)"),
        (select(BLOCKING), "orders_claim (provider=? AND target=?)"),
        (select(BY_REFERENCE), "orders_reference (provider=? AND reference=?)"),
        (list(false, None, None), "orders_listed"),
        (list(true, None, Some("x")), "orders_listed"),
        (list(true, Some(State::Unknown), None), "orders_state (state=?)"),
        (list(false, Some(State::Unknown), Some("x")), "orders_state (state=?"),
        (since(false, None, None), "orders_listed (created_at>?)"),
        (since(true, None, Some("x")), "orders_listed (created_at>?"),
        (since(true, Some(State::Unknown), None), "orders_state (state=? AND created_at>?)"),
        (
            since(false, Some(State::Unknown), Some("x")),
            "orders_state (state=? AND (created_at,id)>",
        ),
    ] {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let mut explained = connection.prepare(&sql).unwrap();
        let mut rows = explained.raw_query();
        let mut plan: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get("detail").unwrap());
        }
        let plan = plan.join("; ");
        // A page of each state, and no more, is sorted.
        let sorts = plan.contains("TEMP B-TREE") && !sql.contains("_ones");
        assert!(plan.contains(index) && !sorts, "{sql}: {plan}");
    }
}

/// In a process of its own, whose memory no other test takes.
#[test]
fn a_hundred_thousand_orders_are_given_one_by_one() {
    const ALONE: &str = "OXHOST_TEST_ALONE";
    const NAME: &str = "store::tests::many::a_hundred_thousand_orders_are_given_one_by_one";
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.unwrap().block_on(one_by_one());
    }
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    let alone = alone.args(["--exact", NAME, "--nocapture"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&alone.stdout);
    assert!(alone.status.success() && said.contains("1 passed"), "{alone:?}");
}

async fn one_by_one() {
    let scene = Scene::new();
    many(&scene).await;
    let store = scene.store().await;
    assert_eq!(store.find("00001EEF").await.unwrap().target, "t1");
    assert!(matches!(store.find("0000").await, Err(JournalError::Ambiguous { .. })));
    assert!(matches!(store.find("zz").await, Err(JournalError::NoSuchOrder(_))));
    // Half of the rows are never asked for: what is in memory is what is under way.
    let before = resident();
    let mut count = 0;
    store.list(&ListOptions::default(), |row| count += usize::from(row.is_ok())).await.unwrap();
    assert_eq!(count, 100_000);
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes for a list that is not kept");
    // Page by page, each once.
    let mut filter =
        ListOptions { limit: Some(30_000), newest_first: true, ..ListOptions::default() };
    let mut ids = std::collections::BTreeSet::new();
    loop {
        let (mut last, before) = (None, ids.len());
        let take = |row: Result<Entry, _>| {
            let id = row.unwrap().id;
            ids.insert(id.clone());
            last = Some(id);
        };
        store.list(&filter, take).await.unwrap();
        if ids.len() == before {
            break;
        }
        filter.after = last;
    }
    assert_eq!(ids.len(), 100_000);
}

/// Bytes of this process in memory; nothing where that is not told.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * 4096
}
