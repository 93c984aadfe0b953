/**
 * The flow that `run` was given, wherever it runs: of a file here, or of a server's project. What is asked, checked and
 * shown of it is the same.
 */
import type { Flow } from "@halte/engine"
import type { ExecutionsError, FlowDescription } from "@halte/engine/model"
import { type Diagnostic, FlowFile, type FlowFileError, type ParamSpec } from "@halte/flow-file"
import { Effect, Option, type Path } from "effect"
import * as Assembly from "../Assembly.ts"
import type { ParamProblem } from "../input/ParamsInput.ts"
import * as SchemaParams from "../input/SchemaParams.ts"
import * as FlowArgument from "./FlowArgument.ts"
import * as FlowOfServer from "./FlowOfServer.ts"
import type * as ProjectFlag from "./ProjectFlag.ts"

export interface ChosenFlow {
  readonly description: FlowDescription.FlowDescription
  readonly specs: ReadonlyArray<ParamSpec.ParamSpec>
  /** Params that can't be checked here. */
  readonly isOpen: (name: string) => boolean
  /** Params that may be missing here: where it runs there may be a value for them. */
  readonly isElsewhere: (spec: ParamSpec.ParamSpec) => boolean
  readonly warnings: ReadonlyArray<Diagnostic.Diagnostic>
  /** The params as the steps are given them, as far as they are known before the start. */
  readonly decode: (params: Readonly<Record<string, unknown>>) => Effect.Effect<unknown, ReadonlyArray<ParamProblem>>
}

/** With what an engine of this process runs. */
export interface LocalFlow extends ChosenFlow {
  readonly flow: Flow.Flow<unknown, Assembly.StepServices>
}

/** With the file here that it has to be the same as, if one was named. */
export interface FlowThere extends ChosenFlow {
  readonly file: FlowOfServer.File | undefined
}

interface Given {
  readonly dir: Option.Option<string>
  readonly project?: Option.Option<string>
}

type Needs = Effect.Services<ReturnType<typeof FlowFile.find>> | Effect.Services<ReturnType<typeof FlowFile.load>>

/** A flow file, to be run here. */
export const here: (wanted: string, given: Given) => Effect.Effect<LocalFlow, FlowFileError, Needs | Path.Path> =
  Effect.fnUntraced(function* (wanted, { dir, project = Option.none() }) {
    const cwd = yield* FlowArgument.directory(dir)
    const path = yield* FlowFile.find(wanted, cwd)
    const directory = yield* Assembly.directory(Option.getOrUndefined(project))
    const loaded = yield* FlowFile.load(path, { cwd, project: directory })
    return {
      description: loaded.description,
      specs: loaded.params,
      isOpen: () => false,
      isElsewhere: () => false,
      warnings: loaded.warnings,
      decode: (params) =>
        Effect.mapError(loaded.flow.params.decode(params), (problems) =>
          problems.map((p) => ({ name: p.pointer.slice(1), detail: `${p.detail}.` }))
        ),
      flow: loaded.flow
    } satisfies LocalFlow
  })

/** A flow of the server: by its name, or the one that a file here describes. */
export const there: (
  opened: ProjectFlag.Opened,
  wanted: string
) => Effect.Effect<FlowThere, FlowFileError | FlowOfServer.FlowRefused | ExecutionsError.Always, Needs | Path.Path> =
  Effect.fnUntraced(function* (opened, wanted) {
    if (!FlowOfServer.isName(wanted)) {
      const { flow, ...local } = yield* here(wanted, { dir: Option.none() })
      const file = { path: wanted, fingerprint: local.description.fingerprint }
      const description = yield* FlowOfServer.find(opened, flow.name, file)
      return { ...local, description, isElsewhere: hasVariable, file } satisfies FlowThere
    }
    const description = yield* FlowOfServer.find(opened, wanted)
    const { isOpen, specs } = SchemaParams.of(description.params)
    return {
      description,
      specs,
      isOpen,
      isElsewhere: hasVariable,
      warnings: [],
      decode: (params) => Effect.succeed(SchemaParams.withDefaults(specs, params)),
      file: undefined
    } satisfies FlowThere
  })

/** What is not in a variable here may be in that of the server. */
const hasVariable = ({ env }: ParamSpec.ParamSpec): boolean => env !== undefined
