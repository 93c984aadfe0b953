/**
 * What the taskbar, the dock and the system are told while something runs: how far it is, how much it is, and that the
 * machine is not to go to sleep meanwhile.
 */
import type { ExecutionState } from "@halte/engine/model"
import { nativeImage } from "electron/common"
import { app, type BrowserWindow, powerSaveBlocker, type ProgressBarOptions } from "electron/main"
import { join } from "node:path"
import * as Coalesced from "./Coalesced.ts"
import type { Desk } from "./Desk.ts"
import * as DeskWatch from "./DeskWatch.ts"
import * as ExecutionProgress from "./ExecutionProgress.ts"
import * as MenuText from "./MenuText.ts"

type State = ExecutionState.ExecutionState

/** What of a desk is shown. A `Desk` is one. */
export type IndicatedDesk = Pick<Desk, "running" | "window" | "onChange">

export interface Options {
  readonly desks: () => ReadonlyArray<IndicatedDesk>
  /** The directory of `running-overlay.png`. */
  readonly resources: string
  /** @default that of this process */
  readonly platform?: NodeJS.Platform | undefined
  /** How often they may change at most. @default 250 */
  readonly changeMillis?: number | undefined
}

export interface Indicators {
  readonly update: () => void
  readonly close: () => void
}

interface Shown {
  readonly value: number
  readonly mode: ProgressBarOptions["mode"]
  readonly count: number
}

const nothing: Shown = { value: -1, mode: "none", count: 0 }

/** Above 1 a bar runs back and forth. */
const unknown = 2

/** The application has to be ready. */
export const make = (options: Options): Indicators => {
  const { changeMillis = 250, desks, platform = process.platform, resources } = options
  const isWindows = platform === "win32"
  const overlay = isWindows ? nativeImage.createFromPath(join(resources, "running-overlay.png")) : undefined
  /** What each window shows. One that was opened anew shows nothing. */
  const windows = new Map<BrowserWindow, Shown>()
  let badge = 0
  let blocker: number | undefined

  const showOn = (window: BrowserWindow, shown: Shown): void => {
    const before = windows.get(window) ?? nothing
    windows.set(window, shown)
    if (before.value !== shown.value || before.mode !== shown.mode) {
      if (isWindows) window.setProgressBar(shown.value, { mode: shown.mode })
      else window.setProgressBar(shown.value)
    }
    if (overlay !== undefined && before.count !== shown.count)
      window.setOverlayIcon(shown.count === 0 ? null : overlay, shown.count === 0 ? "" : MenuText.running(shown.count))
  }

  const showBadge = (count: number): void => {
    if (isWindows || count === badge) return
    badge = count
    app.setBadgeCount(count)
  }

  const keepAwake = (isNeeded: boolean): void => {
    if (isNeeded && blocker === undefined) blocker = powerSaveBlocker.start("prevent-app-suspension")
    else if (!isNeeded && blocker !== undefined) {
      powerSaveBlocker.stop(blocker)
      blocker = undefined
    }
  }

  const show = (): void => {
    const open = new Set<BrowserWindow>()
    let count = 0
    let isWorking = false
    for (const { running, window } of desks()) {
      const states = [...(running?.states.values() ?? [])]
      count += states.length
      isWorking ||= states.some(ExecutionProgress.isWorking)
      if (window === undefined || window.isDestroyed()) continue
      open.add(window)
      showOn(window, shownOf(states, platform))
    }
    for (const window of windows.keys()) if (!open.has(window)) windows.delete(window)
    showBadge(count)
    keepAwake(isWorking)
  }

  const soon = Coalesced.make(show, changeMillis)
  const watch = DeskWatch.make({ desks, onChange: soon.ask })
  const update = (): void => {
    watch.update()
    soon.now()
  }
  update()

  return {
    update,
    close: () => {
      soon.close()
      watch.close()
      for (const window of windows.keys()) if (!window.isDestroyed()) showOn(window, nothing)
      windows.clear()
      showBadge(0)
      keepAwake(false)
    }
  }
}

const shownOf = (states: ReadonlyArray<State>, platform: NodeJS.Platform): Shown => {
  if (states.length === 0) return nothing
  const known = states.flatMap((state) => ExecutionProgress.part(state) ?? [])
  // In steps that can be seen: a bar has no more.
  const mean = Math.round((known.reduce((sum, part) => sum + part, 0) / known.length) * 100) / 100
  const mode = modeOf(states)
  const value =
    known.length > 0
      ? mean
      : mode === "normal"
        ? // On Linux nothing runs back and forth: a number that nobody knows is not shown.
          platform === "linux"
          ? -1
          : unknown
        : // In its colour.
          1
  return { value, mode: mode === "normal" && known.length === 0 ? "indeterminate" : mode, count: states.length }
}

/** Red: something has failed, or is ended by force. Yellow: all of it is held, or about to stop. */
const modeOf = (states: ReadonlyArray<State>): "normal" | "paused" | "error" => {
  const isBad = ({ status, steps }: State) =>
    status === "Terminating" || [...steps.values()].some((step) => step.status === "Failed")
  if (states.some(isBad)) return "error"
  return states.every(({ status }) => status === "Paused" || status === "Pausing" || status === "Interrupting")
    ? "paused"
    : "normal"
}
