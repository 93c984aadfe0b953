/**
 * A graph on a plane: boxes, and wires between them. Pixels, from the top left.
 */
export interface Point {
  readonly x: number
  readonly y: number
}

export interface Box extends Point {
  readonly id: string
  readonly width: number
  readonly height: number
  /** Of a group: whether its steps are drawn in it. */
  readonly open: boolean | undefined
  /** Where a wire comes in, and with it the stopping point. */
  readonly entry: "left" | "top"
  /** 1 at the top. */
  readonly level: number
}

export interface Wire {
  readonly from: string
  readonly to: string
  /** The steps whose end it tells: all of them have to be over. */
  readonly sources: ReadonlyArray<string>
  /** An SVG path. */
  readonly path: string
}

export interface Picture {
  /** A group comes before what is in it; the order of the definition. */
  readonly boxes: ReadonlyArray<Box>
  readonly wires: ReadonlyArray<Wire>
  readonly width: number
  readonly height: number
}
