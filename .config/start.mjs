// `npm start`: the tour without arguments, `halte` with those that follow `--`.
import { fileURLToPath } from "node:url"

const halte = new URL("../packages/cli/bin/halte.mjs", import.meta.url)
const given = process.argv.slice(2)
process.argv = [
  process.argv[0],
  fileURLToPath(halte),
  ...(given.length === 0 ? ["run", "examples/tour/tour.flow.yaml"] : given)
]
await import(halte.href)
