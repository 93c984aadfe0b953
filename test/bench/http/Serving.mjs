// Starts `Server.mjs` and asks it: for the children that measure it.
import { fork } from "node:child_process"
import { request } from "node:http"
import { pathOf } from "../ChildProcess.mjs"

/** Answers what the server said, a way to tell it something, and a way to send it a request. */
export const serve = async () => {
  const child = fork(pathOf("http/Server.mjs"), [], { execArgv: [...process.execArgv, "--expose-gc"] })
  const said = () =>
    new Promise((resolve, reject) => {
      child.once("message", resolve)
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)))
    })
  const server = await said()
  const tell = (message) => {
    child.send(message)
    return said()
  }
  const headers = { authorization: `Bearer ${server.token}` }
  const send = (options, body) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port: server.port,
          ...options,
          headers: { ...headers, ...(body === undefined ? undefined : bodyHeaders(body)), ...options.headers }
        },
        (incoming) => {
          let text = ""
          incoming.setEncoding("utf8")
          incoming.on("data", (chunk) => (text += chunk))
          incoming.on("end", () => resolve({ status: incoming.statusCode, text }))
          incoming.on("error", reject)
        }
      )
      outgoing.on("error", reject)
      outgoing.end(body)
    })
  return { ...server, headers, send, tell, end: () => child.kill("SIGKILL") }
}

const bodyHeaders = (body) => ({ "content-type": "application/json", "content-length": Buffer.byteLength(body) })
