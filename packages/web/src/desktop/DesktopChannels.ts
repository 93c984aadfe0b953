/**
 * Names that page, preload script and main process share. The preload script is one small file: what it imports has
 * nothing else in it.
 *
 * @since 0.1.0
 */

/**
 * Between preload script and main process: all calls go over one channel, which is asked with a name and an argument,
 * and three that are told.
 *
 * @since 0.1.0
 */
export const channels = { call: "halte:call", state: "halte:state", go: "halte:go", menu: "halte:menu" } as const

/**
 * The name that the page finds the bridge by.
 *
 * @since 0.1.0
 */
export const globalName = "halteDesktop"

/**
 * The address that the desktop's pages have, in its two parts.
 *
 * @since 0.1.0
 */
export const pageAddress = { protocol: "halte:", host: "app" } as const
