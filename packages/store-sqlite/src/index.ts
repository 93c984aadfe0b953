/**
 * The embedded store of executions.
 *
 * @since 0.1.0
 */
export {}
