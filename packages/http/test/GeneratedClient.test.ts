/**
 * A client that a public generator makes of the OpenAPI document, against the real server: what it says is enough for
 * programs that know nothing else of Halte.
 */
import { spawn } from "node:child_process"
import { cpSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { HandStep } from "@halte/engine/testing"
import * as OpenApiDocument from "../src/OpenApiDocument.ts"
import * as OnPort from "./support/OnPort.ts"
import * as Served from "./support/Served.ts"

const here = fileURLToPath(new URL("./generated-client/", import.meta.url))
const root = fileURLToPath(new URL("../../../", import.meta.url))

/** The generator can't work with the compiler of this project: it is given an older one, where that is installed. */
const typescript5 = ((): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve("typescript-5")
  } catch {
    return undefined
  }
})()

const run = (args: ReadonlyArray<string>, options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }) =>
  Effect.callback<{ readonly code: number | null; readonly out: string; readonly err: string }>((resume) => {
    const child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
    let [out, err] = ["", ""]
    child.stdout.on("data", (data) => (out += String(data)))
    child.stderr.on("data", (data) => (err += String(data)))
    child.on("close", (code) => resume(Effect.succeed({ code, out, err })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const generate = Effect.gen(function* () {
  const directory = yield* Served.directory
  writeFileSync(join(directory, "openapi.json"), OpenApiDocument.toJson())
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }')
  cpSync(join(here, "program.ts"), join(directory, "program.ts"))
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"))
  const { code, err } = yield* run(
    ["--import", join(here, "typescript-5.mjs"), join(here, "generate.mjs"), "openapi.json", join(directory, "client")],
    { cwd: directory, env: { ...process.env, HALTE_TYPESCRIPT_5: pathToFileURL(typescript5!).href } }
  )
  assert.strictEqual(code, 0, err)
  return directory
})

const strict = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2024", "dom", "dom.iterable"],
    module: "nodenext",
    moduleResolution: "nodenext",
    types: ["node"],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true
  },
  files: ["program.ts"]
}

describe.skipIf(typescript5 === undefined)("a generated client", () => {
  it.live(
    "lists, starts once, follows, interrupts, resumes and reads problems, all with types",
    () =>
      Effect.gen(function* () {
        const directory = yield* generate
        writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(strict))
        const checked = yield* run([join(root, "node_modules/typescript/bin/tsc"), "-p", directory], { cwd: directory })
        assert.deepStrictEqual([checked.code, checked.out], [0, ""])

        const build = HandStep.make("build")
        const approve = Step.gate("approve", { after: build.step, message: "Ship it?" })
        const engine = yield* ExecutionsLocal.make({
          flows: [
            Flow.make("release", {
              params: Schema.Struct({ version: Schema.String }),
              steps: [build.step, approve]
            })
          ]
        })
        const { server } = yield* OnPort.make(engine)
        // The first run stops at the request, the second one completes.
        yield* Effect.forkScoped(
          Effect.gen(function* () {
            const first = yield* build.begun()
            yield* first.perform(Effect.promise(() => new Promise<void>((resolve) => stopOf(first.context, resolve))))
            yield* first.stopHalfWay()
            yield* (yield* build.begun()).succeed({ size: 42 })
          })
        )
        const { code, err, out } = yield* run(
          ["--no-warnings", join(directory, "program.ts"), server.url, Redacted.value(server.token)],
          { cwd: directory }
        )
        assert.strictEqual(code, 0, err)
        assert.deepStrictEqual(JSON.parse(out), {
          flows: ["release"],
          same: true,
          begun: ["execution-started", "step-started"],
          receipt: "done",
          stopped: ["interrupt-requested", "step-interrupted", "execution-ended"],
          status: "Interrupted",
          steps: [
            ["build", "Interrupted"],
            ["approve", "Waiting"]
          ],
          graph: 2,
          problem: [422, "invalid-params", ["/version"], 1],
          resumed: [true, "done"],
          done: "execution-ended",
          refused: ["completed", "Completed"],
          missing: "execution-not-found",
          stranger: "unauthorized",
          page: [["release", "Completed"]],
          counts: { Completed: 1 },
          output: { size: 42 },
          server: 1
        })
      }),
    60_000
  )
})

/** Calls back once the step is asked to stop. */
const stopOf = (context: { readonly signal: AbortSignal }, then: () => void): void => {
  if (context.signal.aborted) then()
  else context.signal.addEventListener("abort", then, { once: true })
}
