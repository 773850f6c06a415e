/**
 * What the demo does around the services: replays recorded flights as a producer would, shows what happens while it
 * happens, and afterwards reads the topics as any consumer could and reports whether the loop has closed.
 */
@NullMarked
package io.freshet.quickstart.demo;

import org.jspecify.annotations.NullMarked;
