import { execFileSync, spawn, spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EngineSweep, ProcessMark, type ProcessPlatform } from "@halte/process"
import { eventually } from "../../../test/support/Eventually.ts"
import * as EngineMembership from "../src/process/EngineMembership.ts"
import * as LinuxPlatform from "../src/process/LinuxPlatform.ts"
import type { ProcessMember } from "../src/process/ProcessMember.ts"
import * as PsPlatform from "../src/process/PsPlatform.ts"
import * as WindowsPlatform from "../src/process/WindowsPlatform.ts"
import * as Engine from "./support/Engine.ts"
import { endAll, survivors, tag } from "./support/Survivors.ts"

/** A program that carries a mark, started as a step's is. */
const marked = (engine: number, word: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { args, file } = LinuxPlatform.make().launch("/bin/sleep", [word], { engine, step: 7 })
      const child = spawn(file, args, { detached: true, stdio: "ignore" })
      return { pid: child.pid!, alive: () => child.exitCode === null && child.signalCode === null }
    }),
    () => endAll(word)
  ).pipe(
    // Until the shell has set the mark and become the program.
    Effect.tap(({ pid }) =>
      eventually(() => readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith("/bin/sleep"), "the program", {
        millis: 5_000
      })
    )
  )

const sweep = (engine: number, options?: EngineSweep.Options) =>
  Effect.promise(() => EngineSweep.sweep(engine, options))

describe.runIf(process.platform === "linux")("sweeping up after an engine", { timeout: 30_000 }, () => {
  it.live("P9: a sweep ends the programs of its engine, and no other's", () =>
    Effect.gen(function* () {
      const [one, other] = [Engine.number(), Engine.number()]
      const mine = yield* marked(one, tag())
      const theirs = yield* marked(other, tag())
      const report = yield* sweep(one)
      assert.deepStrictEqual(report, { supported: true, found: 1, ended: 1, left: [], marks: [`${one}.7`] })
      yield* eventually(() => !mine.alive(), "its end", { millis: 5_000 })
      assert.isTrue(theirs.alive())
    })
  )

  it.live("P9: what was started before the engine was is none of its programs", () =>
    Effect.gen(function* () {
      const engine = Engine.number()
      const program = yield* marked(engine, tag())
      const { startTime } = (yield* Effect.promise(async () => LinuxPlatform.make().identify(program.pid)))!
      assert.deepStrictEqual(yield* sweep(engine, { since: startTime + 1 }), {
        supported: true,
        found: 0,
        ended: 0,
        left: [],
        marks: []
      })
      assert.isTrue(program.alive())
      assert.include(yield* sweep(engine, { since: startTime }), { found: 1, ended: 1 })
    })
  )

  it.live("the program that sweeps needs nothing but Node and the files beside it", () =>
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-test-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      cpSync(fileURLToPath(new URL("../src/process/", import.meta.url)), directory, { recursive: true })
      writeFileSync(join(directory, "package.json"), '{ "type": "module" }')
      const engine = Engine.number()
      const program = yield* marked(engine, tag())
      execFileSync(process.execPath, [join(directory, "SweepMain.ts"), String(engine)], { cwd: "/" })
      yield* eventually(() => !program.alive(), "its end", { millis: 5_000 })
      // Nothing to sweep was named: it touches nothing, and says so.
      for (const args of [[], ["0"], ["-1"], ["all"]])
        assert.strictEqual(spawnSync(process.execPath, [join(directory, "SweepMain.ts"), ...args]).status, 2)
    })
  )

  it.live(
    "P3: what carries no mark is found by its group, its session or its parent, while a marked one lives there",
    () =>
      Effect.gen(function* () {
        const word = tag()
        const engine = Engine.number()
        // No limit mark, and the environment cleared: only the shell carries anything, and it ends first.
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            const deaf = `env -i setsid sh -c 'trap "" TERM; sleep ${word} & wait'`
            const line = `env -i sleep ${word} & ${deaf} & trap 'exit 0' TERM; wait`
            const env = { ...process.env, [ProcessMark.variable]: `4.4,${engine}.1,5.5` }
            return spawn("sh", ["-c", line], { detached: true, stdio: "ignore", env })
          }),
          () => endAll(word)
        )
        yield* eventually(() => survivors(word).length === 4, "all programs", { millis: 5_000 })
        const report = yield* sweep(engine, { graceMillis: 100 })
        assert.deepStrictEqual(report, { supported: true, found: 4, ended: 4, left: [], marks: [`${engine}.1`] })
        assert.deepStrictEqual(survivors(word), [])
      })
  )

  it.live("R62: with nothing but ps, the environment mark finds them", () =>
    Effect.gen(function* () {
      const word = tag()
      const engine = Engine.number()
      const scenario = fileURLToPath(new URL("./fixtures/scenarios/setsid.sh", import.meta.url))
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const env = { ...process.env, [ProcessMark.variable]: `${engine}.3` }
          return spawn("sh", [scenario, word], { detached: true, stdio: ["ignore", "pipe", "ignore"], env })
        }),
        () => endAll(word)
      )
      yield* Effect.promise(() => new Promise((resolve) => child.stdout.once("data", resolve)))
      const platform = PsPlatform.make({ name: "ps", environmentFlags: ["axeww"] })
      const report = yield* sweep(engine, { platform, graceMillis: 100 })
      assert.isTrue(report.supported)
      assert.deepStrictEqual([report.left, report.marks], [[], [`${engine}.3`]])
      assert.deepStrictEqual(survivors(word), [])
    })
  )

  it.live("P9: a pid that was given to somebody else is left alone, and so is its group", () =>
    Effect.gen(function* () {
      const linux = LinuxPlatform.make()
      const stranger = yield* marked(Engine.number(), tag())
      const now = (yield* Effect.promise(async () => linux.identify(stranger.pid)))!
      // As the scan saw it: marked, the leader of its group, and started at another time.
      const before = { ...now, startTime: now.startTime - 1, mark: "5.1" }
      const groups: Array<number> = []
      let scans = 0
      const platform: ProcessPlatform = {
        ...linux,
        scanEngine: async () => ({ found: scans++ === 0 ? [before] : [], exact: true }),
        signalGroup: (group) => {
          groups.push(group)
          return "sent"
        }
      }
      const report = yield* sweep(5, { platform })
      assert.deepStrictEqual(report, { supported: true, found: 1, ended: 1, left: [], marks: ["5.1"] })
      assert.deepStrictEqual(groups, [])
      assert.isTrue(stranger.alive())
    })
  )

  it.live("P3: what may not be signalled is reported as left, by pid and mark, and the rest is ended", () =>
    Effect.gen(function* () {
      const linux = LinuxPlatform.make()
      const engine = Engine.number()
      const one = yield* marked(engine, tag())
      const other = yield* marked(engine, tag())
      // As with a program that runs under another user.
      const platform: ProcessPlatform = {
        ...linux,
        signal: (p, name) => (p.pid === one.pid ? "refused" : linux.signal(p, name)),
        signalGroup: (group, name) => (group === one.pid ? "refused" : linux.signalGroup(group, name))
      }
      const report = yield* sweep(engine, { platform, graceMillis: 50 })
      assert.deepStrictEqual(report, {
        supported: true,
        found: 2,
        ended: 1,
        left: [{ pid: one.pid, reason: "refused", mark: `${engine}.7` }],
        marks: [`${engine}.7`]
      })
      yield* eventually(() => !other.alive(), "its end", { millis: 5_000 })
    })
  )

  it.live("P3: what appears faster than it can be found is fought for a bounded time, then reported as left", () =>
    Effect.gen(function* () {
      const linux = LinuxPlatform.make()
      const program = yield* marked(Engine.number(), tag())
      const now = (yield* Effect.promise(async () => linux.identify(program.pid)))!
      const platform: ProcessPlatform = {
        ...linux,
        scanEngine: async () => ({ found: [{ ...now, mark: "5.1" }], exact: true }),
        signal: () => "sent",
        signalGroup: () => "sent"
      }
      const report = yield* sweep(5, { platform, graceMillis: 0, killBoundMillis: 100 })
      assert.isTrue(report.supported)
      assert.deepStrictEqual(report.left, [{ pid: program.pid, reason: "still-there", mark: "5.1" }])
    })
  )

  it.live("P4: in a group in which one has had its SIGTERM, the others get theirs one by one", () =>
    Effect.gen(function* () {
      const member = (pid: number, mark: string) => ({ ...place(pid, 100), mark })
      const sent: Array<readonly [number, string]> = []
      let scans = 0
      const found = [member(100, "5.1"), member(101, "5.2"), { ...member(200, "5.3"), group: 200 }]
      const platform: ProcessPlatform = {
        ...LinuxPlatform.make(),
        alive: (members) => members,
        scanEngine: async () => ({ found: scans++ < 1 ? found : [], exact: true }),
        signal: (p, name) => (sent.push([p.pid, name]), "sent"),
        signalGroup: (group, name) => (sent.push([-group, name]), "sent")
      }
      yield* sweep(5, { platform, graceMillis: 0, told: ["5.1"] })
      assert.deepStrictEqual(sent, [
        [-200, "SIGTERM"],
        [101, "SIGTERM"],
        [-100, "SIGCONT"],
        [-200, "SIGCONT"]
      ])
    })
  )

  it.live("R62: says so where marks can't be read", () =>
    Effect.gen(function* () {
      const report = yield* sweep(5, { platform: WindowsPlatform.make() })
      assert.isFalse(report.supported)
      assert.match(report.reason, /^windows does not show which engine a process belongs to/)
    })
  )
})

const place = (pid: number, group: number, more: Partial<ProcessMember> = {}): ProcessMember => ({
  pid,
  startTime: 200,
  parent: 1,
  group,
  session: group,
  state: "running",
  ...more
})

describe("who belongs to an engine", () => {
  const select = (
    candidates: ReadonlyArray<ProcessMember>,
    marks: Readonly<Record<number, string>>,
    own?: ProcessMember
  ) => Object.fromEntries(EngineMembership.select(candidates, (p) => marks[p.pid], own).map((p) => [p.pid, p.mark]))

  it("P3: those around a marked process, and their children, share its mark", () => {
    const all = [
      place(100, 100),
      place(101, 100),
      place(102, 102, { session: 100 }),
      place(103, 103, { parent: 102 }),
      place(104, 104)
    ]
    assert.deepStrictEqual(select(all, { 101: "5.1" }), { 100: "5.1", 101: "5.1", 102: "5.1", 103: "5.1" })
    assert.deepStrictEqual(select(all, {}), {})
  })

  it("P9: not those who share no more than a group that the system could not name, or ours", () => {
    const own = place(300, 250, { session: 200 })
    const all = [
      place(100, 0, { session: 0 }),
      place(101, 0, { session: 0 }),
      place(251, 250, { session: 200 }),
      place(252, 250, { session: 200 }),
      place(253, 253, { session: 200 })
    ]
    assert.deepStrictEqual(select(all, { 100: "5.1", 251: "5.2" }, own), { 100: "5.1", 251: "5.2" })
    // A child is older than its parent only when the parent's pid has been given out again.
    const reused = [place(400, 400, { startTime: 300 }), place(401, 401, { parent: 400 })]
    assert.deepStrictEqual(select(reused, { 400: "5.1" }), { 400: "5.1" })
  })

  it("P3: a mark counts in either limit, and in the environment among those of other engines", () => {
    const step = { engine: 1_500_000_000, step: 17 }
    const limit = ProcessMark.bytes(step)
    const of = (engine: number, limits: ReadonlyArray<string>, environment?: string) =>
      ProcessMark.ofEngine(engine, limits, () => environment)
    assert.deepStrictEqual(of(step.engine, [limit, "unlimited"]), step)
    assert.deepStrictEqual(of(step.engine, ["1024", limit]), step)
    assert.isUndefined(of(150_000_000, [limit, limit]))
    const environment = "A=1\0HALTE_MARK=7.7,1500000000.17,8.8\0B=1500000000.9"
    assert.deepStrictEqual(of(step.engine, [], environment), step)
    assert.deepStrictEqual(of(8, [], environment), { engine: 8, step: 8 })
    assert.isUndefined(of(500_000_000, [], environment))
    assert.isUndefined(of(step.engine, []))
    assert.deepStrictEqual(ProcessMark.fromText("8.9"), { engine: 8, step: 9 })
    for (const text of ["", "8", "8.", "a.b", "8.9.1", " 8.9"]) assert.isUndefined(ProcessMark.fromText(text))
    assert.deepStrictEqual(
      [...PsPlatform.markedByEngine(" 17 sleep 1 PATH=/bin HALTE_MARK=4.4,5.6 A=1\n 18 sleep HALTE_MARK=55.6", 5)],
      [[17, "5.6"]]
    )
  })
})
