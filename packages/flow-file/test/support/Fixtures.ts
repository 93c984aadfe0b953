import { fileURLToPath } from "node:url"

/** The path of a file under `fixtures`. */
export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
