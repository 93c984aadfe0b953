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

  /** Finds the module of a `use:`; `undefined` once it has been reported. */
  find(text: string, node: FileNode): ModuleRunner.ModuleSpec | undefined {
    const found = ModuleTarget.find(text, this.#flowFile)
    if (found._tag === "Failure") {
      const { code, hint, message } = found.failure
      this.#problems.error(node, code, message, hint)
      return undefined
    }
    const { path, spec } = found.success
    if (!this.#hashes.has(path)) this.#hashes.set(path, createHash("sha256").update(readFileSync(path)).digest("hex"))
    return spec
  }

  /** SHA-256 of each module's file, in the order of first use. */
  get hashes(): ReadonlyArray<string> {
    return [...this.#hashes.values()]
  }
}
