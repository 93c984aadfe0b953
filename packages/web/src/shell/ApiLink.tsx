/**
 * Where the documentation of the API is. A window of the desktop has no port that a program could speak to, and no way
 * back from another document.
 */
import { desktop } from "../desktop/Desktop.ts"

export const ApiLink = () =>
  desktop === undefined ? (
    <a className="quiet-link" href="/docs">
      The HTTP API
    </a>
  ) : (
    <span className="check" />
  )
