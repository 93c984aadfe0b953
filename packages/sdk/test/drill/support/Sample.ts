import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Drill } from "@halte/sdk/node"

/** A directory with files of its own, removed when the test is over. */
export class Sample {
  readonly directory: string
  constructor(files: Readonly<Record<string, string>>) {
    this.directory = mkdtempSync(join(tmpdir(), "halte-sample-"))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, path)), { recursive: true })
      writeFileSync(join(this.directory, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 })
    }
  }
  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
  /** Rehearses its `flow.yaml`. */
  drill(options: Drill.DrillOptions & { readonly signal?: AbortSignal } = {}): Promise<Drill.DrillReport> {
    return Drill.rehearse(join(this.directory, "flow.yaml"), { directory: this.directory, ...options })
  }
}

/** The codes that were found, each once. */
export const codes = (report: Drill.DrillReport): ReadonlyArray<string> =>
  [...new Set(report.findings.map(({ code }) => code))].sort()
