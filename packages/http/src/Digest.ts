/**
 * The digest of a text: to tell whether two are the same without keeping them.
 *
 * @since 0.1.0
 */

/**
 * SHA-256, in hexadecimal.
 *
 * @since 0.1.0
 */
export const of = async (text: string): Promise<string> => {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}
