import { describe } from "@effect/vitest"
import * as KeyExamples from "../support/KeyExamples.ts"
import * as KeyRuns from "../support/KeyRuns.ts"

describe("the flows of those who come from other tools", () =>
  KeyRuns.declare(KeyExamples.pages("docs/how-to", /^come-from-.*\.md$/)))
