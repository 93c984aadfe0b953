/** The first argument of Electron's events, which a listener may prevent. */
export class StandInEvent {
  defaultPrevented = false
  preventDefault(): void {
    this.defaultPrevented = true
  }
}

/** An event with further members, as most of the newer ones have them. */
export const eventWith = <A extends object>(members: A): StandInEvent & A => Object.assign(new StandInEvent(), members)

/** What Electron sends between processes: a real structured clone, so that functions and the like are refused. */
export const clone = <A>(value: A): A => {
  try {
    return structuredClone(value)
  } catch {
    throw new Error("An object could not be cloned.")
  }
}
