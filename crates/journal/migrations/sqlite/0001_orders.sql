CREATE TABLE orders (
    id TEXT NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    operation TEXT NOT NULL,
    target TEXT NOT NULL,
    parameters TEXT NOT NULL,
    reference TEXT,
    state TEXT NOT NULL CONSTRAINT orders_known_state CHECK (state IN ('claimed', 'open', 'accepted', 'refused', 'not_sent', 'unknown', 'confirmed', 'not_ordered')),
    -- Which clock the next four are read from, and microseconds on it.
    clock TEXT NOT NULL,
    claimed_at BIGINT NOT NULL,
    send_by BIGINT,
    answer_by BIGINT NOT NULL,
    ended_at BIGINT,
    -- When a reader with another clock first saw the order, on that clock.
    seen_clock TEXT,
    seen_at BIGINT,
    -- JSON.
    baseline TEXT,
    answer TEXT,
    findings TEXT,
    resolutions TEXT,
    notes TEXT,
    -- Wall time, for people.
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
);

-- The guards: one claimed, open or unknown order a target, and one order a reference.
CREATE UNIQUE INDEX orders_claim ON orders (provider, target) WHERE state IN ('claimed', 'open', 'unknown');
CREATE UNIQUE INDEX orders_reference ON orders (provider, reference) WHERE state NOT IN ('refused', 'not_sent', 'not_ordered');

CREATE INDEX orders_target ON orders (provider, target);
CREATE INDEX orders_listed ON orders (created_at, id);
CREATE INDEX orders_state ON orders (state, created_at, id);
