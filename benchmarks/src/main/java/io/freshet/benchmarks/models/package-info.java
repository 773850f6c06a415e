/** Training and scoring of every model family beside the libraries that serve the same models. */
@NullMarked
package io.freshet.benchmarks.models;

import org.jspecify.annotations.NullMarked;
