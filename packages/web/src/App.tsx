/**
 * The page: the bar, and the view that the address names.
 */
import { lazy, Suspense, useEffect, useState } from "react"
import { signedOut } from "./bridge/Client.ts"
import { useAtomValue } from "./bridge/Registry.ts"
import { useDesktop } from "./desktop/Desktop.ts"
import { DesktopView } from "./desktop/DesktopView.tsx"
import { DropTarget } from "./desktop/DropTarget.tsx"
import { onGone } from "./desktop/Going.ts"
import { usePageItems } from "./desktop/PageItems.ts"
import { Quitting } from "./desktop/Quitting.tsx"
import { useNothingViewed } from "./desktop/Viewing.ts"
import { ExecutionsView } from "./executions/ExecutionsView.tsx"
import { useServer } from "./live/Server.ts"
import { go, Link, routeNow, useRoute } from "./route/Navigation.tsx"
import * as Route from "./route/Route.ts"
import { Help } from "./shell/Help.tsx"
import { SettingsDialog } from "./shell/SettingsDialog.tsx"
import { SignedOut } from "./shell/SignIn.tsx"
import { TopBar } from "./shell/TopBar.tsx"
import { Announcer } from "./ui/Announcer.tsx"
import { isTyping } from "./ui/Keys.ts"
import { Empty } from "./ui/Notice.tsx"

// The graph is the largest part, and the list needs none of it.
const ExecutionView = lazy(() => import("./execution/ExecutionView.tsx"))
const FlowsView = lazy(() => import("./start/FlowsView.tsx"))
const StartView = lazy(() => import("./start/StartView.tsx"))
const CommandView = lazy(() => import("./command/CommandView.tsx"))

const View = () => {
  const route = useRoute()
  const { info } = useServer()
  useNothingViewed(route.view === "execution" ? `execution ${route.id}` : route.view)
  // The page of a `halte run --web` is that of its execution.
  const only = route.view === "executions" && location.pathname === "/" ? info?.only : undefined
  useEffect(() => {
    if (only !== undefined) go(Route.execution(only), { replace: true })
  }, [only])
  switch (route.view) {
    case "executions":
      return <ExecutionsView />
    case "execution":
      return <ExecutionView key={route.id} id={route.id} step={route.step} tab={route.tab} />
    case "flows":
      return <FlowsView />
    case "flow":
      return <StartView key={route.name} name={route.name} />
    case "command":
      return <CommandView />
    case "unknown":
      return (
        <main className="page" id="main">
          <Empty whole title="There is no such page">
            <p>
              <code>{route.path}</code> is no address of Halte. <Link to={{ view: "executions" }}>All executions</Link>
            </p>
          </Empty>
        </main>
      )
  }
}

export const App = ({ entry }: { readonly entry: "in" | "not-valid" | "none" }) => {
  const out = useAtomValue(signedOut)
  const [sheet, setSheet] = useState<"help" | "settings">()
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== "?" || isTyping(event) || event.ctrlKey || event.metaKey) return
      if (document.querySelector("dialog[open]") !== null) return
      event.preventDefault()
      setSheet("help")
    }
    addEventListener("keydown", key)
    return () => removeEventListener("keydown", key)
  }, [])
  // Whoever is sent to a view wants to see it.
  useEffect(() => onGone(() => setSheet(undefined)), [])
  usePageItems((item) => {
    const view = routeNow().view
    // The Command view has a help of its own, and is where its file belongs.
    if (item !== "settings" && view === "command") return false
    if (item === "settings" || item === "help") setSheet(item)
    else go({ view: "command" })
    return item !== "load-config"
  })
  const quitting = useDesktop()?.quitting
  if (out)
    return (
      <>
        <SignedOut why={entry === "not-valid" ? "not-valid" : "none"} />
        <Announcer />
      </>
    )
  return (
    <>
      <TopBar onHelp={() => setSheet("help")} onSettings={() => setSheet("settings")} />
      <DesktopView>
        <Suspense fallback={<main className="page" id="main" aria-busy="true" />}>
          <View />
        </Suspense>
      </DesktopView>
      <DropTarget />
      {quitting === undefined ? (
        <>
          {sheet === "help" ? <Help onClose={() => setSheet(undefined)} /> : undefined}
          {sheet === "settings" ? <SettingsDialog onClose={() => setSheet(undefined)} /> : undefined}
          <Announcer />
        </>
      ) : (
        <Quitting quitting={quitting}>
          <Announcer />
        </Quitting>
      )}
    </>
  )
}
