/**
 * The calls of the operating system that the JDK lacks, through jnr-ffi: punching holes, making a
 * directory durable. Where a system does not have one, the method says so and callers go on
 * without.
 */
package io.unicache.store.os;
