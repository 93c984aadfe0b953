/**
 * What a person should know and nobody has asked for: flow files that are wrong, a file that could not be opened. Each
 * stays until it is taken away.
 */
import { Atom } from "effect/reactivity"
import { useEffect, useRef } from "react"
import { registry, useAtomValue } from "../bridge/Registry.ts"
import { announce } from "../ui/Announcer.tsx"
import { IconButton } from "../ui/Button.tsx"
import { Icon } from "../ui/Icon.tsx"
import { useFocusKept } from "../execution/useFocusKept.ts"
import { desktop, useDesktop } from "./Desktop.ts"
import type { Notice } from "./DesktopBridge.ts"

/** Notices of the page itself; their ids are below those of the desktop. */
const own = Atom.keepAlive(Atom.make<ReadonlyArray<Notice>>([]))

let last = 0

export const tellHere = (text: string): void => {
  const others = registry.get(own).filter((notice) => notice.text !== text)
  registry.set(own, [...others, { id: --last, text }])
}

const dismiss = (id: number): void => {
  if (id < 0)
    registry.set(
      own,
      registry.get(own).filter((notice) => notice.id !== id)
    )
  else
    desktop?.call("dismiss", id).catch((error: unknown) => {
      announce(error instanceof Error ? error.message : String(error), "alert")
    })
}

export const Notices = () => {
  const told = useDesktop()?.notices ?? []
  const here = useAtomValue(own)
  const all = [...told, ...here]
  const said = useRef(new Set<number>())
  useEffect(() => {
    for (const { id, text } of all) {
      if (said.current.has(id)) continue
      said.current.add(id)
      announce(text)
    }
  })
  const ref = useRef<HTMLElement>(null)
  useFocusKept(ref)
  if (all.length === 0) return undefined
  return (
    <section className="notices" aria-label="Notices" ref={ref}>
      <ul>
        {all.map(({ id, text }) => (
          <li key={id}>
            <Icon name="warning" />
            <p>{text}</p>
            <IconButton kind="quiet" className="b-mini" icon="x" name="Dismiss" onClick={() => dismiss(id)} />
          </li>
        ))}
      </ul>
    </section>
  )
}
