/**
 * The version of Halte, and that of its contract.
 *
 * @since 0.1.0
 */

/**
 * The version of Halte, as its packages have it.
 *
 * @since 0.1.0
 */
export const version = "0.1.0"

/**
 * The version of the contract. Within one, addresses, fields and codes are only added.
 *
 * @since 0.1.0
 */
export const api = 1
