/**
 * The {@code freshet} command line: reads arguments, calls the package that does the work, and turns outcomes into plain
 * lines and exit codes.
 */
@NullMarked
package io.freshet.quickstart;

import org.jspecify.annotations.NullMarked;
