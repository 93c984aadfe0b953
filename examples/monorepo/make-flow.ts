/**
 * Writes a flow file of the packages of a lockfile: two steps for each of them.
 *
 *   node examples/monorepo/make-flow.ts [--lockfile package-lock.json] [--out out/packages.flow.yaml]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, dirname, relative, resolve } from "node:path"
import { parseArgs } from "node:util"
import * as PackageTree from "./package-tree.ts"

const { values: given } = parseArgs({
  options: {
    lockfile: { type: "string", default: "package-lock.json" },
    out: { type: "string", default: "out/packages.flow.yaml" }
  }
})
const { leftOut, packages } = PackageTree.read(readFileSync(given.lockfile, "utf8"))

/** Names of steps: small letters, digits and hyphens, each once. */
const names = new Map<string, string>()
const taken = new Set<string>(["tree"])
for (const { path } of packages) {
  const plain = path
    .replaceAll("node_modules/", "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
  let name = plain
  for (let i = 2; taken.has(name); i++) name = `${plain}-${i}`
  taken.add(name)
  names.set(path, name)
}
const nameOf = (path: string): string => names.get(path)!

const module = relative(dirname(resolve(given.out)), resolve(import.meta.dirname, "package-digest.ts")).replaceAll(
  "\\",
  "/"
)
const use = module.startsWith(".") ? module : `./${module}`
const expression = (text: string) => `"\${{ ${text} }}"`

const steps = packages.map(({ name, needs, path, version }) => {
  const needed = needs.map((one) => expression(`steps['${nameOf(one)}/digest'].output`))
  return `  ${nameOf(path)}:
    label: '${name} ${version}'
    steps:
      read: { use: ${use}#read, stops-within: 1s, with: { root: ${expression("params.root")}, path: ${path}, journal: ${expression("params.journal")} } }
      digest: { use: ${use}#digest, stops-within: 1s, with: { path: ${path}, own: ${expression("steps.read.output")}, needs: [${needed.join(", ")}], journal: ${expression("params.journal")} } }
`
})
const text = `# Made by examples/monorepo/make-flow.ts from ${basename(given.lockfile)}: ${packages.length} packages.
# ${leftOut.length === 0 ? "No edge was left out." : `Left out, so that nothing waits for itself: ${leftOut.map(([from, to]) => `${from} → ${to}`).join(", ")}.`}
halte: 1
name: ${basename(given.out).replace(/(\.flow)?\.ya?ml$/, "")}
description: A digest of every installed package over those of what it needs.
params:
  root: { default: ., description: Where node_modules lies }
  journal: { optional: true, description: A file that gets a line for each piece of work }
concurrency: 16
steps:
${steps.join("")}
  tree:
    use: ${use}#tree
    stops-within: 1s
    with:
      digests: [${packages.map(({ path }) => expression(`steps['${nameOf(path)}/digest'].output`)).join(", ")}]
      journal: ${expression("params.journal")}
`
mkdirSync(dirname(resolve(given.out)), { recursive: true })
writeFileSync(given.out, text)
console.log(
  `${given.out}: ${packages.length * 2 + 1} steps for ${packages.length} packages, ${leftOut.length} edges left out`
)
