/**
 * What the page of a window may ask of the desktop, and how that is answered: `calls` of `DesktopBridge`, one by one.
 */
import { clipboard } from "electron/main"
import type { DeskControl } from "./Desk.ts"
import type { Handlers } from "./Ipc.ts"
import type { Opening } from "./Opening.ts"
import * as Questions from "./Questions.ts"
import type { QuitGuard } from "./QuitGuard.ts"
import type { SettingsFile } from "./SettingsFile.ts"

export interface Options {
  readonly settings: Pick<SettingsFile, "change">
  readonly opening: Pick<Opening, "openPath" | "chooseFile" | "chooseProject">
  readonly guard: Pick<QuitGuard<DeskControl>, "isEnding" | "terminateAll">
}

export const make = ({ guard, opening, settings }: Options): Handlers<DeskControl> => {
  const asking = new Set<DeskControl>()
  return {
    state: (_, desk) => desk.heard(),
    changeSettings: (change) => {
      settings.change(change)
      return null
    },
    ask: async (question, desk) => {
      // Over one question there is no second one: nobody could tell which of them is answered.
      if (asking.has(desk)) throw new Error("A question is open in this window already. Answer it first.")
      asking.add(desk)
      try {
        return await Questions.ask(question, desk.window)
      } finally {
        asking.delete(desk)
      }
    },
    viewing: (viewing, desk) => {
      desk.setViewing(viewing)
      return null
    },
    copy: async (text) => {
      await clipboard.writeText(text)
      return null
    },
    chooseFile: (_, desk) => opening.chooseFile(desk),
    chooseProject: (_, desk) => opening.chooseProject(desk),
    open: (path, desk) => opening.openPath(path, desk),
    restartEngine: async (request, desk) => {
      if (guard.isEnding) throw new Error("Halte is about to end. No engine is started any more.")
      await desk.restartEngine(request)
      return null
    },
    terminateAll: async (_, desk) => {
      if (!(await guard.terminateAll(desk)))
        throw new Error("Nothing is being stopped, so there is nothing to terminate here.")
      return null
    },
    dismiss: (notice, desk) => {
      desk.dismiss(notice)
      return null
    }
  }
}
