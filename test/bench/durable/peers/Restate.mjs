// Restate: a handler is an async function whose `ctx.run` results a server keeps in a journal.
import * as restate from "@restatedev/restate-sdk"
import * as clients from "@restatedev/restate-sdk-clients"
import { createServer } from "node:http2"

// What it would say of each workflow is of no use here.
const quiet = () => undefined

const service = (layers, deps, step) =>
  restate.workflow({
    name: "bench",
    handlers: {
      run: async (ctx) => {
        const values = []
        const one = (i) =>
          ctx
            .run(`s${i}`, () =>
              step(
                i,
                deps[i].map((d) => values[d])
              )
            )
            .map((value) => {
              values[i] = value
            })
        for (const layer of layers) await restate.RestatePromise.all(layer.map(one))
        return values
      }
    }
  })

export const open = async ({ layers, deps, server, step }) => {
  const definition = service(layers, deps, step)
  const handler = restate.createEndpointHandler({ services: [definition], logger: quiet })
  const http = createServer(handler)
  await new Promise((resolve) => http.listen(server.restate.servicePort ?? 0, "127.0.0.1", resolve))
  const answer = await fetch(`${server.restate.admin}/deployments`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uri: `http://127.0.0.1:${http.address().port}`, force: true, breaking: true })
  })
  if (!answer.ok) throw new Error(`Restate refused the service: ${await answer.text()}`)
  const client = clients.connect({ url: server.restate.ingress })
  const attach = (id) => client.workflowClient(definition, id).workflowAttach()
  let next = 0
  const run = async (id = `${process.pid}-${next++}`) => {
    await client.workflowClient(definition, id).workflowSubmit()
    return attach(id)
  }
  return { run, finish: attach }
}

/** The steps whose result is in the server's journal. */
export const committed = async ({ server }, id) => {
  const [invocation] = await query(server, `SELECT id FROM sys_invocation WHERE target_service_key = '${id}'`)
  const journal = await query(server, `SELECT entry_json FROM sys_journal WHERE id = '${invocation.id}'`)
  const entries = journal.map((row) => JSON.parse(row.entry_json))
  const names = new Map(
    entries.flatMap(({ Command }) =>
      Command?.Run === undefined ? [] : [[Command.Run.completion_id, Command.Run.name]]
    )
  )
  return entries.flatMap(({ Notification }) => {
    const run = Notification?.Completion?.Run
    return run?.result.Success === undefined ? [] : [Number(names.get(run.completion_id).slice(1))]
  })
}

const query = async ({ restate: { admin } }, sql) => {
  const answer = await fetch(`${admin}/query`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: sql })
  })
  if (!answer.ok) throw new Error(`Restate refused the query: ${await answer.text()}`)
  return (await answer.json()).rows
}
