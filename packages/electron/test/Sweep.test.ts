/** The desktop's executable as the program that sweeps: how it is named, and when it is one. */
import { assert, describe, it } from "vitest"
import * as Sweep from "../src/main/Sweep.ts"

const program: Sweep.Program = {
  execPath: "/opt/Halte/halte",
  isPackaged: true,
  appPath: "/opt/Halte/resources/app.asar",
  platform: "linux",
  env: {}
}

describe("the desktop that sweeps", () => {
  it("P3 is its own executable with the flag last, which needs no display and has no process beside it", () => {
    assert.deepStrictEqual(Sweep.sweeper(program), [
      "/opt/Halte/halte",
      "--ozone-platform=headless",
      "--disable-gpu",
      "--no-zygote",
      "--no-sandbox",
      "--halte-sweep"
    ])
    assert.deepStrictEqual(Sweep.sweeper({ ...program, platform: "darwin" }), [
      "/opt/Halte/halte",
      "--disable-gpu",
      "--halte-sweep"
    ])
  })

  it("is Electron with the program's directory where nothing is packaged", () => {
    const [file, app] = Sweep.sweeper({
      ...program,
      isPackaged: false,
      appPath: "/src/electron",
      env: { APPIMAGE: "/x" }
    })
    assert.deepStrictEqual([file, app], ["/opt/Halte/halte", "/src/electron"])
  })

  it("is the AppImage itself: what it is mounted at is gone with the desktop", () => {
    assert.strictEqual(
      Sweep.sweeper({ ...program, env: { APPIMAGE: "/media/Halte.AppImage" } })[0],
      "/media/Halte.AppImage"
    )
    assert.strictEqual(Sweep.sweeper({ ...program, env: { APPIMAGE: "" } })[0], "/opt/Halte/halte")
  })

  it("is asked for by the flag with an engine's number behind it, and by nothing else", () => {
    assert.isTrue(Sweep.isAsked(["/opt/Halte/halte", "--disable-gpu", "--halte-sweep", "--since=5", "77", "77.1"]))
    for (const argv of [
      ["/opt/Halte/halte"],
      ["/opt/Halte/halte", "--halte-sweep"],
      ["/opt/Halte/halte", "halte://execution/--halte-sweep"],
      ["/opt/Halte/halte", "77", "--halte-sweep"]
    ])
      assert.isFalse(Sweep.isAsked(argv), argv.join(" "))
  })

  it("ends with the code of the sweep: 2, as nothing was said to sweep; 0, as nothing of this engine is there", async () => {
    const codes: Array<number> = []
    const listeners = () => process.listeners("SIGTERM").length
    const before = listeners()
    await Sweep.sweep(["halte", "--halte-sweep", "nothing"], (code) => void codes.push(code))
    await Sweep.sweep(
      ["halte", "--halte-sweep", "--since=99", String(2 ** 30 + process.pid)],
      (code) => void codes.push(code)
    )
    assert.deepStrictEqual(codes, process.platform === "linux" ? [2, 0] : [2, codes[1]!])
    for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT", "SIGTERM"])
      for (const listener of process.listeners(signal as NodeJS.Signals).slice(before))
        process.off(signal, listener as () => void)
  })
})
