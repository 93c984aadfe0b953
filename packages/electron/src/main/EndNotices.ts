/**
 * Notifications of the system: that an execution has ended, or waits for a person. Only what this program has seen under
 * way is told, once, and only to somebody who isn't looking at the window that shows it.
 */
import { type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import type { DesktopSettings } from "@halte/web/DesktopBridge"
import { Notification } from "electron/main"
import type { Desk } from "./Desk.ts"
import * as DeskWatch from "./DeskWatch.ts"
import * as EndText from "./EndText.ts"

/** What of a desk notifications need. A `Desk` is one. */
export type NoticedDesk = Pick<Desk, "running" | "window" | "show" | "onChange">

export interface Options {
  readonly desks: () => ReadonlyArray<NoticedDesk>
  readonly settings: { readonly now: DesktopSettings }
  readonly log: (line: string) => void
}

export interface EndNotices {
  readonly update: () => void
  readonly close: () => void
}

/** Those that can still be clicked: a person who comes back in the evening finds the last ones. */
const most = 50

export const make = ({ desks, log, settings }: Options): EndNotices => {
  /**
   * Held, or a click would find nobody: what nothing refers to is collected. Also when it was closed: where a system keeps
   * what it has shown, it can be clicked later.
   */
  const held = new Set<Notification>()
  /** Gates that were told, by execution, attempt, step and try; those that are open no more are forgotten. */
  let told = new Set<string>()

  const isLookedAt = ({ window }: NoticedDesk): boolean =>
    window !== undefined && !window.isDestroyed() && window.isFocused()

  const tell = (desk: NoticedDesk, id: string, { body, title }: EndText.Text): void => {
    if (!settings.now.notify || isLookedAt(desk) || !Notification.isSupported()) return
    const notification = new Notification({ title, body })
    notification.on("click", () => desk.show(`/executions/${id}`))
    notification.on("failed", (_event, error) => {
      held.delete(notification)
      log(`A notification could not be shown: ${error}`)
    })
    held.add(notification)
    for (const oldest of held) {
      if (held.size <= most) break
      held.delete(oldest)
    }
    notification.show()
  }

  /** Each is told when it is seen first, or, to somebody who was looking, not at all. */
  const lookForGates = (): void => {
    const open = new Set<string>()
    for (const desk of desks())
      for (const state of desk.running?.states.values() ?? [])
        for (const { key, message } of openGates(state)) {
          const isTold = told.has(key)
          // One that is held or asked to stop waits for nobody now.
          if (!isTold && state.status !== "Running") continue
          open.add(key)
          if (!isTold) tell(desk, state.id, EndText.gate(state, message))
        }
    told = open
  }

  const watch = DeskWatch.make({
    desks,
    onChange: lookForGates,
    onEnded: (desk, state) => tell(desk, state.id, EndText.ended(state))
  })
  const update = (): void => {
    watch.update()
    lookForGates()
  }
  update()

  return {
    update,
    close: () => {
      watch.close()
      held.clear()
    }
  }
}

const openGates = (
  state: ExecutionState.ExecutionState
): ReadonlyArray<{ readonly key: string; readonly message: string }> =>
  [...state.steps.values()].flatMap(({ gate, id, status, try: number }) =>
    gate === undefined || !ExecutionStatus.isActive(status)
      ? []
      : [{ key: `${state.id} ${state.attempt} ${id} ${number}`, message: gate.message }]
  )
