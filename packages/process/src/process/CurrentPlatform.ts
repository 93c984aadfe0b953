/**
 * The platform this runs on. Neither this file nor what it imports loads Effect: the supervisor's sweep has to start fast.
 *
 * @since 0.1.0
 */
import * as LinuxPlatform from "./LinuxPlatform.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import * as PsPlatform from "./PsPlatform.ts"
import * as WindowsPlatform from "./WindowsPlatform.ts"

/**
 * @since 0.1.0
 */
export const make = (): ProcessPlatform =>
  process.platform === "linux"
    ? LinuxPlatform.make()
    : process.platform === "win32"
      ? WindowsPlatform.make()
      : PsPlatform.make()
