/**
 * The desktop around this page, where there is one: its bridge, and its state as an atom. In a browser there is none, and
 * everything is as it is without it.
 */
import { Atom } from "effect/reactivity"
import { registry, useAtomValue } from "../bridge/Registry.ts"
import type { DesktopBridge, DesktopState } from "./DesktopBridge.ts"
import { globalName } from "./DesktopChannels.ts"
import * as EngineStory from "./EngineStory.ts"

export const desktop: DesktopBridge | undefined = (globalThis as { readonly [globalName]?: DesktopBridge })[globalName]

const state = Atom.keepAlive(Atom.make<DesktopState | undefined>(undefined))

const story = Atom.keepAlive(Atom.make<EngineStory.EngineStory>(EngineStory.initial))

/** The state of the desktop; `undefined` in a browser. */
export const desktopState: Atom.Atom<DesktopState | undefined> = state

export const useDesktop = (): DesktopState | undefined => useAtomValue(state)

export const desktopNow = (): DesktopState | undefined => registry.get(state)

/** What this page has seen of its engine. */
export const useEngineStory = (): EngineStory.EngineStory => useAtomValue(story)

const receive = (next: DesktopState): void => {
  registry.set(story, EngineStory.follow(registry.get(story), next.engine))
  registry.set(state, next)
}

let told = 0

/** Asks for the state as it is now. What was told meanwhile is newer than the answer, or will be told again. */
export const look = async (): Promise<void> => {
  if (desktop === undefined) return
  const before = told
  const now = await desktop.call("state", null)
  if (told === before) receive(now)
}

/** What the page waits for before it shows anything: with it theme and project are known. */
export const open = async (): Promise<void> => {
  desktop?.onState((next) => {
    told++
    receive(next)
  })
  await look()
}
