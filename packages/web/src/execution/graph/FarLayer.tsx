/**
 * Thousands of steps at once, seen from far away. A node of the canvas has a transformation of its own, which is a layer
 * for the browser; so many of them take a quarter of a second a frame. Here each is only a place.
 */
import { memo } from "react"
import type { Box, Picture } from "./Picture.ts"
import { StepBox } from "./StepNode.tsx"

const FarBox = memo(({ box }: { readonly box: Box }) => (
  <div
    className="place"
    style={{ left: box.x, top: box.y, width: box.width, height: box.height, zIndex: box.open === true ? 0 : 2 }}
  >
    <StepBox box={box} />
  </div>
))

export const FarLayer = memo(({ picture }: { readonly picture: Picture }) =>
  picture.boxes.map((box) => <FarBox key={box.id} box={box} />)
)
