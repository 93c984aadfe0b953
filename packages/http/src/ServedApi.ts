/**
 * The contract as the server reads it: everything that is wrong with a request is said at once, and a field of a body
 * that the contract doesn't know is refused, since nobody would do what it asks for.
 *
 * @since 0.1.0
 */
import { HttpApi } from "effect/http-api"
import { HalteApi } from "@halte/api"

/**
 * The contract, with how requests are read.
 *
 * @since 0.1.0
 */
export const ServedApi: typeof HalteApi.HalteApi = HalteApi.HalteApi.annotate(HttpApi.ParseOptions, {
  errors: "all"
}).annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
