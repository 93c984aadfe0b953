// Writes what the other steps of the tour found to a page that people can read.
//
//   node report.mjs DIRECTORY
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const [directory] = process.argv.slice(2)

// Lines that a terminated step has left half are skipped, and of a file that came twice the last line counts.
const lines = (name) => {
  const file = join(directory, name)
  const found = new Map()
  for (const line of existsSync(file) ? readFileSync(file, "utf8").split("\n") : []) {
    try {
      const record = JSON.parse(line)
      found.set(record.path, record)
    } catch {}
  }
  return [...found.values()]
}
const sum = (records, key) => records.reduce((total, record) => total + record[key], 0)
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
const percent = (part, whole) => (whole === 0 ? "nothing" : `${Math.round((part / whole) * 100)} %`)

const files = lines("files.ndjson")
const packages = JSON.parse(readFileSync(join(directory, "packages.json"), "utf8"))

const groupBy = (records, key) => {
  const groups = new Map()
  for (const record of records) groups.set(record[key], [...(groups.get(record[key]) ?? []), record])
  return groups
}
const copies = [...groupBy(files, "sha256").values()].filter((same) => same.length > 1 && same[0].size > 0)
const wasted = copies.reduce((total, same) => total + same[0].size * (same.length - 1), 0)

const licenses = [...groupBy(packages, "license")].sort(([, a], [, b]) => b.length - a.length)
const largest = packages.toSorted((a, b) => b.size - a.size).slice(0, 10)

const page = `# What npm installed

${files.length} files, ${megabytes(sum(files, "size"))}; ${packages.length} packages.
${copies.length} files are there more than once: ${megabytes(wasted)} could be saved.

| kind | files | size | compressed |
|---|---|---|---|
${[
  ["scripts", lines("scripts.ndjson")],
  ["types", lines("types.ndjson")]
]
  .map(([kind, all]) => {
    const size = sum(all, "size")
    const compressed = sum(all, "compressed")
    return `| ${kind} | ${all.length} | ${megabytes(size)} | ${megabytes(compressed)}, ${percent(compressed, size)} |`
  })
  .join("\n")}

| largest packages | version | size | license |
|---|---|---|---|
${largest.map((p) => `| ${p.name} | ${p.version} | ${megabytes(p.size)} | ${p.license} |`).join("\n")}

| license | packages |
|---|---|
${licenses.map(([license, { length }]) => `| ${license} | ${length} |`).join("\n")}
`
const output = join(directory, "report.md")
writeFileSync(output, page)
console.log(`${files.length} files in ${packages.length} packages, ${megabytes(wasted)} of copies`)
console.log(output)
