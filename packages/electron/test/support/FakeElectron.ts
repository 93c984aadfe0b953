/**
 * Distributions of Electron that hold what a packager looks at and nothing that runs: the right files, their manifests, and
 * a program with a fuse wire. With them the desktop is packaged for every platform where no Electron can be had.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { NtExecutable, NtExecutableResource, Resource } from "./PackagerParts.ts"

/** As Electron 45 is built: on, on by exception, and one that was taken away would be `r`. */
const wire = "10110001"
const sentinel = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX"

/** What the packager searches a program for: the sentinel, the version, how many fuses there are, and each. */
const fuses = (): Buffer => Buffer.concat([Buffer.from(sentinel), Buffer.from([1, wire.length]), Buffer.from(wire)])

const put = (directory: string, path: string, content: string | Uint8Array = "", mode = 0o644): void => {
  const file = join(directory, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content, { mode })
}

const common = (directory: string): void => {
  put(directory, "LICENSE", "Electron's licence")
  put(directory, "LICENSES.chromium.html", "<p>Chromium's licences</p>")
  put(directory, "version", "45.5.0")
}

/** Of Linux. */
export const linux = (directory: string): void => {
  common(directory)
  put(directory, "electron", Buffer.concat([Buffer.from("#!/bin/sh\nexit 0\n"), fuses()]), 0o755)
  put(directory, "chrome-sandbox", "", 0o755)
  for (const locale of ["de", "en-US"]) put(directory, `locales/${locale}.pak`)
  mkdirSync(join(directory, "resources"), { recursive: true })
}

/** Of Windows: an executable file with resources that can be edited. */
export const windows = (directory: string): void => {
  common(directory)
  const executable = NtExecutable.createEmpty(false, false)
  const resource = NtExecutableResource.from(executable)
  const version = Resource.VersionInfo.createEmpty()
  version.setStringValues({ lang: 1033, codepage: 1200 }, { ProductName: "Electron", FileDescription: "Electron" })
  version.outputToResourceEntries(resource.entries)
  resource.entries.push({ type: "FUSES", id: 1, lang: 1033, codepage: 1200, bin: new Uint8Array(fuses()).buffer })
  resource.outputResource(executable)
  put(directory, "electron.exe", new Uint8Array(executable.generate()))
  for (const locale of ["de", "en-US"]) put(directory, `locales/${locale}.pak`)
  mkdirSync(join(directory, "resources"), { recursive: true })
}

const plist = (entries: Readonly<Record<string, string>>): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0"><dict>${Object.entries(
    entries
  )
    .map(([name, value]) => `<key>${name}</key><string>${value}</string>`)
    .join("")}</dict></plist>\n`

/** Of macOS: an application with its helpers and its framework. */
export const mac = (directory: string): void => {
  common(directory)
  const contents = "Electron.app/Contents"
  put(directory, `${contents}/Info.plist`, plist({ CFBundleExecutable: "Electron", CFBundleName: "Electron" }))
  put(directory, `${contents}/MacOS/Electron`, "#!/bin/sh\nexit 0\n", 0o755)
  put(directory, `${contents}/Resources/electron.icns`)
  for (const locale of ["de", "en"]) put(directory, `${contents}/Resources/${locale}.lproj/InfoPlist.strings`)
  const framework = `${contents}/Frameworks/Electron Framework.framework`
  put(directory, `${framework}/Electron Framework`, fuses(), 0o755)
  for (const locale of ["de", "en"]) put(directory, `${framework}/Versions/A/Resources/${locale}.lproj/locale.pak`)
  for (const kind of ["", " (GPU)", " (Plugin)", " (Renderer)"]) {
    const helper = `${contents}/Frameworks/Electron Helper${kind}.app/Contents`
    put(directory, `${helper}/Info.plist`, plist({ CFBundleExecutable: `Electron Helper${kind}` }))
    put(directory, `${helper}/MacOS/Electron Helper${kind}`, "", 0o755)
  }
}
