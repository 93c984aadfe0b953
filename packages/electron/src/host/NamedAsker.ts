/**
 * Executions as the user of a desktop asks for them: what names nobody is asked by that user.
 */
import type { Executions } from "@halte/engine"

export const make = (executions: Executions.ExecutionsShape, user: string): Executions.ExecutionsShape => {
  const named = <A extends Executions.Asker>(request: A | undefined): A & Executions.Asker => ({
    ...(request as A),
    by: request?.by === undefined || request.by === "" ? user : request.by
  })
  return {
    ...executions,
    start: (request) => executions.start(named(request)),
    interrupt: (id, request) => executions.interrupt(id, named(request)),
    pause: (id, asker) => executions.pause(id, named(asker)),
    resume: (id, request) => executions.resume(id, named(request)),
    terminate: (id, request) => executions.terminate(id, named(request)),
    undo: (id, request) => executions.undo(id, named(request)),
    answer: (id, step, value, asker) => executions.answer(id, step, value, named(asker))
  }
}
