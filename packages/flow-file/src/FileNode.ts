/**
 * What a flow file holds, as maps, lists and scalars that know their place in the text. YAML and JSON both become this.
 *
 * @since 0.1.0
 */
import type { Range } from "./SourceText.ts"

/**
 * @since 0.1.0
 */
export type FileNode = ScalarNode | ListNode | MapNode

/**
 * `text` is a number or a boolean as it was written (`1.10`), and a text's own value.
 *
 * @since 0.1.0
 */
export interface ScalarNode extends Range {
  readonly _tag: "Scalar"
  readonly value: string | number | boolean | null
  readonly text: string
}

/**
 * @since 0.1.0
 */
export interface ListNode extends Range {
  readonly _tag: "List"
  readonly items: ReadonlyArray<FileNode>
}

/**
 * @since 0.1.0
 */
export interface MapNode extends Range {
  readonly _tag: "Map"
  readonly entries: ReadonlyArray<MapEntry>
}

/**
 * @since 0.1.0
 */
export interface MapEntry {
  readonly key: ScalarNode
  readonly value: FileNode
}

/**
 * A node as a JSON value.
 *
 * @since 0.1.0
 */
export const toJson = (node: FileNode): unknown => {
  switch (node._tag) {
    case "Scalar":
      return node.value
    case "List":
      return node.items.map(toJson)
    case "Map": {
      const out: Record<string, unknown> = {}
      for (const { key, value } of node.entries) setOwn(out, key.text, toJson(value))
      return out
    }
  }
}

/**
 * Sets a property whatever its name is: `__proto__` too is only a name in a file.
 *
 * @since 0.1.0
 */
export const setOwn = (target: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}

/**
 * The value of a key of a map.
 *
 * @since 0.1.0
 */
export const get = (node: FileNode | undefined, key: string): FileNode | undefined =>
  node?._tag === "Map" ? node.entries.find((entry) => entry.key.text === key)?.value : undefined

/**
 * A node in a message: its value when it is short, else what it is.
 *
 * @since 0.1.0
 */
export const describe = (node: FileNode): string => {
  switch (node._tag) {
    case "Map":
      return "a map"
    case "List":
      return "a list"
    case "Scalar":
      return node.value === null || node.text === "" ? "empty" : quote(node.text)
  }
}

/**
 * A text of the file in backticks, cut when it is long.
 *
 * @since 0.1.0
 */
export const quote = (text: string): string => {
  const start = text.slice(0, 61)
  const line = start.split("\n", 1)[0]!
  return `\`${line.length < text.length ? `${line.slice(0, 59).trimEnd()}…` : line}\``
}
