import { describe, it } from "@effect/vitest"
import { Context, Effect, Layer, type Scope } from "effect"
import { Executions, type ExecutionsError } from "@halte/engine"
import { FrontEndTest } from "@halte/engine/testing"
import { Halte } from "@halte/sdk"
import { Halte as HalteNode } from "@halte/sdk/node"
import * as Served from "../../http/test/support/Served.ts"
import * as PromiseDoor from "./support/PromiseDoor.ts"

/** A `Halte` that is closed when the test is over. */
const opened = (open: () => Promise<Halte.Halte>): Effect.Effect<Halte.Halte, unknown, Scope.Scope> =>
  Effect.acquireRelease(Effect.tryPromise({ try: open, catch: (error) => error }), (halte) =>
    Effect.promise(() => halte.close())
  )

const inPromises = (halte: Halte.Halte): FrontEndTest.FrontEnd => {
  const executions = PromiseDoor.make(halte)
  return { executions, interrupt: (id) => executions.interrupt(id) }
}

const inEffect = (layer: Layer.Layer<Executions.Executions, ExecutionsError.Always>) =>
  Effect.map(Layer.build(layer), (context): FrontEndTest.FrontEnd => {
    const executions = Context.get(context, Executions.Executions)
    return { executions, interrupt: (id) => executions.interrupt(id) }
  })

FrontEndTest.suite({ describe, it }, "R5, Halte of this process in promises", {
  source: "Sdk",
  open: (engine) =>
    Effect.map(
      opened(async () => Halte.fromExecutions(engine)),
      inPromises
    )
})

FrontEndTest.suite({ describe, it }, "R5, Halte of a server in promises", {
  source: "Sdk",
  open: (engine) =>
    Effect.flatMap(Served.make(engine), ({ socket }) =>
      Effect.map(
        opened(() => HalteNode.connect(socket)),
        inPromises
      )
    )
})

FrontEndTest.suite({ describe, it }, "R5, Halte of a server in Effect", {
  source: "Sdk",
  open: (engine) => Effect.flatMap(Served.make(engine), ({ socket }) => inEffect(HalteNode.layerConnect(socket)))
})
