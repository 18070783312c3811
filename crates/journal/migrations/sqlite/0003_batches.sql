-- Many orders under one name. Amounts are millionths of a EUR.
CREATE TABLE batches (
    name TEXT NOT NULL PRIMARY KEY,
    -- Who is to be paid, for each operation.
    provider TEXT NOT NULL,
    -- How many rows it has, once all were written down.
    size BIGINT,
    -- What it may cost, and what of that is spent or reserved for orders under way; counted while there is a limit.
    max_spend BIGINT,
    committed BIGINT NOT NULL DEFAULT 0 CHECK (committed >= 0),
    -- The most that a month and an hour have cost so far; counted while there is a limit.
    dearest_month BIGINT,
    dearest_hour BIGINT,
    -- Not before this moment of this clock does the next order go out.
    clock TEXT,
    slot BIGINT,
    created_at TEXT NOT NULL,
    -- The guard: no order is sent that would go beyond the limit.
    CONSTRAINT batches_spend CHECK (max_spend IS NULL OR committed <= max_spend)
);

CREATE TABLE batch_rows (
    batch TEXT NOT NULL,
    reference TEXT NOT NULL,
    -- Where it stood in the input.
    line BIGINT NOT NULL,
    -- JSON.
    wanted TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT batch_rows_known_state CHECK (state = 'waiting' OR state = 'taken' OR state = 'unknown' OR state = 'accepted' OR state = 'refused' OR state = 'not_sent' OR state = 'skipped'),
    -- Which worker has it, how often it was taken, and until when it is that worker's on which clock.
    owner TEXT,
    epoch BIGINT NOT NULL DEFAULT 0,
    clock TEXT,
    lease BIGINT,
    -- Not before this moment of this clock is it taken.
    not_before BIGINT,
    -- How often it was begun again.
    repeats BIGINT NOT NULL DEFAULT 0,
    -- Its order in the journal, what was reserved for it, and what it has cost.
    order_id TEXT,
    price BIGINT,
    charged BIGINT,
    reason TEXT,
    PRIMARY KEY (batch, reference)
) WITHOUT ROWID;

CREATE INDEX batch_rows_state ON batch_rows (batch, state, line);
