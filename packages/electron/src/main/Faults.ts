/**
 * Errors of the main process that nobody has caught. What runs is not in this process, and goes on; so does the program,
 * which is the only way to stop it by hand. They are written down and told, each once.
 */

/** An emitter of such errors: the process. */
export interface Source {
  readonly on: (event: "uncaughtException" | "unhandledRejection", listener: (error: unknown) => void) => unknown
  readonly off: (event: "uncaughtException" | "unhandledRejection", listener: (error: unknown) => void) => unknown
}

export interface Options {
  readonly source: Source
  readonly log: (line: string) => void
  readonly tell: (text: string) => void
}

/** Answers what ends it. */
export const install = ({ log, source, tell }: Options): (() => void) => {
  const hear = (kind: string) => (error: unknown) => {
    // What fails while it is told must not be told again.
    try {
      log(`${kind}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      const message = error instanceof Error ? error.message : String(error)
      tell(`Something in the desktop itself went wrong: ${message}. What runs goes on. The log has more about it.`)
    } catch {
      // There is nobody left to tell.
    }
  }
  const onException = hear("Uncaught exception")
  const onRejection = hear("Unhandled rejection")
  source.on("uncaughtException", onException)
  source.on("unhandledRejection", onRejection)
  return () => {
    source.off("uncaughtException", onException)
    source.off("unhandledRejection", onRejection)
  }
}
