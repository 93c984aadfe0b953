/**
 * The web server that documented examples find at `https://example.com`: on this machine, with answers that their paths
 * name.
 *
 * - `/status/503` answers with that status.
 * - `/fails/2/…` answers 503 the first two times that a run asks, then 200.
 * - `/silent` never answers.
 * - Any other path answers 200. Every body is `{ method, path, count, body }`; `count` counts the run's requests of that
 *   path.
 */
import { createServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"

export interface WebServer {
  /** An address of its own for each run: what is counted is counted for it alone. */
  readonly address: () => string
  readonly close: () => Promise<void>
}

export const open = async (): Promise<WebServer> => {
  const counts = new Map<string, number>()
  const server = createServer((request, response) => {
    const url = request.url ?? "/"
    const count = (counts.get(url) ?? 0) + 1
    counts.set(url, count)
    const path = url.replace(/^\/run-\d+/, "")
    let body = ""
    request.setEncoding("utf8").on("data", (text: string) => (body += text))
    request.on("end", () => {
      if (path.startsWith("/silent")) return
      const fails = /^\/fails\/(\d+)/.exec(path)?.[1]
      const status =
        fails === undefined ? Number(/^\/status\/(\d{3})/.exec(path)?.[1] ?? 200) : count <= Number(fails) ? 503 : 200
      response.writeHead(status, { "content-type": "application/json" })
      response.end(JSON.stringify({ method: request.method, path, count, body }))
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  let runs = 0
  return {
    address: () => `http://127.0.0.1:${port}/run-${++runs}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
