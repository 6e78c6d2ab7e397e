/**
 * A second copy of what the metadata says, apart from what can be found again in the packs: rows of
 * tables in append-only files, from which the tables can be made anew. Knows nothing of the
 * database or of what the rows mean.
 */
package io.unicache.store.ledger;
