/**
 * Which part of a picture is seen, and how large.
 */
import type { Box, Picture } from "./Picture.ts"

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Seen {
  readonly x: number
  readonly y: number
  readonly zoom: number
}

export const leastZoom = 0.04
export const mostZoom = 2
/** Below this words can't be read. */
export const farZoom = 0.42

const margin = { side: 20, top: 20, bottom: 28 }

/** All of it, in the middle; never larger than it is. */
export const whole = (picture: Picture, size: Size): Seen => {
  const room = { width: size.width - 2 * margin.side, height: size.height - margin.top - margin.bottom }
  const zoom = Math.max(leastZoom, Math.min(1, room.width / picture.width, room.height / picture.height))
  return {
    zoom,
    x: (size.width - picture.width * zoom) / 2,
    y: margin.top + Math.max(0, (room.height - picture.height * zoom) / 2)
  }
}

/** All of it where it can be read then; else what is under way, large enough. */
export const atFirst = (picture: Picture, size: Size, here: Box | undefined): Seen => {
  const all = whole(picture, size)
  if (all.zoom >= 0.55) return all
  const zoom = 0.8
  const from = (at: number, length: number, room: number, before: number) => {
    const least = room - before - length * zoom
    return least >= before ? (room - length * zoom) / 2 : Math.max(least, Math.min(before, room / 3 - at * zoom))
  }
  return {
    zoom,
    x: from(here?.x ?? 0, picture.width, size.width, margin.side),
    y: from(here?.y ?? 0, picture.height, size.height, margin.top)
  }
}

/** The least move that brings a box into what is seen. */
export const showing = (seen: Seen, size: Size, box: Box): Seen => {
  const move = (at: number, length: number, offset: number, room: number) => {
    const [low, high] = [at * seen.zoom + offset, (at + length) * seen.zoom + offset]
    if (low < 12) return offset + 12 - low
    return high > room - 12 ? offset - Math.min(high - room + 12, low - 12) : offset
  }
  return {
    zoom: seen.zoom,
    x: move(box.x, box.width, seen.x, size.width),
    y: move(box.y, Math.min(box.height, 60), seen.y, size.height)
  }
}
