/**
 * Flows of a server: how they are named, found and started, and what there is to do where that is refused. Nothing is
 * ever uploaded.
 */
import { type ExecutionId, type Executions, ExecutionsError, FlowDescription, StepId } from "@halte/engine/model"
import { Effect, Schema } from "effect"
import * as CommandName from "../CommandName.ts"
import * as ServerOpen from "../server/ServerOpen.ts"
import type * as ProjectFlag from "./ProjectFlag.ts"

/** Whether a person names a flow of the catalog, and no file. */
export const isName = (text: string): boolean => /^[a-z][a-z0-9-]*$/.test(text)

/** A flow that the server can't start as it was asked for. */
export class FlowRefused extends Schema.TaggedError<FlowRefused>()("FlowRefused", {
  code: Schema.Literals(["flow-not-found", "flow-differs", "executions-unavailable"]),
  problem: Schema.String
}) {
  override get message() {
    return this.problem
  }
}

/** The server that was opened. */
type Opened = Pick<ProjectFlag.Opened, "again" | "executions" | "server">

/** The file here that a flow of the server is to be the same as. */
export interface File {
  /** As the person named it. */
  readonly path: string
  readonly fingerprint: string
}

/** The flow as the server has it. */
export const find = (
  opened: Opened,
  name: string,
  file?: File
): Effect.Effect<FlowDescription.FlowDescription, FlowRefused | ExecutionsError.Always> =>
  ServerOpen.flow(opened.executions, name).pipe(
    Effect.flatMap((found) =>
      file === undefined || file.fingerprint === found.fingerprint
        ? Effect.succeed(found)
        : Effect.fail(
            new ExecutionsError.FlowDiffers({ flow: name, expected: file.fingerprint, actual: found.fingerprint })
          )
    ),
    Effect.mapError((error) => explained(opened, error, file))
  )

type StartError = Effect.Error<ReturnType<Executions.ExecutionsShape["start"]>>

/** Starts it; with a file only if it is the same there. */
export const start = (
  opened: Opened,
  request: Executions.StartRequest,
  file?: File
): Effect.Effect<
  ExecutionId.ExecutionId,
  FlowRefused | Exclude<StartError, ExecutionsError.FlowNotFound | ExecutionsError.FlowDiffers>
> =>
  opened.executions
    .start({ ...request, fingerprint: file?.fingerprint })
    .pipe(Effect.mapError((error) => explained(opened, error, file, true)))

/** The errors that are about this server's flows, with what there is to do. */
const explained = <E>(
  opened: Opened,
  error: E,
  file: File | undefined,
  starting = false
): Exclude<E, ExecutionsError.FlowNotFound | ExecutionsError.FlowDiffers> | FlowRefused => {
  if (error instanceof ExecutionsError.FlowNotFound)
    return new FlowRefused({ code: "flow-not-found", problem: notFound(opened, error, file) })
  if (error instanceof ExecutionsError.FlowDiffers && file !== undefined)
    return new FlowRefused({ code: "flow-differs", problem: differs(opened, error, file) })
  if (error instanceof ExecutionsError.ExecutionsUnavailable && starting)
    return new FlowRefused({
      code: "executions-unavailable",
      problem: `${error.message}\nWhether it was started is told by:  ${CommandName.line(["list", ...opened.again])}`
    })
  return error as Exclude<E, ExecutionsError.FlowNotFound | ExecutionsError.FlowDiffers>
}

const notFound = (
  { server }: Opened,
  { flow, known }: ExecutionsError.FlowNotFound,
  file: File | undefined
): string => {
  const near = StepId.nearest(flow, known)
  const has =
    near !== undefined
      ? ` Did you mean \`${near}\`?`
      : known.length === 0
        ? " It has none."
        : ` It has ${known.map((name) => `\`${name}\``).join(", ")}.`
  const next =
    file === undefined
      ? "A server runs the flows of its own project, and is sent no files."
      : `A server is sent no files: bring \`${file.path}\` into its project, or run it here without a server.`
  return `\`${server?.url}\` has no flow \`${flow}\`.${has} ${next}`
}

const differs = (
  { again, server }: Opened,
  { actual, expected, flow }: ExecutionsError.FlowDiffers,
  file: File
): string =>
  [
    `Flow \`${flow}\` of \`${server?.url}\` is another one than that of \`${file.path}\`: its fingerprint is ${short(actual)}, that of the file ${short(expected)}. Nothing was started.`,
    `Make the two files the same, or run the one of the server:  ${CommandName.line(["run", flow, ...again])}`
  ].join("\n")

const short = (fingerprint: string): string => fingerprint.slice(0, 12)
