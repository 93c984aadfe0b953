// How the desktop is packaged. What goes in is packages/electron/dist/app and nothing else: everything is bundled there,
// so the application has no dependencies and no node_modules.
import { fileURLToPath } from "node:url"
import type { Configuration } from "electron-builder"

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Of the packages of Linux, which have to name somebody. */
const maintainer = process.env["HALTE_MAINTAINER"]

const both: Array<"x64" | "arm64"> = ["x64", "arm64"]
const targets = <Name extends string>(...names: ReadonlyArray<Name>) => names.map((target) => ({ target, arch: both }))

export default {
  appId: "dev.halte.desktop",
  productName: "Halte",
  copyright: "Copyright © 2026 The Halte authors",
  directories: { app: "dist/app", buildResources: "packaging", output: "dist/packages" },

  // Named one by one: whatever else should come to lie there stays out.
  files: [
    "package.json",
    "Main.js",
    "Host.js",
    "WorkerEntry.js",
    "SweepMain.js",
    "Preload.cjs",
    "chunk-*.js",
    "page/**",
    "resources/*.png",
    "LICENSE",
    "licenses.txt",
    "!**/*.map"
  ],
  // Nothing is unpacked: Electron reads the archive in the main process, in utility processes and in worker threads, and
  // what is unpacked would be outside of what is checked below.
  asar: true,
  disableAsarIntegrity: false,
  // Nothing native, nothing to be installed, and no dependency of the clone to be looked for: `false` says that modules are
  // taken care of.
  beforeBuild: () => Promise.resolve(false),
  nodeGypRebuild: false,
  // The licences of what is inside, where people look for them; Electron and Chromium put theirs beside them.
  extraFiles: [
    { from: here("../dist/app/LICENSE"), to: "licenses/LICENSE.txt" },
    { from: here("../dist/app/licenses.txt"), to: "licenses/bundled.txt" },
    { from: here("../dist/app/page/licenses.txt"), to: "licenses/page.txt" }
  ],
  electronLanguages: ["en-US"],

  electronFuses: {
    // The program is no Node, whatever variables and arguments it is started with.
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    // Its code is what was packaged: macOS and Windows check it.
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    // As Electron is built: there is no snapshot of our own.
    loadBrowserProcessSpecificV8Snapshot: false,
    // Nothing is loaded by `file:`.
    grantFileProtocolExtraPrivileges: false
  },

  // Both of macOS and Linux; on Windows the installer registers it.
  protocols: [{ name: "Halte", schemes: ["halte"], role: "Viewer" }],

  linux: {
    target: targets("AppImage", "deb", "rpm"),
    executableName: "halte-desktop",
    artifactName: "${name}-${version}-${arch}.${ext}",
    syncDesktopName: true,
    icon: here("icons"),
    category: "Development",
    synopsis: "Automation you can stop",
    description: "Runs flows and commands that stop when they are asked to, and go on where they stopped.",
    ...(maintainer === undefined ? undefined : { maintainer }),
    vendor: "Halte",
    // A type of our own for `*.flow.yaml`: all other YAML stays with whatever opens it. Its definition: mime.xml.
    mimeTypes: ["application/vnd.halte.flow+yaml", "application/vnd.halte.flow+json"],
    desktop: {
      entry: {
        Keywords: "automation;workflow;flow;interrupt;",
        StartupNotify: "true",
        SingleMainWindow: "false"
      }
    }
  },
  // Its entry of a menu would switch the sandbox off, and the program does not start so.
  appImage: { executableArgs: [] },
  deb: { fpm: [`${here("mime.xml")}=/usr/share/mime/packages/halte-desktop.xml`] },
  rpm: { fpm: [`${here("mime.xml")}=/usr/share/mime/packages/halte-desktop.xml`] },

  mac: {
    target: targets("dmg", "zip"),
    icon: here("icons/icon.icns"),
    category: "public.app-category.developer-tools",
    darkModeSupport: true,
    hardenedRuntime: true,
    gatekeeperAssess: false,
    entitlements: here("entitlements.mac.plist"),
    entitlementsInherit: here("entitlements.mac.plist"),
    // macOS knows only what follows the last dot. So it is offered under "Open With", and is never what opens all YAML.
    fileAssociations: [
      { ext: ["yaml", "yml"], name: "Halte Flow", role: "Viewer", rank: "Alternate" },
      { ext: ["json"], name: "Halte Flow (JSON)", role: "Viewer", rank: "Alternate" }
    ]
  },

  win: {
    target: targets("nsis"),
    icon: here("icons/icon.ico"),
    artifactName: "${productName}-${version}-${arch}-setup.${ext}"
  },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowToChangeInstallationDirectory: true,
    // Refuses to replace a program that runs, registers the scheme, and offers itself under "Open with".
    include: here("installer.nsh"),
    // Settings stay; what runs and what is recorded lies in the projects.
    deleteAppDataOnUninstall: false,
    license: here("../../../LICENSE"),
    packElevateHelper: false
  },

  // It updates nothing by itself, so it asks no server whether it should.
  publish: null
} satisfies Configuration
