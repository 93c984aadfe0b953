/**
 * A server that can't be worked with, said before anything was asked of it.
 */
import { Schema } from "effect"

export class ServerUnusable extends Schema.TaggedError<ServerUnusable>()("ServerUnusable", {
  url: Schema.String,
  code: Schema.Literals(["executions-unavailable", "unauthorized"]),
  problem: Schema.String
}) {
  override get message() {
    return this.problem
  }
}
