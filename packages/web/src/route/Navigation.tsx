/**
 * Moving between views without loading the page anew; back and forward work, and so does opening a link in a new tab.
 */
import { Atom } from "effect/reactivity"
import type { AnchorHTMLAttributes, MouseEvent, Ref } from "react"
import { registry, useAtomValue } from "../bridge/Registry.ts"
import * as Route from "./Route.ts"

const here = (): Route.Route => Route.parse(location.pathname, location.search)

const current = Atom.keepAlive(Atom.make<Route.Route>(here()))

addEventListener("popstate", () => registry.set(current, here()))

export const useRoute = (): Route.Route => useAtomValue(current)

export const routeNow = (): Route.Route => registry.get(current)

/** Goes to a view; `replace` leaves no step for the back button. */
export const go = (
  route: Route.Route,
  options?: { readonly replace?: boolean; readonly keepScroll?: boolean }
): void => {
  const path = Route.toPath(route)
  if (options?.replace === true) history.replaceState(null, "", path)
  else history.pushState(null, "", path)
  registry.set(current, route)
  if (options?.keepScroll !== true) scrollTo(0, 0)
}

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  readonly to: Route.Route
  readonly ref?: Ref<HTMLAnchorElement> | undefined
}

export const Link = ({ to, onClick, ...rest }: LinkProps) => (
  <a
    {...rest}
    href={Route.toPath(to)}
    onClick={(event: MouseEvent<HTMLAnchorElement>) => {
      onClick?.(event)
      const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
      if (event.defaultPrevented || !plain) return
      event.preventDefault()
      go(to)
    }}
  />
)
