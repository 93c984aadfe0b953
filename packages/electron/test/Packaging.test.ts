/** What a packaged desktop holds, on each platform, made by the packager itself around an Electron that is no Electron. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as BuildDesktop from "../../../test/support/BuildDesktop.ts"
import config from "../packaging/ElectronBuilder.ts"
import * as Packaged from "./support/Packaged.ts"
import {
  asar,
  fuses,
  NtExecutable,
  NtExecutableResource,
  plist,
  validateConfiguration
} from "./support/PackagerParts.ts"

const ceiling = 180_000
const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8")

let packaged: Packaged.Packaged
beforeAll(() => {
  BuildDesktop.build()
  packaged = Packaged.make()
}, ceiling)
afterAll(() => packaged.remove())

const archiveOf: Readonly<Record<Packaged.Platform, string>> = {
  linux: "resources/app.asar",
  mac: "Contents/Resources/app.asar",
  win: "resources/app.asar"
}
const programOf: Readonly<Record<Packaged.Platform, string>> = {
  linux: "halte-desktop",
  mac: "Contents/MacOS/Halte",
  win: "Halte.exe"
}
const licensesOf: Readonly<Record<Packaged.Platform, string>> = {
  linux: "licenses",
  mac: "Contents/licenses",
  win: "licenses"
}
const platforms = ["linux", "mac", "win"] as const

describe("the configuration of the packager", () => {
  it("is one that the packager itself accepts", () => validateConfiguration(config, { isEnabled: false }))

  it("is refused by the same check when something in it is wrong", async () => {
    const error = await validateConfiguration({ ...config, fuse: true }, { isEnabled: false }).then(
      () => undefined,
      (error: unknown) => String(error)
    )
    assert.include(error, "unknown property 'fuse'")
  })

  it("makes installers of Linux, macOS and Windows for x64 and arm64", () => {
    const targets = (of: unknown) => (of as { target: ReadonlyArray<{ target: string; arch: unknown }> }).target
    assert.deepStrictEqual(
      [config.linux, config.mac, config.win].map((of) => targets(of).map(({ target }) => target)),
      [["AppImage", "deb", "rpm"], ["dmg", "zip"], ["nsis"]]
    )
    for (const of of [config.linux, config.mac, config.win])
      for (const { arch } of targets(of)) assert.deepStrictEqual(arch, ["x64", "arm64"])
  })

  it("switches no sandbox off: the entry that an AppImage brings has no arguments but what is opened", () => {
    assert.deepStrictEqual(config.appImage.executableArgs, [])
    assert.notMatch(JSON.stringify(config), /no-sandbox/)
  })

  it("names files that are there", () => {
    for (const file of [
      config.mac.icon,
      config.mac.entitlements,
      config.win.icon,
      config.linux.icon,
      config.nsis.include
    ])
      assert.isTrue(existsSync(file), file)
    const [from] = config.deb.fpm[0]!.split("=")
    assert.isTrue(existsSync(from!))
  })
})

describe.each(platforms)("the application of %s", (platform) => {
  const inside = (path: string) => join(packaged.directory(platform), path)

  it(
    "holds the bundle, the page, the icons and the licences, and nothing else (P3: the sweep goes along)",
    { timeout: ceiling },
    () => {
      const files = asar
        .listPackage(inside(archiveOf[platform]), { isPack: false })
        .map((path) => path.replaceAll("\\", "/").replace(/^\//, ""))
      for (const name of [
        "Main.js",
        "Host.js",
        "WorkerEntry.js",
        "SweepMain.js",
        "Preload.cjs",
        "page/index.html",
        "licenses.txt",
        "LICENSE",
        "resources/tray.png"
      ])
        assert.include(files, name)
      const allowed =
        /^(?:(?:Main|Host|WorkerEntry|SweepMain|chunk-[\w-]+)\.js|Preload\.cjs|package\.json|LICENSE|licenses\.txt|page|page\/assets|page\/(?:assets\/)?[\w.-]+\.(?:html|js|css|svg|txt|woff2)|resources|resources\/[\w@.-]+\.png)$/
      assert.deepStrictEqual(
        files.filter((path) => !allowed.test(path) || /\.map$|\.ts$/.test(path)),
        []
      )
      // All of what was built: nothing is missing, whatever its name will be.
      const built = readdirSync(BuildDesktop.app, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(BuildDesktop.app, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
      assert.includeMembers(files, built)
      for (const path of Packaged.planted) assert.notInclude(files, path)
      // Beside the archive there is nothing that could be run instead of it.
      const resources = readdirSync(join(inside(archiveOf[platform]), ".."))
      assert.deepStrictEqual(
        resources.filter((name) => name.startsWith("app")),
        ["app.asar"]
      )
      // Inside the archive, not beside it: what is unpacked is not checked.
      for (const name of ["Host.js", "WorkerEntry.js"])
        assert.isUndefined(asar.statFile(inside(archiveOf[platform]), name).unpacked)
      assert.isDefined(asar.statFile(inside(archiveOf[platform]), "Main.js").integrity)
    }
  )

  it("needs no package, and is called what the platform finds it by", () => {
    const manifest = JSON.parse(asar.extractFile(inside(archiveOf[platform]), "package.json").toString()) as Record<
      string,
      unknown
    >
    assert.notProperty(manifest, "dependencies")
    assert.notProperty(manifest, "devDependencies")
    assert.deepInclude(manifest, {
      name: "halte-desktop",
      productName: "Halte",
      type: "module",
      main: "Main.js",
      desktopName: "halte-desktop.desktop"
    })
  })

  it("has its program, the licences of everything, and one language of Chromium", () => {
    assert.isTrue(existsSync(inside(programOf[platform])))
    assert.include(readFileSync(inside(`${licensesOf[platform]}/LICENSE.txt`), "utf8"), "The Halte authors")
    assert.include(readFileSync(inside(`${licensesOf[platform]}/bundled.txt`), "utf8"), "effect 4.1.0 (MIT)")
    assert.include(readFileSync(inside(`${licensesOf[platform]}/page.txt`), "utf8"), "react-dom")
    // Of an unpacked Electron the packager takes only the application on macOS; of a downloaded one these, too.
    if (platform !== "mac")
      for (const name of ["LICENSE.electron.txt", "LICENSES.chromium.html"])
        assert.isTrue(existsSync(inside(name)), name)
    const locales =
      platform === "mac"
        ? readdirSync(inside("Contents/Resources")).filter((name) => name.endsWith(".lproj"))
        : readdirSync(inside("locales"))
    assert.deepStrictEqual(locales, [platform === "mac" ? "en.lproj" : "en-US.pak"])
  })

  it("is no Node, loads nothing but its archive, checks it, and encrypts its cookies: its fuses are as style §7.7 says", async () => {
    const program = platform === "mac" ? packaged.directory("mac") : inside(programOf[platform])
    const found = await fuses.getCurrentFuseWire(program)
    const state = (name: string) => String.fromCharCode(found[fuses.FuseV1Options[name]!] as number)
    const names = [
      "RunAsNode",
      "EnableCookieEncryption",
      "EnableNodeOptionsEnvironmentVariable",
      "EnableNodeCliInspectArguments",
      "EnableEmbeddedAsarIntegrityValidation",
      "OnlyLoadAppFromAsar",
      "LoadBrowserProcessSpecificV8Snapshot",
      "GrantFileProtocolExtraPrivileges"
    ]
    assert.deepStrictEqual(Object.fromEntries(names.map((name) => [name, state(name)])), {
      RunAsNode: "0",
      EnableCookieEncryption: "1",
      EnableNodeOptionsEnvironmentVariable: "0",
      EnableNodeCliInspectArguments: "0",
      EnableEmbeddedAsarIntegrityValidation: "1",
      OnlyLoadAppFromAsar: "1",
      LoadBrowserProcessSpecificV8Snapshot: "0",
      GrantFileProtocolExtraPrivileges: "0"
    })
  })
})

describe("what Linux knows of it", () => {
  let entries: ReadonlyArray<Packaged.Entry> = []
  beforeAll(() => {
    entries = packaged.entries()
  }, ceiling)
  const entry = (target: string) => {
    const found = entries.find((one) => one.target === target)
    assert.isDefined(found, target)
    return found!
  }

  it.each(["deb", "rpm", "AppImage"])("the entry of the menu opens files and addresses: %s", (target) => {
    const lines = entry(target).desktop.split("\n")
    for (const line of [
      "Name=Halte",
      "Terminal=false",
      "Icon=halte-desktop",
      // By it a window finds its entry.
      "StartupWMClass=halte-desktop",
      "Categories=Development;"
    ])
      assert.include(lines, line)
    const types = lines.find((line) => line.startsWith("MimeType="))!.slice("MimeType=".length)
    assert.deepStrictEqual(
      [...new Set(types.split(";"))],
      ["application/vnd.halte.flow+yaml", "application/vnd.halte.flow+json", "x-scheme-handler/halte", ""]
    )
    assert.match(
      lines.find((line) => line.startsWith("Exec="))!,
      target === "AppImage" ? /%U$/ : /^Exec=\/opt\/Halte\/halte-desktop %U$/
    )
  })

  it.each(["deb", "rpm"])("the package brings the type of flow files, the icons and the entry: %s", (target) => {
    const { args } = entry(target)
    const installed = args.flatMap((arg) => /=(\/usr\/.*)$/.exec(arg)?.[1] ?? [])
    assert.includeMembers(installed, [
      "/usr/share/mime/packages/halte-desktop.xml",
      "/usr/share/applications/halte-desktop.desktop",
      ...[16, 24, 32, 48, 64, 128, 256, 512].map(
        (size) => `/usr/share/icons/hicolor/${size}x${size}/apps/halte-desktop.png`
      )
    ])
    assert.include(args.join(" "), "MIT")
  })

  it("takes flow files by the whole ending of their name, and no other YAML", () => {
    const xml = read("../packaging/mime.xml")
    const patterns = [...xml.matchAll(/<glob pattern="([^"]+)" weight="(\d+)"/g)].map(([, glob, weight]) => [
      glob,
      weight
    ])
    assert.deepStrictEqual(patterns, [
      ["*.flow.yaml", "60"],
      ["*.flow.yml", "60"],
      ["*.flow.json", "60"]
    ])
    const types = [...xml.matchAll(/<mime-type type="([^"]+)"/g)].map(([, type]) => type)
    assert.deepStrictEqual(types, config.linux.mimeTypes)
    assert.deepStrictEqual(
      [...xml.matchAll(/<sub-class-of type="([^"]+)"/g)].map(([, type]) => type),
      ["application/yaml", "application/json"]
    )
  })
})

describe("what macOS knows of it", () => {
  interface Info {
    readonly CFBundleIdentifier: string
    readonly CFBundleDocumentTypes: ReadonlyArray<{
      readonly CFBundleTypeExtensions: ReadonlyArray<string>
      readonly LSHandlerRank: string
    }>
    readonly CFBundleURLTypes: ReadonlyArray<{ readonly CFBundleURLSchemes: ReadonlyArray<string> }>
    readonly ElectronAsarIntegrity: Readonly<Record<string, { readonly algorithm: string; readonly hash: string }>>
  }
  it("it is offered for YAML and JSON, and never what opens all of them", { timeout: ceiling }, () => {
    const info = plist.parse(readFileSync(join(packaged.directory("mac"), "Contents/Info.plist"), "utf8")) as Info
    assert.strictEqual(info.CFBundleIdentifier, "dev.halte.desktop")
    assert.deepStrictEqual(
      info.CFBundleDocumentTypes.map((type) => [type.CFBundleTypeExtensions, type.LSHandlerRank]),
      [
        [["yaml", "yml"], "Alternate"],
        [["json"], "Alternate"]
      ]
    )
    assert.deepStrictEqual(
      info.CFBundleURLTypes.flatMap((type) => type.CFBundleURLSchemes),
      ["halte"]
    )
    const integrity = info.ElectronAsarIntegrity["Resources/app.asar"]
    assert.strictEqual(integrity?.algorithm, "SHA256")
    assert.match(integrity!.hash, /^[0-9a-f]{64}$/)
  })

  it("its entitlements give up nothing of the hardened runtime but what V8 needs", () => {
    assert.deepStrictEqual(plist.parse(read("../packaging/entitlements.mac.plist")), {
      "com.apple.security.cs.allow-jit": true
    })
    assert.strictEqual(config.mac.hardenedRuntime, true)
  })
})

describe("what Windows knows of it", () => {
  it("its program names the hash of its archive", { timeout: ceiling }, () => {
    const bytes = readFileSync(join(packaged.directory("win"), "Halte.exe"))
    const { entries } = NtExecutableResource.from(NtExecutable.from(bytes))
    const found = entries.find(({ type }) => type === "INTEGRITY")
    assert.isDefined(found)
    const [entry] = JSON.parse(Buffer.from(found!.bin).toString()) as ReadonlyArray<Record<string, string>>
    assert.deepInclude(entry, { file: "resources\\app.asar", alg: "SHA256" })
    assert.match(entry!["value"]!, /^[0-9a-f]{64}$/)
  })

  it("its installer ends no Halte that runs, leaves the defaults of endings alone, and takes back what it wrote", () => {
    const script = read("../packaging/installer.nsh")
    const written = [...script.matchAll(/WriteRegStr SHELL_CONTEXT "([^"]+)"/g)].map(([, key]) => key!)
    assert.isAbove(written.length, 5)
    // The default of an ending is the value without a name of its own key.
    assert.isFalse(written.some((key) => /^Software\\Classes\\\.[^\\]+$/.test(key)))
    assert.notMatch(script, /KILL_PROCESS|taskkill/i)
    assert.match(script, /!macro customCheckAppRunning[\s\S]*MB_RETRYCANCEL[\s\S]*Quit\n[\s\S]*!macroend/)
    const removed = script.slice(script.indexOf("!macro customUnInstall"))
    for (const key of ["Halte.Flow", "Applications\\${APP_EXECUTABLE_FILENAME}", "halte"])
      assert.include(removed, `DeleteRegKey SHELL_CONTEXT "Software\\Classes\\${key}"`)
    const offered = [...script.matchAll(/insertmacro halteOffer "(\w+)"/g)].map(([, ending]) => ending)
    const forgotten = [...script.matchAll(/insertmacro halteForget "(\w+)"/g)].map(([, ending]) => ending)
    assert.deepStrictEqual(offered, ["yaml", "yml", "json"])
    assert.deepStrictEqual(forgotten, offered)
  })
})
