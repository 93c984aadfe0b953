/**
 * Which addresses are the page's own. `URL` gives schemes of programs no origin, so that scheme and host are looked at.
 */
import { origin, scheme } from "./AppProtocol.ts"

const host = new URL(origin).host

/** The address, where it is one of the page: of exactly its scheme and host, with neither a port nor a user in it. */
export const parse = (text: string): URL | undefined => {
  const url = read(text)
  const isOurs = url?.protocol === `${scheme}:` && url.host === host && url.username === "" && url.password === ""
  return isOurs ? url : undefined
}

export const is = (text: string): boolean => parse(text) !== undefined

/** What the page made itself, as the file that it saves: the address of a blob names the origin that it is of. */
export const isBlob = (text: string): boolean => text.startsWith("blob:") && is(text.slice("blob:".length))

/** The whole address of a view, as in `/executions/01J…`; of anything else that of the first view. */
export const ofView = (view: string): string => {
  const isView = view.startsWith("/") && !view.startsWith("//") && !view.includes("\\")
  const whole = `${origin}${isView ? view : "/"}`
  return is(whole) ? whole : `${origin}/`
}

export const read = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
