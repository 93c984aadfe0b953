// `npm run bench`: sets up, then hands over to a Node that knows where Halte's sources are.
import { spawn } from "node:child_process"
import { nodeFlags, pathOf } from "./ChildProcess.mjs"
import { readOptions, usage } from "./Options.mjs"
import { setUp } from "./Setup.mjs"

const options = (() => {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    return process.exit(2)
  }
})()
if (options.help) {
  console.log(usage)
  process.exit(0)
}
const node = setUp({ peers: options.needsPeers })
const child = spawn(node, [...nodeFlags(options.built), pathOf("Main.mjs"), JSON.stringify(options)], {
  stdio: "inherit"
})
child.on("exit", (code, signal) => process.exit(signal === null ? code : 1))
// A terminal sends Ctrl-C to both; the child decides.
process.on("SIGINT", () => {})
