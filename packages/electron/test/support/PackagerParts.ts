/** What the packager is made of, in the versions that it uses itself. */
import { createRequire } from "node:module"

const from = (require: NodeJS.Require, name: string): NodeJS.Require => createRequire(require.resolve(name))
const builder = from(createRequire(import.meta.url), "electron-builder/package.json")
const lib = from(builder, "app-builder-lib/package.json")

export interface ExecutableFile {
  readonly generate: () => ArrayBuffer
}
interface Version {
  readonly setStringValues: (
    language: { readonly lang: number; readonly codepage: number },
    values: Readonly<Record<string, string>>
  ) => void
  readonly outputToResourceEntries: (entries: Array<ResourceEntry>) => void
}
interface ResourceEntry {
  readonly type: string | number
  readonly id: string | number
  readonly lang: number
  readonly codepage: number
  readonly bin: ArrayBuffer
}
interface Resources {
  readonly entries: Array<ResourceEntry>
  readonly outputResource: (executable: ExecutableFile) => void
}

const resedit = lib("resedit") as {
  readonly NtExecutable: {
    readonly createEmpty: (is32Bit: boolean, isDll: boolean) => ExecutableFile
    readonly from: (bytes: Uint8Array) => ExecutableFile
  }
  readonly NtExecutableResource: { readonly from: (executable: ExecutableFile) => Resources }
  readonly Resource: { readonly VersionInfo: { readonly createEmpty: () => Version } }
}
export const { NtExecutable, NtExecutableResource, Resource } = resedit

export const asar = lib("@electron/asar") as {
  readonly listPackage: (archive: string, options: { readonly isPack: boolean }) => ReadonlyArray<string>
  readonly extractFile: (archive: string, path: string) => Buffer
  readonly statFile: (archive: string, path: string) => { readonly unpacked?: boolean; readonly integrity?: unknown }
}

export const fuses = lib("@electron/fuses") as {
  readonly getCurrentFuseWire: (program: string) => Promise<Readonly<Record<string, number | string>>>
  readonly FuseV1Options: Readonly<Record<string, number | string>>
}

export const plist = lib("plist") as { readonly parse: (text: string) => unknown }

/** Throws with everything that is wrong. */
export const validateConfiguration = (
  lib("app-builder-lib/out/util/config/config") as {
    readonly validateConfiguration: (configuration: unknown, log: { readonly isEnabled: boolean }) => Promise<void>
  }
).validateConfiguration

/** The program itself. */
export const program = builder.resolve("electron-builder/cli.js")
