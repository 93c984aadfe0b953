/**
 * Random texts that stand for a permission, and comparing them without telling how near a guess was.
 *
 * @since 0.1.0
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto"

/**
 * A text of so many random bytes, of letters that need no escape in addresses, headers and shells.
 *
 * @since 0.1.0
 */
export const random = (bytes: number): string => randomBytes(bytes).toString("base64url")

/**
 * What is kept of a secret: who reads the memory of a server, or a dump of it, can't sign in with that.
 *
 * @since 0.1.0
 */
export const digest = (secret: string): Buffer => createHash("sha256").update(secret, "utf8").digest()

/**
 * Whether two digests are the same. It takes the same time wherever they differ.
 *
 * @since 0.1.0
 */
export const same = (a: Buffer, b: Buffer): boolean => timingSafeEqual(a, b)
