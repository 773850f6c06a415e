package io.freshet.trainer.gate;

/**
 * One rule of the gate, with what was measured.
 *
 * @param name such as {@code beats-champion}
 * @param value what was measured
 * @param threshold the bound it was held against
 * @param passed whether the bound holds
 */
public record Rule(String name, double value, double threshold, boolean passed) {}
