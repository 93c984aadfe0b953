/**
 * The desks that are there: one for each project that is open, and at most one without a project, whose window becomes
 * that of the first project that is opened.
 */
import { realpathSync } from "node:fs"
import { ProjectDirectory } from "@halte/sdk/node"
import type { Rectangle, WebContents } from "electron/main"
import type { DeskControl } from "./Desk.ts"
import { Listeners } from "./Listeners.ts"

export interface Desks {
  readonly all: ReadonlyArray<DeskControl>
  /** That whose page these web contents are. */
  readonly ofContents: (contents: WebContents) => DeskControl | undefined
  /** That which a person has looked at last. */
  readonly last: () => DeskControl | undefined
  /** The project that a directory belongs to, as a terminal there would find it: its desk, which is made if need be. */
  readonly project: (directory: string) => DeskControl
  /** The one without a project. */
  readonly welcome: () => DeskControl
  /** It has neither window nor engine any more. */
  readonly forget: (desk: DeskControl) => void
  /** Calls back when there is one more or less, or one of them has changed. Answers what ends that. */
  readonly onChange: (listener: (isOther: boolean) => void) => () => void
}

export interface Options {
  /** Makes one; its engine starts, its window does not open yet. */
  readonly make: (number: number, directory: string | undefined, bounds: Rectangle | undefined) => DeskControl
}

/** The directory of the project that a directory belongs to. The same place has one name, however it was reached. */
const projectOf = (directory: string): string =>
  // As the engine finds it: who opens a directory has named it, whatever the environment says.
  real(ProjectDirectory.find({ cwd: real(directory), env: {} }).directory)

const real = (directory: string): string => {
  try {
    return realpathSync.native(directory)
  } catch {
    // The engine says what is wrong with it.
    return directory
  }
}

export const make = ({ make: makeDesk }: Options): Desks => {
  /** That which was looked at last comes first. */
  let all: ReadonlyArray<DeskControl> = []
  let recent: ReadonlyArray<DeskControl> = []
  const leaves = new Map<DeskControl, () => void>()
  const changed = new Listeners<[isOther: boolean]>()
  let numbers = 0

  const add = (directory: string | undefined, bounds?: Rectangle): DeskControl => {
    const desk = makeDesk(++numbers, directory, bounds)
    all = [...all, desk]
    recent = [desk, ...recent]
    const look = () => {
      if (desk.window?.isFocused() === true && recent[0] !== desk)
        recent = [desk, ...recent.filter((other) => other !== desk)]
      changed.tell(false)
    }
    leaves.set(desk, desk.onChange(look))
    changed.tell(true)
    return desk
  }

  return {
    get all() {
      return all
    },
    ofContents: (contents) => all.find(({ window }) => window?.webContents === contents),
    last: () => recent.find(({ window }) => window !== undefined) ?? recent[0],
    project: (directory) => {
      const own = projectOf(directory)
      const open = all.find((desk) => desk.directory === own)
      if (open !== undefined) return open
      const empty = all.find((desk) => desk.directory === undefined)
      const desk = add(own, empty?.window?.getNormalBounds())
      // Its page is loaded in the place of the other's, which goes once this one is there: the program is never without.
      desk.show()
      empty?.closeWindow()
      return desk
    },
    welcome: () => all.find((desk) => desk.directory === undefined) ?? add(undefined),
    forget: (desk) => {
      leaves.get(desk)?.()
      leaves.delete(desk)
      all = all.filter((other) => other !== desk)
      recent = recent.filter((other) => other !== desk)
      desk.close()
      changed.tell(true)
    },
    onChange: changed.on
  }
}
