import { afterAll } from "vitest"
import * as DesktopScenarios from "../support/desktop/scenarios/DesktopScenarios.ts"
import * as StandInDesktop from "../support/desktop/StandInDesktop.ts"

afterAll(StandInDesktop.closeBrowser)

// The desktop as it is built, over a stand-in of Electron; its windows are shown by a real Chromium.
DesktopScenarios.suite("the desktop over a stand-in of Electron", StandInDesktop.start)
