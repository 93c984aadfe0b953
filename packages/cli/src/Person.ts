/**
 * Who sits at this terminal, as the record names them.
 */
import { userInfo } from "node:os"

export const name = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  try {
    return userInfo().username
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return env["USER"] ?? env["LOGNAME"]
  }
}
