/** What pages and documents for people and programs have in common: style, escaping, numbers. */
@NullMarked
package io.freshet.page;

import org.jspecify.annotations.NullMarked;
