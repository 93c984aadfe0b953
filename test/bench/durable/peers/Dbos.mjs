// DBOS Transact: a workflow is an async function whose steps are stored in PostgreSQL as they complete.
import { DBOS, DBOSClient } from "@dbos-inc/dbos-sdk"

export const open = async ({ layers, deps, server, step }) => {
  DBOS.setConfig({ name: "bench", systemDatabaseUrl: server.postgres.url, logLevel: "error" })
  const flow = DBOS.registerWorkflow(
    async () => {
      const values = []
      const one = async (i) => {
        values[i] = await DBOS.runStep(
          async () =>
            step(
              i,
              deps[i].map((d) => values[d])
            ),
          { name: `s${i}` }
        )
      }
      for (const layer of layers) await Promise.all(layer.map(one))
      return values
    },
    { name: "bench" }
  )
  // Launching goes on with what was under way before.
  await DBOS.launch()
  return {
    run: async (id) =>
      (await DBOS.startWorkflow(flow, id === undefined ? undefined : { workflowID: id })()).getResult(),
    finish: (id) => DBOS.retrieveWorkflow(id).getResult()
  }
}

/** The steps whose completion is stored, looked at while nothing of DBOS runs. */
export const committed = async ({ server }, id) => {
  const client = await DBOSClient.create({ systemDatabaseUrl: server.postgres.url })
  const steps = await client.listWorkflowSteps(id)
  await client.destroy()
  return (steps ?? []).filter(({ error }) => error === null).map(({ name }) => Number(name.slice(1)))
}
