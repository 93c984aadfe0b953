/**
 * The steps of a file by id, before they are compiled: what names in `after` and in expressions are looked up in.
 *
 * @since 0.1.0
 */
import { StepId } from "@halte/engine"
import type { FileNode, ScalarNode } from "./FileNode.ts"
import { get } from "./FileNode.ts"
import { innerSteps, kindKeys, type KindKey, type StepFields, type Steps } from "./FlowKeys.ts"
import type { Range } from "./SourceText.ts"

/**
 * @since 0.1.0
 */
export interface DeclaredStep {
  readonly id: StepId.StepId
  readonly group: StepId.StepId | undefined
  readonly key: ScalarNode
  readonly node: FileNode
  readonly fields: StepFields
  /** What makes it what it is; absent when it has none of those keys, or several. */
  readonly kind: KindKey | undefined
  /** All of those keys that it has, with their places. */
  readonly kinds: ReadonlyArray<readonly [KindKey, ScalarNode]>
}

/**
 * A step as the file nests it: without the `*` that the engine puts in the place of an item's index.
 *
 * @since 0.1.0
 */
export const fromEngine = (id: string): string => id.replaceAll("/*", "")

/**
 * @since 0.1.0
 */
export class DeclaredSteps {
  readonly byId = new Map<string, DeclaredStep>()
  /** Where a step refers to others, by the names that it calls them by. */
  readonly #references = new Map<string, Map<string, Range>>()

  constructor(steps: Steps) {
    const register = (entries: Steps, group: StepId.StepId | undefined) => {
      for (const { key, node, value: fields } of entries) {
        const id = StepId.join(group, key.text)
        const kinds = kindKeys.flatMap((kind) => {
          const entry = node._tag === "Map" ? node.entries.find((e) => e.key.text === kind) : undefined
          return entry === undefined ? [] : [[kind, entry.key] as const]
        })
        this.byId.set(id, { id, group, key, node, fields, kinds, kind: kinds.length === 1 ? kinds[0]![0] : undefined })
        if (get(node, "steps") !== undefined) register(innerSteps(fields), id)
      }
    }
    register(steps, undefined)
  }

  /** Looks for a name among the siblings, then outwards; a full id always works. The engine does the same. */
  find(text: string, group: StepId.StepId | undefined): DeclaredStep | undefined {
    for (let at = group; ; at = StepId.parent(at)) {
      const found = this.byId.get(StepId.join(at, text))
      if (found !== undefined || at === undefined) return found
    }
  }

  /** The innermost map that makes a step, of those that it lies in; itself when it is one. */
  mapOf(id: StepId.StepId): StepId.StepId | undefined {
    for (let at: StepId.StepId | undefined = id; at !== undefined; at = StepId.parent(at))
      if (this.byId.get(at)?.fields.map !== undefined) return at
    return undefined
  }

  /** What the engine calls a step: what a map makes has `*` in the place of the index. */
  toEngine(id: StepId.StepId): string {
    const parent = StepId.parent(id)
    if (parent === undefined) return id
    const isMap = this.byId.get(parent)?.fields.map !== undefined
    return `${this.toEngine(parent)}${isMap ? "/*" : ""}/${StepId.lastName(id)}`
  }

  /** A step by the id that the engine calls it by. */
  ofEngine(id: string): DeclaredStep | undefined {
    return this.byId.get(fromEngine(id))
  }

  nearest(text: string): string | undefined {
    return StepId.nearest(text, this.names())
  }

  *names(): Iterable<string> {
    for (const id of this.byId.keys()) {
      yield id
      if (id.includes("/")) yield StepId.lastName(id)
    }
  }

  refers(step: StepId.StepId, name: string, range: Range): void {
    let names = this.#references.get(step)
    if (names === undefined) this.#references.set(step, (names = new Map()))
    if (!names.has(name)) names.set(name, range)
  }

  /** The place that makes `step` come after `before`. */
  placeOf(step: string, before: string): Range | undefined {
    const declared = this.byId.get(step)
    for (const [name, range] of this.#references.get(step) ?? [])
      if (this.find(name, declared?.group)?.id === before) return range
    return undefined
  }
}
