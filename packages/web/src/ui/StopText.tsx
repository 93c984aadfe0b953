/**
 * A text with `⏹` in it. Few fonts have that sign, and some draw it as a coloured picture: here it is drawn alike
 * everywhere, and is still the same text for whoever copies or hears it.
 */
import { Fragment } from "react"

const sign = "⏹"

export const StopText = ({ text }: { readonly text: string }) =>
  text.split(sign).map((part, i) => (
    <Fragment key={i}>
      {i === 0 ? undefined : (
        <span className="stop-sign">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <rect x="2.6" y="2.6" width="10.8" height="10.8" rx="1.2" fill="currentColor" />
          </svg>
          <span className="vh">{sign}</span>
        </span>
      )}
      {part}
    </Fragment>
  ))
