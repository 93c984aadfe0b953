/**
 * Who the system says that this process belongs to.
 *
 * @since 0.1.0
 */
import { userInfo } from "node:os"

/**
 * The name, if there is one: a container may run under a number that nobody has.
 *
 * @since 0.1.0
 */
export const name = (): string | undefined => {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}
