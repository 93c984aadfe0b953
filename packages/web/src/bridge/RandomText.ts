/**
 * A name that nobody else gives: also where the page came over a network without TLS, and the browser has no UUIDs for it.
 */
export const randomText = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
