/**
 * What is said about one command, word for word the same in the terminal, the page and the desktop.
 *
 * @since 0.1.0
 */

/**
 * Interrupt was asked for, and no command runs.
 *
 * @since 0.1.0
 */
export const nothing = "No command is currently running."

/**
 * A second command was to be started.
 *
 * @since 0.1.0
 */
export const busy = "A command is already running. Please wait or interrupt it first."

/**
 * The status while it runs.
 *
 * @since 0.1.0
 */
export const running = "Running..."

/**
 * The line of the output, as soon as a stop is asked for.
 *
 * @since 0.1.0
 */
export const sent = "⏹ Interrupt signal sent..."

/**
 * The status from then on, until it has stopped.
 *
 * @since 0.1.0
 */
export const interrupting = "⏹ Interrupting..."

/**
 * The question that page and desktop ask before they interrupt it.
 *
 * @since 0.1.0
 */
export const question = "Are you sure you want to interrupt the running command?"

/**
 * The request did not get there.
 *
 * @since 0.1.0
 */
export const failedToInterrupt = (why: string): string => `Failed to interrupt command: ${why.replace(/\.$/, "")}`
