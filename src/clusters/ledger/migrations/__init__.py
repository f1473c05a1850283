"""The steps from one schema of the ledger to the next; `clusters.ledger.upgrade` runs them."""
