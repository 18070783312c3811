-- Whether a row of a batch refers to an order, which then is not pruned.
CREATE INDEX batch_rows_order ON batch_rows (order_id) WHERE order_id IS NOT NULL;
