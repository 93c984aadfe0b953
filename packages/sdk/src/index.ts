/**
 * A client of another engine.
 *
 * @since 0.1.0
 */
export {}
