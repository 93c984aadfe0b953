/**
 * The flow files that `halte init` writes. Each runs as it stands, in an empty directory, with a shell and Node.
 */
import * as Batch from "./Batch.ts"
import * as Ci from "./Ci.ts"
import * as Deploy from "./Deploy.ts"
import * as FirstFlows from "./FirstFlows.ts"
import * as Media from "./Media.ts"

interface Template {
  /** What it is of use for, in a few words. */
  readonly title: string
  /** The file that is written when none is named. */
  readonly file: string
  /** The text of the file of a flow of this name. */
  readonly text: (name: string) => string
}

export const names = ["basic", "nested", "loop", "ci", "deploy", "batch", "media"] as const
export type Name = (typeof names)[number]

export const templates: Readonly<Record<Name, Template>> = {
  basic: { title: "Three steps, two of them side by side", file: "first.flow.yaml", text: FirstFlows.basic },
  nested: { title: "Steps in steps, taken back after a failure", file: "first.flow.yaml", text: FirstFlows.nested },
  loop: { title: "One program per item of a list", file: "first.flow.yaml", text: FirstFlows.loop },
  ci: { title: "Install, check, test and build, side by side", file: "ci.flow.yaml", text: Ci.text },
  deploy: { title: "Ask a person, send in parts, undo after a failure", file: "deploy.flow.yaml", text: Deploy.text },
  batch: { title: "Work on many files, and go on where it was", file: "batch.flow.yaml", text: Batch.text },
  media: { title: "Several steps for each of some files", file: "media.flow.yaml", text: Media.text }
}
