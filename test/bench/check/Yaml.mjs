// The processor's time that the YAML parser alone takes for a file, in a fresh process, as flow files are parsed.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

const { file } = JSON.parse(process.argv[2])
const text = readFileSync(file, "utf8")
// The parser of flow files, wherever it is installed.
const require = createRequire(new URL("../../../packages/flow-file/package.json", import.meta.url))
const { parseDocument } = require("yaml")
const begin = process.cpuUsage()
parseDocument(text, { version: "1.2", merge: false, uniqueKeys: false })
const { system, user } = process.cpuUsage(begin)
console.log(JSON.stringify({ millis: (system + user) / 1_000 }))
