// Lets electron-builder prepare the packages of Linux up to the point where it would call the tool that writes them, which
// it would have to download; writes down what that tool would have been told.
import { readFileSync, writeFileSync } from "node:fs"
import { build, Platform } from "electron-builder"
import config from "../../packaging/ElectronBuilder.ts"

const { answer, app, electronDist, output } = JSON.parse(process.argv[2])
const entries = []
await build({
  targets: Platform.LINUX.createTarget(["deb", "rpm", "AppImage"]),
  projectDir: ".",
  publish: "never",
  config: {
    ...config,
    electronDist,
    directories: { ...config.directories, app, output },
    linux: { ...config.linux, target: undefined }
  },
  effectiveOptionComputed: async (options) => {
    const [args, file] = Array.isArray(options) ? options : [[], undefined]
    const type = /^(deb|rpm)$/.exec(
      args
        .find((arg) => /\.(deb|rpm)$/.test(arg))
        ?.split(".")
        .pop() ?? ""
    )?.[1]
    entries.push({
      target: type ?? "AppImage",
      args,
      desktop: file === undefined ? options.desktop : readFileSync(file, "utf8")
    })
    return true
  }
})
writeFileSync(answer, JSON.stringify(entries))
