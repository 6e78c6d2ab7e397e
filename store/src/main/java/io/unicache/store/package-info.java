/** The store: what a cache directory holds, each block of it once. */
package io.unicache.store;
