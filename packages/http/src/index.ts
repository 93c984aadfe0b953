/**
 * The HTTP front end.
 *
 * @since 0.1.0
 */
export {}
