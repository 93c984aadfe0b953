/** What the session bus says of trays, for a desktop under test: the program that asks it is one of the test's. */
import { mkdirSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import * as Repository from "../Repository.ts"

/** Variables for the desktop, in whose home the program is put. */
export const environment = ({
  home,
  tray = true
}: {
  readonly home: string
  readonly tray?: boolean
}): Readonly<Record<string, string>> => {
  const programs = join(home, "programs")
  mkdirSync(programs, { recursive: true })
  writeFileSync(join(programs, "gdbus"), `#!/bin/sh\necho '(${tray},)'\n`, { mode: 0o755 })
  return { PATH: [programs, Repository.environment()["PATH"] ?? ""].join(delimiter) }
}
