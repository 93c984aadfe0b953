/**
 * A terminal that was closed while this process ran. On its way out Node gives terminals back as it found them, and aborts
 * when that fails, which it does for one that is gone: the exit code would be lost.
 */
import { closeSync } from "node:fs"
import { isatty } from "node:tty"

const terminals = [0, 1, 2].filter((fd) => isatty(fd))

/** To be called right before leaving: Node passes over descriptors that are closed. */
export const forget = (): void => {
  for (const fd of terminals) {
    if (isatty(fd)) continue
    try {
      closeSync(fd)
    } catch {
      // Closed already.
    }
  }
}
