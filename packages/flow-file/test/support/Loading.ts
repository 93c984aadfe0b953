import { Effect } from "effect"
import { Diagnostic, FlowFile } from "@halte/flow-file"

/** Loads a text as `deploy.flow.yaml` of this directory's fixtures, with an environment that is empty. */
export const load = (text: string, options?: FlowFile.LoadOptions & { readonly file?: string }) =>
  FlowFile.fromText(text, options?.file ?? "deploy.flow.yaml", {
    env: {},
    cwd: import.meta.dirname + "/../fixtures",
    ...options
  })

/** The diagnostics of a text: errors, or the warnings of one that loads. */
export const diagnose = (text: string): Effect.Effect<ReadonlyArray<Diagnostic.Diagnostic>> =>
  load(text).pipe(
    Effect.map((loaded) => loaded.warnings),
    Effect.catch((error) => Effect.succeed(error.diagnostics))
  )

/** What a person reads about a text. */
export const shown = (text: string): Effect.Effect<string> =>
  Effect.map(diagnose(text), (found) => found.map((d) => Diagnostic.render(d).replace(/ +$/gm, "")).join("\n"))

/** A flow with one step, written in flow style, beside steps to refer to and params to read. */
export const withStep = (step: string): string => `halte: 1
name: deploy
limits: { disk: 1 }
params:
  n: { type: integer, default: 1 }
  flag: { type: boolean, default: true }
  files: { type: list, default: [] }
  name: { default: world }
  token: { secret: true, optional: true }
steps:
  build: { run: make }
  up: { steps: { part-1: { run: make } } }
  s: ${step}
`

/** A flow with more keys at its top. */
export const withFlow = (keys: string): string => `halte: 1
name: deploy
steps: { build: { run: make } }
${keys}
`

/** A flow with one param. */
export const withParam = (param: string): string => withFlow(`params: { p: ${param} }`)
