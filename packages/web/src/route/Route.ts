/**
 * Which view an address is, and which address a view has. The addresses are those of the API: a person and a program
 * name an execution alike.
 */
export type Route =
  | { readonly view: "executions" }
  | { readonly view: "execution"; readonly id: string; readonly step: string | undefined; readonly tab: Tab }
  | { readonly view: "flows" }
  | { readonly view: "flow"; readonly name: string }
  | { readonly view: "command" }
  | { readonly view: "unknown"; readonly path: string }

/** What of an execution is looked at: how it goes, what was written, or what has been. */
export type Tab = "steps" | "graph" | "logs" | "history"

const tabs: ReadonlyArray<string> = ["graph", "logs", "history"]

export const parse = (path: string, search: string): Route => {
  const segments = path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decode)
  const [first, second] = segments
  if (segments.length === 0 || (segments.length === 1 && first === "executions")) return { view: "executions" }
  if (segments.length === 2 && first === "executions" && second !== undefined) {
    const query = new URLSearchParams(search)
    const tab = query.get("view") ?? ""
    return {
      view: "execution",
      id: second,
      step: query.get("step") ?? undefined,
      tab: tabs.includes(tab) ? (tab as Tab) : "steps"
    }
  }
  if (segments.length === 1 && first === "flows") return { view: "flows" }
  if (segments.length === 2 && first === "flows" && second !== undefined) return { view: "flow", name: second }
  if (segments.length === 1 && first === "command") return { view: "command" }
  return { view: "unknown", path }
}

/** The view of an address, as in `/executions/01J…`; `undefined` for what is no address of this page. */
export const fromAddress = (address: string, origin: string): Route | undefined => {
  if (!address.startsWith("/")) return undefined
  try {
    const base = `${origin}/`
    const url = new URL(address, base)
    return url.href.startsWith(base) ? parse(url.pathname, url.search) : undefined
  } catch {
    return undefined
  }
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

export const toPath = (route: Route): string => {
  switch (route.view) {
    case "executions":
      return "/executions"
    case "execution": {
      const query = new URLSearchParams()
      if (route.tab !== "steps") query.set("view", route.tab)
      if (route.step !== undefined) query.set("step", route.step)
      const text = query.toString()
      return `/executions/${encodeURIComponent(route.id)}${text === "" ? "" : `?${text}`}`
    }
    case "flows":
      return "/flows"
    case "flow":
      return `/flows/${encodeURIComponent(route.name)}`
    case "command":
      return "/command"
    case "unknown":
      return route.path
  }
}

export const execution = (id: string, more?: { readonly step?: string | undefined; readonly tab?: Tab }): Route => ({
  view: "execution",
  id,
  step: more?.step,
  tab: more?.tab ?? "steps"
})
