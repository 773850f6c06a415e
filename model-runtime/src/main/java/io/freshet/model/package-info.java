/**
 * What training and serving must agree on: raw feature vectors, fitted preparation, scorers and the portable model
 * bundle. Everything here is immutable, safe for concurrent use, and free of clocks and I/O.
 */
@NullMarked
package io.freshet.model;

import org.jspecify.annotations.NullMarked;
