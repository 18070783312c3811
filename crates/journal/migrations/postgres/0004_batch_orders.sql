-- Whether a row of a batch refers to an order, which then is not pruned. COLLATE "C", as the ids of orders have it.
CREATE INDEX batch_rows_order ON batch_rows (order_id COLLATE "C") WHERE order_id IS NOT NULL;
