/**
 * Which page of `docs/reference/keys/` is about a key: the one that names it in its title, else in another heading.
 */
import { readdirSync, readFileSync } from "node:fs"
import { resolve } from "node:path"

const folder = resolve(import.meta.dirname, "../../../../docs/reference/keys")

const named = (text: string, heading: RegExp): ReadonlyArray<string> =>
  (text.match(heading) ?? []).flatMap((line) => [...line.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]!))

const pages = readdirSync(folder)
  .filter((name) => name.endsWith(".md") && name !== "README.md")
  .sort()
  .map((name) => {
    const text = readFileSync(resolve(folder, name), "utf8").replace(/^```[^]*?^```/gm, "")
    return { name, title: named(text, /^# .*$/gm), headings: named(text, /^##+ .*$/gm) }
  })

/** The name of its file; `undefined` while there is none. */
export const of = (key: string): string | undefined =>
  (pages.find(({ title }) => title.includes(key)) ?? pages.find(({ headings }) => headings.includes(key)))?.name
