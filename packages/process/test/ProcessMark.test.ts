import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { once } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import { ProcessMark } from "@halte/process"
import * as LinuxPlatform from "../src/process/LinuxPlatform.ts"
import * as SafeSignal from "../src/process/SafeSignal.ts"
import { select } from "../src/process/TreeMembership.ts"
import type { ProcessMember } from "../src/process/ProcessMember.ts"

const mark = { engine: 1_500_000_000, step: 17 }

describe("marks", () => {
  it("P3: a mark is a limit far over any memory, and is read back from it", () => {
    assert.strictEqual(ProcessMark.kibibytes(mark), 1_500_000_000 * 2 ** 20 + 17)
    assert.deepStrictEqual(ProcessMark.fromBytes(ProcessMark.bytes(mark)), mark)
    for (const limit of ["unlimited", "0", "8589934592", String(2n ** 63n)])
      assert.isUndefined(ProcessMark.fromBytes(limit))
    for (let i = 0; i < 100; i++) {
      const engine = ProcessMark.newEngine()
      assert.isAtLeast(engine, 2 ** 30)
      assert.isBelow(engine, 2 ** 31)
    }
  })

  it("an engine inside a step of another one takes a number below that one's", () => {
    const hard = ProcessMark.bytes(mark)
    for (let i = 0; i < 100; i++) {
      const inner = ProcessMark.newEngine(hard)
      assert.isBelow(
        BigInt(ProcessMark.kibibytes({ engine: inner, step: 2 ** 20 - 1 })) * 1024n < BigInt(hard) ? 0 : 1,
        1
      )
      assert.isAtLeast(inner, 2 ** 20)
    }
    assert.strictEqual(ProcessMark.inEnvironment({ engine: 5, step: 6 }, "1.2"), "1.2,5.6")
  })

  it("is found in an environment among others, and not in one that only looks like it", () => {
    const has = (environment: string) => ProcessMark.environmentHas(environment, mark)
    assert.isTrue(has("A=1\0HALTE_MARK=1500000000.17\0B=2"))
    assert.isTrue(has("HALTE_MARK=7.7,1500000000.17"))
    assert.isTrue(has("node x.js HALTE_MARK=1500000000.17,9.9 PATH=/bin"))
    assert.isFalse(has("HALTE_MARK=1500000000.170"))
    assert.isFalse(has("HALTE_MARK=11500000000.17"))
    assert.isFalse(has("MY_HALTE_MARK=1500000000.17"))
  })

  it("numbers of steps come round, and leave out those in use", () => {
    const counter = ProcessMark.counter(5)
    const first = counter.take()
    assert.deepStrictEqual(first, { engine: 5, step: 1 })
    for (let i = 2; i < 2 ** 20; i++) counter.giveBack(counter.take())
    assert.deepStrictEqual(counter.take(), { engine: 5, step: 2 })
    counter.giveBack(first)
  })
})

describe.runIf(process.platform === "linux")("guards", () => {
  it("P9: nothing is ever sent to pid 0, −1, 1, this process, its parent or its group", () => {
    for (const pid of [0, -1, 1, process.pid, process.ppid, 1.5, Number.NaN, -process.pid]) {
      assert.strictEqual(SafeSignal.toProcess(pid, "SIGKILL"), "refused")
    }
    const line = readFileSync("/proc/self/stat", "latin1")
    const own = Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[2])
    for (const group of [0, 1, -1, own, process.pid])
      assert.strictEqual(SafeSignal.toGroup(group, "SIGKILL"), "refused")
  })

  it("P9: a process whose start time differs is left alone", async () => {
    const platform = LinuxPlatform.make()
    const child = spawn("sleep", ["60"])
    try {
      const member = (await platform.identify(child.pid!))!
      const other = { ...member, startTime: member.startTime - 1 }
      assert.strictEqual(await platform.signal(other, "SIGKILL"), "gone")
      assert.deepStrictEqual(await platform.alive([other]), [])
      assert.isTrue(await platform.hasEnded(other))
      assert.isFalse(await platform.hasEnded(member))
      assert.strictEqual(await platform.signal(member, "SIGTERM"), "sent")
      const [, signal] = await once(child, "exit")
      assert.strictEqual(signal, "SIGTERM")
      assert.strictEqual(await platform.signal(member, "SIGTERM"), "gone")
    } finally {
      child.kill("SIGKILL")
    }
  })

  it("P9: a group that may be somebody else's by now does not count", () => {
    const member = (pid: number, more: Partial<ProcessMember> = {}): ProcessMember => ({
      pid,
      startTime: 200,
      parent: 1,
      group: 100,
      session: 100,
      state: "running",
      ...more
    })
    const query = { leader: { pid: 100, startTime: 150 }, mark, leaderHeld: false, known: new Set<string>() }
    const pids = (q: Partial<typeof query>, marked: ReadonlyArray<number>, members: ReadonlyArray<ProcessMember>) =>
      select(members, { ...query, ...q }, (p) => marked.includes(p.pid)).found.map((p) => p.pid)
    const group = [member(100), member(101)]
    // The pid of the leader was given out again, and its new owner leads a group of the same number.
    assert.deepStrictEqual(pids({}, [], group), [])
    assert.isFalse(select(group, query, () => false).groupHeld)
    // While the system holds the leader, or a member we know or that is marked lives in it, it is ours.
    assert.deepStrictEqual(pids({ leaderHeld: true }, [], group), [100, 101])
    assert.deepStrictEqual(pids({ known: new Set(["101:200"]) }, [], group), [101, 100])
    assert.deepStrictEqual(pids({}, [101], group), [101, 100])
    // A child of a member is one, wherever it went.
    const child = member(300, { parent: 101, group: 300, session: 300 })
    assert.deepStrictEqual(pids({}, [101], [member(101), child]), [101, 300])
  })
})
