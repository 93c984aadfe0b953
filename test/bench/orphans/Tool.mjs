// Tools that run a program and can be stopped, each with the command line that starts it.
import { writeFileSync } from "node:fs"
import { nodeFlags, pathOf } from "../ChildProcess.mjs"

const own =
  (file) =>
  (_command, { built }) => [process.execPath, ...nodeFlags(built), pathOf(`orphans/${file}`)]
const bin = (path) => pathOf(`node_modules/${path}`)
const quoted = (command) => command.map((word) => `'${word}'`).join(" ")

/** The arguments hold the scenario's word only where the tool wants the command there; its own process doesn't count. */
export const tools = {
  halte: { text: "Halte", command: own("HalteTool.mjs") },
  "child-process": { text: "child_process, kill()", command: own("ChildProcessTool.mjs") },
  execa: { text: "execa", command: own("ExecaTool.mjs") },
  npm: {
    text: "npm run",
    command: (command, { folder }) => {
      writeFileSync(`${folder}/package.json`, JSON.stringify({ private: true, scripts: { program: quoted(command) } }))
      return ["npm", "run", "--silent", "program"]
    }
  },
  concurrently: {
    text: "concurrently",
    command: (command) => [
      process.execPath,
      bin("concurrently/dist/bin/index.js"),
      "--kill-timeout",
      "300",
      quoted(command)
    ]
  },
  wireit: {
    text: "wireit",
    command: (command, { folder }) => {
      const file = { private: true, scripts: { program: "wireit" }, wireit: { program: { command: quoted(command) } } }
      writeFileSync(`${folder}/package.json`, JSON.stringify(file))
      return ["npm", "run", "--silent", "program"]
    }
  }
}
