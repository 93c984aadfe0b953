/**
 * What decides how a flow runs, as one hash.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import type { FileNode } from "./FileNode.ts"

/**
 * SHA-256 of the resolved definition and of the files of its modules. Comments, quotes and the order of
 * keys do not count; the order of steps does. What modules import is not looked at.
 *
 * @since 0.1.0
 */
export const make = (root: FileNode, modules: ReadonlyArray<string>): string => {
  const hash = createHash("sha256")
  write(root, (text) => hash.update(text))
  for (const module of modules) hash.update(`module ${module}\n`)
  return hash.digest("hex")
}

// Entries of `steps` keep their order, because it decides which of two ready steps is first; other maps have none.
const write = (node: FileNode, update: (text: string) => void, key?: string): void => {
  switch (node._tag) {
    case "Scalar":
      update(`${typeof node.value} ${JSON.stringify(node.value)}\n`)
      return
    case "List":
      update("[\n")
      for (const item of node.items) write(item, update)
      update("]\n")
      return
    case "Map": {
      const ordered =
        key === "steps" ? node.entries : node.entries.toSorted((a, b) => (a.key.text < b.key.text ? -1 : 1))
      update("{\n")
      for (const { key: name, value } of ordered) {
        update(`${JSON.stringify(name.text)} `)
        write(value, update, name.text)
      }
      update("}\n")
    }
  }
}
