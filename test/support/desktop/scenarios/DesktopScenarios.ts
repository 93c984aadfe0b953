/** All scenarios of the desktop, for one way of having it. */
import { describe } from "@effect/vitest"
import * as CommandView from "./CommandView.ts"
import * as EngineLoss from "./EngineLoss.ts"
import * as LiveGraph from "./LiveGraph.ts"
import * as Opening from "./Opening.ts"
import * as Quitting from "./Quitting.ts"
import * as Scenario from "./Scenario.ts"
import * as Stopping from "./Stopping.ts"

export const suite = (name: string, start: Scenario.Start): void => {
  describe(name, () => {
    const test = Scenario.tests(start)
    for (const topic of [Stopping, CommandView, LiveGraph, EngineLoss, Quitting, Opening]) topic.scenarios(test)
  })
}
