/**
 * The embedded platform: a Kafka broker in this JVM and an Apicurio schema registry in a child JVM, both on loopback and
 * both real. {@link io.freshet.quickstart.platform.Platform} starts the two over one
 * {@link io.freshet.quickstart.platform.DataDirectory} and stops them in reverse order.
 */
@NullMarked
package io.freshet.quickstart.platform;

import org.jspecify.annotations.NullMarked;
