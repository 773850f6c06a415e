/** The model registry as its history tells it: which version was what at any time. Pure. */
@NullMarked
package io.freshet.schemas.registry;

import org.jspecify.annotations.NullMarked;
