/**
 * What decides how a flow, or one of its steps, runs, as a hash.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import type { FileNode } from "./FileNode.ts"

/**
 * SHA-256 of the resolved definition and of the files of its modules. Comments, quotes, the order of keys and what only
 * people read (`label`, `icon`, `description`) and `drill` do not count; the order of steps does. What modules import is not looked
 * at.
 *
 * @since 0.1.0
 */
export const ofFlow = (root: FileNode, modules: ReadonlyArray<string>): string => make(root, flow, modules)

/**
 * The same of one step and of the modules that it names. A group's is that of its own keys, without its inner steps.
 *
 * @since 0.1.0
 */
export const ofStep = (
  node: FileNode,
  modules: ReadonlyArray<string>,
  /** What the flow says about all of its programs, of a step that has one. */
  ofPrograms: ReadonlyArray<FileNode> = []
): string => make(node, { ...step, leftOut: [...step.leftOut, "steps"] }, modules, ofPrograms)

/** What a map's keys mean for its hash; in a map without a place, such as a module's input, every key is alike. */
interface Place {
  /** Its entries keep their order. */
  readonly ordered?: boolean
  readonly leftOut: ReadonlyArray<string>
  /** The place of an entry's value. */
  readonly inner: (key: string) => Place | undefined
}

const step: Place = {
  leftOut: ["label", "icon", "description"],
  inner: (key) => (key === "steps" ? steps : undefined)
}
// Their order decides which of two ready steps is first.
const steps: Place = { ordered: true, leftOut: [], inner: () => step }
const param: Place = { leftOut: ["description"], inner: () => undefined }
const params: Place = { leftOut: [], inner: () => param }
const flow: Place = {
  leftOut: ["label", "description", "stops-within", "drill"],
  inner: (key) => (key === "steps" ? steps : key === "params" ? params : undefined)
}

const make = (
  root: FileNode,
  place: Place,
  modules: ReadonlyArray<string>,
  more: ReadonlyArray<FileNode> = []
): string => {
  // In one piece: a hash that is given a large flow bit by bit takes longer for that than for the hash.
  let all = ""
  const add = (text: string) => void (all += text)
  write(root, add, place)
  for (const node of more) write(node, add)
  for (const module of modules) add(`module ${module}\n`)
  return createHash("sha256").update(all).digest("hex")
}

const write = (node: FileNode, update: (text: string) => void, place?: Place): void => {
  switch (node._tag) {
    case "Scalar":
      // Where a text is wanted a number counts as it is written: `1.10` is no `1.1`.
      update(`${typeof node.value} ${JSON.stringify(typeof node.value === "number" ? node.text : node.value)}\n`)
      return
    case "List":
      update("[\n")
      for (const item of node.items) write(item, update)
      update("]\n")
      return
    case "Map": {
      const entries = node.entries.filter(({ key }) => place?.leftOut.includes(key.text) !== true)
      const ordered = place?.ordered === true ? entries : entries.toSorted((a, b) => (a.key.text < b.key.text ? -1 : 1))
      update("{\n")
      for (const { key, value } of ordered) {
        update(`${JSON.stringify(key.text)} `)
        write(value, update, place?.inner(key.text))
      }
      update("}\n")
    }
  }
}
