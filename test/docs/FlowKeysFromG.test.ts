import { describe } from "@effect/vitest"
import * as KeyExamples from "../support/KeyExamples.ts"
import * as KeyRuns from "../support/KeyRuns.ts"

describe("the documented examples of the keys, from G on", () =>
  KeyRuns.declare(KeyExamples.pages().filter(({ page }) => page >= "g")))
