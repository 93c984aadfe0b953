/**
 * A value as a person reads it: fields by name, what is in them behind a fold. Text of steps is shown as text only.
 */
import { ControlSequences, DurationText } from "@halte/engine/model"
import { type ReactNode, useState } from "react"
import { Button } from "../../ui/Button.tsx"

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> =>
  typeof u === "object" && u !== null && !Array.isArray(u)

/** How much a value is as JSON, in bytes. */
export const sizeOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value) ?? "").length

const mostEntries = 100
const longText = 400

/** One value, whatever it is. */
export const ValueView = ({ value }: { readonly value: unknown }): ReactNode => {
  if (isRecord(value)) return <Fields entries={Object.entries(value)} />
  if (Array.isArray(value))
    return value.length === 0 ? (
      <code>[]</code>
    ) : (
      <Fields entries={value.map((one, i): readonly [string, unknown] => [String(i), one])} />
    )
  return <Leaf value={value} />
}

const Fields = ({ entries }: { readonly entries: ReadonlyArray<readonly [string, unknown]> }) => {
  const [shown, setShown] = useState(mostEntries)
  if (entries.length === 0) return <code>{"{}"}</code>
  return (
    <>
      <dl className="kv value">
        {entries.slice(0, shown).map(([name, value]) => (
          <Entry key={name} name={name} value={value} />
        ))}
      </dl>
      {entries.length > shown ? (
        <Button small kind="quiet" onClick={() => setShown(shown + 10 * mostEntries)}>
          {DurationText.count(entries.length - shown)} more
        </Button>
      ) : undefined}
    </>
  )
}

const Entry = ({ name, value }: { readonly name: string; readonly value: unknown }) => (
  <>
    <dt>{ControlSequences.strip(name)}</dt>
    <dd>{isNested(value) ? <Fold value={value} /> : <Leaf value={value} />}</dd>
  </>
)

const isNested = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0

const Fold = ({ value }: { readonly value: object }) => {
  // What is folded is not built.
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {Array.isArray(value)
          ? DurationText.plural(value.length, "item")
          : DurationText.plural(Object.keys(value).length, "field")}
      </summary>
      {open ? <ValueView value={value} /> : undefined}
    </details>
  )
}

const Leaf = ({ value }: { readonly value: unknown }) => {
  const [whole, setWhole] = useState(false)
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")
  const cut = text.length > longText && !whole
  return (
    <>
      <code className="text">{lines(cut ? text.slice(0, longText) : text)}</code>
      {cut ? (
        <Button small kind="quiet" onClick={() => setWhole(true)}>
          {DurationText.count(text.length - longText)} more characters
        </Button>
      ) : undefined}
    </>
  )
}

const lines = (text: string): string => text.split("\n").map(ControlSequences.strip).join("\n")
