/**
 * The Fraud Detection Handbook's baseline (Le Borgne, Siblini, Lebichot and Bontempi, 2022, chapter 3) over this project's
 * own feature topology, trainer and portable models: transactions in, published and measured figures out.
 */
@NullMarked
package io.freshet.benchmarks.fraud;

import org.jspecify.annotations.NullMarked;
