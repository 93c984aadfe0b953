import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionsRemote } from "@halte/client"
import { FrontEndTest } from "@halte/engine/testing"
import * as AppProtocol from "../src/main/AppProtocol.ts"
import * as DesktopPath from "./support/DesktopPath.ts"

const client = (transport: (request: Request) => Promise<Response>, source: "Sdk" | "Desktop" | "Page") =>
  ExecutionsRemote.make({ transport, url: AppProtocol.origin, name: "the engine", source })

// R5, P10: the window's addresses, a port, the host's handler, an engine. The client says that it is the page, as the
// page's own does: it counts as the desktop all the same.
FrontEndTest.suite({ describe, it }, "the desktop, as its page asks", {
  source: "Desktop",
  open: (engine) =>
    Effect.map(DesktopPath.make(engine), ({ answer }) => {
      const executions = client(answer, "Page")
      return { executions, interrupt: (id) => executions.interrupt(id, { by: "ada", via: "the button" }) }
    })
})

// R4, P10: what menus, tray and shortcuts do goes from the main process through the same port.
FrontEndTest.suite({ describe, it }, "the desktop, as its main process asks", {
  source: "Desktop",
  open: (engine) =>
    Effect.map(DesktopPath.make(engine), ({ bridge }) => {
      const executions = client(bridge.fetch, "Desktop")
      return { executions, interrupt: (id) => executions.interrupt(id, { via: "the menu" }) }
    })
})
