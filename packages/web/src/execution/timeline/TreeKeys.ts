/**
 * The keys of a tree, as every tree has them: up and down, in and out, to the ends, and to the next name that begins as
 * somebody types.
 */
import type { Row } from "../steps/StepRows.ts"

export type TreeMove = { readonly to: number } | { readonly toggle: string } | undefined

/** What a key does at a row. */
export const treeMove = (rows: ReadonlyArray<Row>, at: number, key: string): TreeMove => {
  const row = rows[at]
  const last = rows.length - 1
  switch (key) {
    case "ArrowDown":
      return { to: Math.min(last, at + 1) }
    case "ArrowUp":
      return { to: Math.max(0, at - 1) }
    case "PageDown":
      return { to: Math.min(last, at + 10) }
    case "PageUp":
      return { to: Math.max(0, at - 10) }
    case "Home":
      return { to: 0 }
    case "End":
      return { to: last }
    case "ArrowRight":
      if (row?.open === undefined) return undefined
      return row.open ? (rows[at + 1]?.level === row.level + 1 ? { to: at + 1 } : undefined) : { toggle: row.step.id }
    case "ArrowLeft": {
      if (row?.open === true) return { toggle: row.step.id }
      const parent = rows.findLastIndex((other, i) => i < at && other.level < (row?.level ?? 1))
      return parent < 0 ? undefined : { to: parent }
    }
    default:
      return undefined
  }
}

/** The next row whose name begins with what was typed; one letter again and again goes through all that begin with it. */
export const typedTo = (names: ReadonlyArray<string>, at: number, typed: string): number | undefined => {
  const text = typed.toLowerCase()
  const same = [...text].every((letter) => letter === text[0])
  const wanted = same ? (text[0] ?? "") : text
  for (let i = 0; i < names.length; i++) {
    const index = (at + (same ? 1 : 0) + i) % names.length
    if (names[index]?.toLowerCase().startsWith(wanted) === true) return index
  }
  return undefined
}
