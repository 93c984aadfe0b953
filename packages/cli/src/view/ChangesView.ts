/**
 * How a definition differs from the one that an execution began with, step by step.
 */
import { ControlSequences, type ExecutionsError } from "@halte/engine/model"
import { type Look, paint, plain } from "./Look.ts"
import { padEnd, width, wrap } from "./TextWidth.ts"

const marks = { added: ["+", "green"], removed: ["-", "red"], changed: ["~", "yellow"] } as const

/** `~ build  npm run build → npm run build:prod`. */
export const render = (
  { columns, look }: { readonly columns: number; readonly look: Look },
  changes: ReadonlyArray<ExecutionsError.StepChange>
): ReadonlyArray<string> => {
  const first = Math.min(
    24,
    changes.reduce((longest, { step }) => Math.max(longest, width(step)), 0)
  )
  return changes.flatMap((change) => {
    const [mark, style] = marks[change.change]
    const before = change.before === undefined ? "" : ControlSequences.strip(change.before)
    const after = change.after === undefined ? "" : ControlSequences.strip(change.after)
    const text = before !== "" && after !== "" ? `${before} → ${after}` : before + after
    const head = `${paint(look, style, mark)} ${padEnd(change.step, first)}`
    const [line = "", ...more] = wrap(plain(look, text), Math.max(20, columns - first - 6))
    return [`  ${head}  ${line}`.trimEnd(), ...more.map((rest) => " ".repeat(first + 6) + rest)]
  })
}
