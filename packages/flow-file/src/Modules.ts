/**
 * The modules that a file names, each looked for and read once.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import type { ModuleRunner } from "@halte/engine"
import type { FileNode } from "./FileNode.ts"
import * as ModuleTarget from "./ModuleTarget.ts"
import type { Problems } from "./Problems.ts"

/** A place that names a module, for `FlowFile.check` to load it. */
export interface ModuleUse {
  readonly spec: ModuleRunner.ModuleSpec
  readonly node: FileNode
  readonly owner: string
  /** What it is given, when that is known before the flow runs. */
  readonly input?: { readonly node: FileNode; readonly value: unknown } | undefined
}

/**
 * The file of a module: its absolute path and what it holds.
 *
 * @since 0.1.0
 */
export interface ModuleFile {
  readonly path: string
  readonly sha256: string
}

/**
 * @since 0.1.0
 */
export class Modules {
  readonly uses: Array<ModuleUse> = []
  readonly #flowFile: string
  readonly #problems: Problems
  readonly #hashes = new Map<string, string>()

  constructor(flowFile: string, problems: Problems) {
    this.#flowFile = flowFile
    this.#problems = problems
  }

  /** Finds the module of a `use:`, with the hash of its file; `undefined` once it has been reported. */
  find(text: string, node: FileNode): { readonly spec: ModuleRunner.ModuleSpec; readonly sha256: string } | undefined {
    const found = ModuleTarget.find(text, this.#flowFile)
    if (found._tag === "Failure") {
      const { code, hint, message } = found.failure
      this.#problems.error(node, code, message, hint)
      return undefined
    }
    const { path, spec } = found.success
    const hash = this.#hashes.get(path) ?? sha256(readFileSync(path))
    this.#hashes.set(path, hash)
    return { spec, sha256: hash }
  }

  /** Each module's file, in the order of first use. */
  get files(): ReadonlyArray<ModuleFile> {
    return [...this.#hashes].map(([path, hash]) => ({ path, sha256: hash }))
  }
}

/** What a file holds, as its hash in hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")
