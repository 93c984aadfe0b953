import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ProcessRunner, StepContext } from "@halte/engine"
import { ProcessRunnerNode } from "@halte/process"
import * as LinuxPlatform from "../src/process/LinuxPlatform.ts"
import * as PsPlatform from "../src/process/PsPlatform.ts"
import * as WindowsPlatform from "../src/process/WindowsPlatform.ts"
import * as FakeStep from "./support/FakeStep.ts"
import { endAll, survivors, tag } from "./support/Survivors.ts"

const scenarios = fileURLToPath(new URL("./fixtures/scenarios/", import.meta.url))

const stop = (name: string, word: string) =>
  Effect.gen(function* () {
    const runner = yield* ProcessRunner.ProcessRunner
    const step = FakeStep.make()
    const fiber = yield* Effect.forkChild(
      runner.run(
        { command: ["sh", `${scenarios}${name}.sh`, word], graceMillis: 300, onInterrupt: "stop", capture: "none" },
        step.context
      )
    )
    yield* step.line(/^ready$/)
    step.ask("interrupt")
    assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
    assert.deepStrictEqual(survivors(word), [])
  })

describe.runIf(process.platform === "linux")("R62: systems without readable limits", () => {
  for (const name of ["polite", "ignores-term", "leader-exits-first", "setsid", "double-fork", "job-control"]) {
    it.live(
      `R62, P3: with nothing but ps, ${name} leaves nothing`,
      () => {
        const word = tag()
        const platform = PsPlatform.make({ name: "ps", environmentFlags: ["axeww"] })
        return stop(name, word).pipe(
          Effect.ensuring(endAll(word)),
          Effect.provide(ProcessRunnerNode.layer({ platform }))
        )
      },
      30_000
    )
  }

  for (const name of ["setsid", "session-hop", "double-fork"]) {
    it.live(
      `R62, P3: where the limit mark is refused, the environment mark finds what ${name} leaves`,
      () => {
        const word = tag()
        const linux = LinuxPlatform.make()
        const platform = {
          ...linux,
          launch: (file: string, args: ReadonlyArray<string>) => ({ file, args, detached: true })
        }
        return stop(name, word).pipe(
          Effect.ensuring(endAll(word)),
          Effect.provide(ProcessRunnerNode.layer({ platform }))
        )
      },
      30_000
    )
  }

  it.live("R62: a refused limit is told, and the program is started all the same", () => {
    const linux = LinuxPlatform.make()
    // As under a hard limit that is lower than any mark.
    const platform = {
      ...linux,
      launch: (file: string, args: ReadonlyArray<string>, mark: Parameters<typeof linux.launch>[2]) => {
        const launch = linux.launch(file, args, mark)
        const script = launch.args[1]!.replace("ulimit -m", "false && ulimit -m").replace(
          "ulimit -S -m",
          "false && ulimit"
        )
        return { ...launch, args: [launch.args[0]!, script, ...launch.args.slice(2)] }
      }
    }
    return Effect.gen(function* () {
      const capabilities = yield* (yield* ProcessRunnerNode.ProcessCapabilities).get
      assert.isFalse(capabilities.limitMark)
      assert.match(capabilities.notes[0]!, /`ulimit -m` is refused here/)
      const runner = yield* ProcessRunner.ProcessRunner
      const spec: ProcessRunner.ProcessSpec = {
        command: ["echo", "1"],
        graceMillis: 0,
        onInterrupt: "stop",
        capture: "json"
      }
      assert.deepStrictEqual(yield* runner.run(spec, FakeStep.make().context), { exitCode: 0, value: 1 })
    }).pipe(Effect.provide(ProcessRunnerNode.layer({ platform })))
  })
})

describe("R62: reading what other systems print", () => {
  it("the ps of macOS", () => {
    const table = [
      "  501     1   501 0x1234 Ss   Fri Nov 20 09:30:00 2026    ",
      " 1702   501  1702      0 T+   Fri Nov 20 10:00:01 2026    ",
      " 1703  1702  1702      0 Z    Fri Nov 20 10:00:01 2026    ",
      "garbage"
    ].join("\n")
    const [first, second, ...rest] = PsPlatform.parse(table)
    assert.deepStrictEqual(rest, [])
    assert.deepStrictEqual(
      [first!.pid, first!.parent, first!.group, first!.session, first!.state],
      [501, 1, 501, 0, "running"]
    )
    assert.deepStrictEqual([second!.pid, second!.parent, second!.state], [1702, 501, "stopped"])
    assert.strictEqual(second!.startTime - first!.startTime, 1801)
    const environments =
      "  501 /sbin/launchd\n 1702 sleep 60 PATH=/bin HALTE_MARK=1.2 USER=me\n 1703 sleep HALTE_MARK=1.20"
    assert.deepStrictEqual([...PsPlatform.marked(environments, { engine: 1, step: 2 })], [1702])
  })

  it("the process list of Windows", () => {
    assert.deepStrictEqual(WindowsPlatform.parse("4 0 1763629000000\r\n812 4 1763629000123\r\nnoise\r\n"), [
      { pid: 4, parent: 0, startTime: 1763629000000, group: 0, session: 0, state: "running" },
      { pid: 812, parent: 4, startTime: 1763629000123, group: 0, session: 0, state: "running" }
    ])
    assert.deepStrictEqual(WindowsPlatform.taskkill(812, "SIGTERM"), ["/PID", "812"])
    assert.deepStrictEqual(WindowsPlatform.taskkill(812, "SIGKILL"), ["/F", "/PID", "812"])
  })
})
