import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionStoreMemory } from "@halte/engine"
import { ExecutionStoreTest } from "@halte/engine/testing"

ExecutionStoreTest.suite({ describe, it }, "memory", Effect.sync(ExecutionStoreMemory.make))
