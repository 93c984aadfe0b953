/**
 * The HTTP contract.
 *
 * @since 0.1.0
 */
export {}
