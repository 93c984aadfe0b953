/**
 * The program `halte`: runs one command line and leaves with its exit code. The stock main of Node would turn the first
 * Ctrl-C into the interruption of fibers, which unwinds work in the middle; here it is an application signal, installed by
 * the command that needs it and by nothing else.
 */
import { readFileSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit as EffectExit, Runtime } from "effect"
import * as Cli from "./Cli.ts"
import { Exit, leave } from "./command/Exit.ts"
import * as ExitCode from "./ExitCode.ts"

const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  return (manifest as { readonly version: string }).version
}

const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  fiber.addObserver((exit) => teardown(exit, finish))
})

/** Lets the streams take what was written, then leaves: a handle that something forgot must not keep a person waiting. */
const finish = (code: number): void => {
  process.exitCode = code
  let open = 2
  const done = () => {
    if (--open === 0) leave(code)
  }
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.destroyed || stream.writableLength === 0) {
      done()
      continue
    }
    let waiting = true
    const once = () => {
      if (waiting) done()
      waiting = false
    }
    stream.once("error", once)
    stream.once("close", once)
    stream.write("", once)
  }
}

// A reader that goes away, or a stream that was closed before the start, ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})

const exit = { code: 0 as number }
const program = Cli.main(process.argv.slice(2), version(), exit).pipe(
  Effect.provideService(Exit, { set: (code) => void (exit.code = code) }),
  Effect.provide(NodeServices.layer)
)

runMain(program, {
  disableErrorReporting: true,
  teardown: (result, onExit) => {
    if (EffectExit.isSuccess(result)) return onExit(result.value as number)
    if (Cause.hasInterruptsOnly(result.cause)) return onExit(ExitCode.interrupted)
    process.stderr.write(
      `Halte itself failed; this is a mistake in it.\n${Cause.pretty(result.cause)}\n(code: internal-error)\n`
    )
    onExit(ExitCode.unavailable)
  }
})
