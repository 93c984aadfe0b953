/**
 * What every answer of a server of the network tells browsers: to run nothing that is not of this server, to guess no
 * type, to let no other page show or read it, and to tell nobody where one came from.
 *
 * @since 0.1.0
 */

/**
 * The policy of the page's content. There is no exception in it: no script and no style is in a document.
 *
 * @since 0.1.0
 */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

/**
 * The headers, by name.
 *
 * @since 0.1.0
 */
export const all: { readonly [name: string]: string } = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY"
}

/**
 * Adds them to an answer.
 *
 * @since 0.1.0
 */
export const add = (response: Response): Response => {
  for (const [name, value] of Object.entries(all)) response.headers.set(name, value)
  return response
}
