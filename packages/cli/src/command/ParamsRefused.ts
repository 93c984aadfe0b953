/**
 * Params that a flow can't take, every problem at once.
 */
import type { ParamProblem } from "../input/ParamsInput.ts"

export class ParamsRefused {
  readonly _tag = "ParamsRefused"
  readonly flow: string
  readonly problems: ReadonlyArray<ParamProblem>
  constructor(flow: string, problems: ReadonlyArray<ParamProblem>) {
    this.flow = flow
    this.problems = problems
  }
}
