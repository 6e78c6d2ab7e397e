/**
 * Tests of the whole program: real mounts, made by the launcher that users start, and used by real
 * programs.
 *
 * <p>{@link io.unicache.it.Program} runs a program, {@link io.unicache.it.Cli} runs UniCache,
 * {@link io.unicache.it.MountedStore} is a store with its mount, and {@link
 * io.unicache.it.SharedMount} gives all tests of a class one of those, and each test a directory of
 * its own in it. Nothing here asserts how long something takes; where a test waits, it waits for
 * long.
 */
package io.unicache.it;
