/**
 * Durable executions of a project directory.
 *
 * @since 0.1.0
 */
export {}
