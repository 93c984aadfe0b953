/**
 * Errors as programs tell them apart: by their code, whichever copy of a package has made them.
 *
 * @since 0.1.0
 */
import type { FlowError } from "@halte/engine"
import type { ExecutionsError } from "@halte/engine/model"

/**
 * What calls reject with. Each has a `_tag`, a `code`, a `message` for people, and its facts as fields.
 *
 * @since 0.1.0
 */
export type HalteError = ExecutionsError.ExecutionsError | FlowError.FlowError

/**
 * The codes of these errors, those of refused commands included.
 *
 * @since 0.1.0
 */
export type ErrorCode = HalteError["code"]

/**
 * The error with a code.
 *
 * @since 0.1.0
 */
export type WithCode<Code extends ErrorCode, E = HalteError> = E extends { readonly code: infer Own }
  ? [Extract<Own, Code>] extends [never]
    ? never
    : E & { readonly code: Extract<Own, Code> }
  : never

const tags: { readonly [Tag in HalteError["_tag"]]: true } = {
  FlowNotFound: true,
  FlowDiffers: true,
  FlowBusy: true,
  InvalidParams: true,
  KeyRefused: true,
  ExecutionNotFound: true,
  CommandRefused: true,
  Unauthorized: true,
  ExecutionsUnavailable: true,
  FlowError: true,
  FlowInvalid: true
}

/**
 * Whether something that was thrown is an error of Halte: with one of the codes, if any are named.
 *
 * **Example** (Waiting for the one that is under way)
 *
 * ```ts
 * import { type Execution, isHalteError } from "@halte/sdk"
 *
 * const startOrJoin = async (flow: string): Promise<Execution> => {
 *   try {
 *     return await halte.start(flow)
 *   } catch (error) {
 *     if (isHalteError(error, "flow-busy")) return halte.execution(error.execution)
 *     throw error
 *   }
 * }
 * ```
 *
 * @since 0.1.0
 */
export const isHalteError = <Code extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: ReadonlyArray<Code>
): error is WithCode<Code> => {
  if (!(error instanceof Error) || !("_tag" in error) || !("code" in error)) return false
  if (typeof error._tag !== "string" || !Object.hasOwn(tags, error._tag)) return false
  return codes.length === 0 || codes.some((code) => code === error.code)
}
