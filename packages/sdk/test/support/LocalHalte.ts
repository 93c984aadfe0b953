/**
 * An engine of a test: what a failed test has left running is ended by force when it is disposed of, so that the failure
 * is seen, and not that closing waits for it.
 */
import { Halte } from "@halte/sdk"

export const open = async (options: Parameters<typeof Halte.local>[0]): Promise<Halte.Halte> => {
  const halte = await Halte.local(options)
  return {
    ...halte,
    [Symbol.asyncDispose]: async () => {
      for await (const { id } of halte.listAll({ status: ["Running", "Paused", "Pausing", "Interrupting"] }))
        await halte.execution(id).terminate()
      await halte.close()
    }
  }
}
