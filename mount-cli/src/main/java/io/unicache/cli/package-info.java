/** The command line program, the one place that prints. */
package io.unicache.cli;
