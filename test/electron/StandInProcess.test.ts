import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterEach, beforeEach } from "vitest"
import { electronControl, MessageChannelMain, type MessagePortMain, utilityProcess } from "../support/electron/Main.ts"
import type { PortMessage } from "../support/electron/MessagePorts.ts"
import type { UtilityProcess } from "../support/electron/UtilityProcess.ts"
import { eventually } from "../support/Eventually.ts"

const echoing = fileURLToPath(new URL("fixtures/echoing-utility.mjs", import.meta.url))

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
})
afterEach(electronControl.reset)

const nextOf = async (emitter: UtilityProcess): Promise<unknown> => (await once(emitter, "message"))[0]
const nextIn = async (port: MessagePortMain): Promise<PortMessage> => (await once(port, "message"))[0] as PortMessage
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const gone = (pid: number) =>
  Effect.runPromise(eventually(() => !isAlive(pid), `the end of ${pid}`, { millis: 15_000 }))

describe("the stand-in's utility process", () => {
  it("is a real process that is answered through its parent port", async () => {
    const child = utilityProcess.fork(echoing, ["one"], { stdio: "pipe" })
    await once(child, "spawn")
    assert.notStrictEqual(child.pid, process.pid)
    child.postMessage({ hello: new Map([["a", 1]]) })
    assert.deepStrictEqual(await nextOf(child), {
      echoed: { hello: new Map([["a", 1]]) },
      type: "utility",
      argv: ["one"],
      sends: "undefined"
    })
    const [line] = (await once(child.stdout!, "data")) as [Buffer]
    assert.strictEqual(line.toString(), "ready\n")
  })

  it("gets ports, and ports through ports, and tells when one is closed", async () => {
    const child = utilityProcess.fork(echoing)
    const channel = new MessageChannelMain()
    child.postMessage("a port", [channel.port2])
    await nextOf(child)
    channel.port1.start()
    // As a structured clone gives them: a Buffer arrives as bytes.
    channel.port1.postMessage(Buffer.from("bytes"))
    const { data } = await nextIn(channel.port1)
    assert.deepStrictEqual(data, { echoed: new Uint8Array(Buffer.from("bytes")), bytes: true })

    const inner = new MessageChannelMain()
    inner.port1.start()
    channel.port1.postMessage("another", [inner.port2])
    await nextIn(channel.port1)
    inner.port1.postMessage("through it")
    assert.deepStrictEqual((await nextIn(inner.port1)).data, { echoed: "through it", bytes: false })

    const closed = nextOf(child)
    inner.port1.close()
    assert.strictEqual(await closed, "a port was closed")
    channel.port1.postMessage("close")
    await once(channel.port1, "close")
  })

  it("sends a port what was said before its end, and in order", async () => {
    const child = utilityProcess.fork(echoing)
    const channel = new MessageChannelMain()
    child.postMessage("a port", [channel.port2])
    await nextOf(child)
    const heard: Array<unknown> = []
    channel.port1.on("message", ({ data }: PortMessage) => heard.push((data as { readonly echoed: number }).echoed))
    channel.port1.start()
    for (let i = 0; i < 200; i++) channel.port1.postMessage(i)
    channel.port1.postMessage("close")
    await once(channel.port1, "close")
    assert.deepStrictEqual(
      heard,
      Array.from({ length: 200 }, (_, i) => i)
    )
  })

  it("refuses what can't be cloned, on both sides", async () => {
    const child = utilityProcess.fork(echoing)
    assert.throws(() => child.postMessage(() => undefined), "An object could not be cloned.")
    child.postMessage("function")
    assert.strictEqual(await nextOf(child), "An object could not be cloned.")
    const { port1 } = new MessageChannelMain()
    assert.throws(() => port1.postMessage({ at: () => undefined }), "An object could not be cloned.")
  })

  it("tells its exit code, and closes the ports that it had", async () => {
    const child = utilityProcess.fork(echoing)
    const channel = new MessageChannelMain()
    channel.port1.start()
    child.postMessage("a port", [channel.port2])
    await nextOf(child)
    child.postMessage("exit")
    const [[code]] = await Promise.all([once(child, "exit"), once(channel.port1, "close")])
    assert.strictEqual(code, 7)
    assert.isUndefined(child.pid)
    assert.isFalse(child.kill())
  })

  it("dies of a SIGKILL with a code that isn't 0, also while it loops", async () => {
    const child = utilityProcess.fork(echoing)
    const channel = new MessageChannelMain()
    child.postMessage("a port", [channel.port2])
    await nextOf(child)
    const { pid } = child
    channel.port1.postMessage("sync-loop")
    process.kill(pid!, "SIGKILL")
    const [code] = (await once(child, "exit")) as [number]
    assert.notStrictEqual(code, 0)
    await gone(pid!)
  })

  it("dies with the program that started it, even of a SIGKILL", async () => {
    const program = spawn(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { app, utilityProcess } from ${JSON.stringify(new URL("../support/electron/Main.ts", import.meta.url).href)}
         app.whenReady().then(() => {
           const child = utilityProcess.fork(${JSON.stringify(echoing)}, [], { stdio: "ignore" })
           child.postMessage("hello")
           child.on("message", () => console.log(child.pid))
         })`
      ],
      { stdio: ["ignore", "pipe", "inherit"] }
    )
    const [printed] = (await once(program.stdout, "data")) as [Buffer]
    const pid = Number(printed.toString())
    assert.isTrue(isAlive(pid))
    program.kill("SIGKILL")
    await gone(pid)
  })

  it("can't be started before the program is ready", () => {
    electronControl.reset()
    assert.throws(() => utilityProcess.fork(echoing), "before app is ready")
  })
})

describe("the stand-in's message port", () => {
  it("keeps messages until it is started, and can be sent only once", async () => {
    const { port1, port2 } = new MessageChannelMain()
    port1.postMessage("early")
    port2.start()
    assert.strictEqual((await nextIn(port2)).data, "early")
    const other = new MessageChannelMain()
    port1.postMessage("a port", [other.port1])
    const { ports } = await nextIn(port2)
    assert.lengthOf(ports, 1)
    assert.throws(() => port1.postMessage("again", [other.port1]), "neutered")
    assert.throws(() => port1.postMessage("itself", [port1]), "source port")
    ports[0]!.start()
    other.port2.postMessage("to where it went")
    assert.strictEqual((await nextIn(ports[0]!)).data, "to where it went")
  })
})
