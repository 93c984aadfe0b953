/**
 * Params in one line: `version=2.4.0 target=./out token=(secret)`.
 */
import { ControlSequences } from "@halte/engine/model"

const longest = 60

/** Each param as `name=value`; values are cut where they get long. Secrets come masked out of the record. */
export const render = (params: unknown): ReadonlyArray<string> => {
  if (typeof params !== "object" || params === null) return []
  return Object.entries(params)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      const plain = typeof value === "string" && (/^[\w./:@+-]+$/.test(value) || value === secret)
      const text = plain ? value : (JSON.stringify(value) ?? "undefined")
      return `${name}=${ControlSequences.strip(text.length > longest ? `${text.slice(0, longest - 1)}…` : text)}`
    })
}

/** What stands in the record for a secret. */
export const secret = "(secret)"
