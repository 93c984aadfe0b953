import * as DesktopScenarios from "../support/desktop/scenarios/DesktopScenarios.ts"
import * as RealDesktop from "../support/desktop/RealDesktop.ts"

// `npm run test:electron` names the program.
DesktopScenarios.suite("the desktop in Electron", RealDesktop.start(process.env["HALTE_ELECTRON"] ?? "electron"))
