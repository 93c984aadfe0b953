/**
 * What changes is also said: one polite region for what happens, at most once a second, and one for what goes wrong.
 */
import { Atom } from "effect/reactivity"
import { registry, useAtomValue } from "../bridge/Registry.ts"

const status = Atom.keepAlive(Atom.make(""))
const alert = Atom.keepAlive(Atom.make(""))

const everyMillis = 1000
let waiting: Array<string> = []
let timer: ReturnType<typeof setTimeout> | undefined

const say = (): void => {
  const text = waiting.join(". ")
  waiting = []
  registry.set(status, text)
  timer = setTimeout(() => {
    timer = undefined
    if (waiting.length > 0) say()
  }, everyMillis)
}

export const announce = (text: string, kind: "status" | "alert" = "status"): void => {
  if (kind === "alert") return registry.set(alert, text)
  // Of many things in one second the last ones count.
  waiting = [...waiting.filter((other) => other !== text), text].slice(-3)
  if (timer === undefined) say()
}

export const Announcer = () => (
  <>
    <div className="vh" role="status" aria-live="polite">
      {useAtomValue(status)}
    </div>
    <div className="vh" role="alert">
      {useAtomValue(alert)}
    </div>
  </>
)
