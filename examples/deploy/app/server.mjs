// The program that is deployed: a small web server. It tells which version it is, as its configuration says.
import { readFileSync } from "node:fs"
import { createServer } from "node:http"

const config = JSON.parse(readFileSync(process.argv[2] ?? "config.json", "utf8"))

const pages = {
  "/": () => `<!doctype html><title>${config.name}</title><h1>${config.name} ${config.version}</h1>`,
  "/health": () => JSON.stringify({ version: config.version, healthy: config.healthy })
}

const server = createServer((request, response) => {
  const page = pages[new URL(request.url ?? "/", "http://localhost").pathname]
  response.statusCode = page === undefined ? 404 : 200
  response.end(page?.() ?? "There is no such page.")
})

// A free port of this computer; the first line says which.
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })))

process.on("SIGTERM", () => {
  server.close()
  server.closeAllConnections()
})
