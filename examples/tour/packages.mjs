// Lists the installed packages with their licenses and sizes. A program like any other: it knows Halte only by the file
// that HALTE_REPORT names, where it says how far it is.
//
//   node packages.mjs DIRECTORY OUTPUT
import { appendFileSync, existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const [root, output] = process.argv.slice(2)

const report = (progress) => {
  const { HALTE_REPORT } = process.env
  if (HALTE_REPORT !== undefined) appendFileSync(HALTE_REPORT, `${JSON.stringify(progress)}\n`)
}

const directories = readdirSync(root)
  .filter((name) => !name.startsWith("."))
  .flatMap((name) => (name.startsWith("@") ? readdirSync(join(root, name)).map((inner) => join(name, inner)) : [name]))
  // Links lead to the packages of a workspace, which are not installed.
  .filter((name) => !lstatSync(join(root, name)).isSymbolicLink() && existsSync(join(root, name, "package.json")))

const sizeOf = (directory) => {
  let size = 0
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    size += entry.isDirectory() ? sizeOf(path) : lstatSync(path).size
  }
  return size
}

const packages = []
for (const [i, name] of directories.entries()) {
  report({ done: i, total: directories.length, message: name })
  const { license = "none stated", version } = JSON.parse(readFileSync(join(root, name, "package.json"), "utf8"))
  packages.push({ name, version, license: String(license.type ?? license), size: sizeOf(join(root, name)) })
}
writeFileSync(output, JSON.stringify(packages))
report({ done: directories.length, total: directories.length })
console.log(`${packages.length} packages`)
