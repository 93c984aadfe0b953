/**
 * The icons, 16 px with a stroke of 1.5, and the stop sign.
 */
import type { ReactNode } from "react"

const drawings = {
  play: <path d="M5 3.2v9.6l7.6-4.8z" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  stop: <rect x="3.6" y="3.6" width="8.8" height="8.8" rx="1.4" fill="currentColor" stroke="none" />,
  dots: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.2" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M10.5 5.5V4A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.2" />
      <path d="m10.2 10.2 3.3 3.3" />
    </>
  ),
  down: <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />,
  right: <path d="m6.5 4.5 3.5 3.5-3.5 3.5" />,
  sun: (
    <>
      <path d="M8 3a5 5 0 1 0 0 10z" fill="currentColor" />
      <circle cx="8" cy="8" r="5.5" />
    </>
  ),
  gear: (
    <>
      <circle cx="8" cy="8" r="2" />
      <path d="M8 2.2v1.9M8 11.9v1.9M2.2 8h1.9M11.9 8h1.9M3.9 3.9l1.3 1.3M10.8 10.8l1.3 1.3M12.1 3.9l-1.3 1.3M5.2 10.8l-1.3 1.3" />
    </>
  ),
  process: <path d="m3 4.5 3.5 3.5L3 11.5M8.5 12H13" />,
  loop: <path d="M12.8 6.5A5 5 0 0 0 3.6 5.4M3.2 9.5a5 5 0 0 0 9.2 1.1M3.5 2.5v3h3M12.5 13.5v-3h-3" />,
  gate: (
    <>
      <circle cx="8" cy="5.2" r="2.4" />
      <path d="M3.5 13.2c.4-2.6 2.2-4 4.5-4s4.1 1.4 4.5 4" />
    </>
  ),
  http: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M2.5 8h11M8 2.5c4 3.6 4 7.4 0 11M8 2.5c-4 3.6-4 7.4 0 11" />
    </>
  ),
  group: (
    <>
      <rect x="2.5" y="2.5" width="11" height="11" rx="2" />
      <path d="M5.5 6h5M5.5 8h5M5.5 10h5" />
    </>
  ),
  function: <path d="M11 3.5c-2-.6-3 .3-3.2 1.8L6.6 11c-.2 1.4-1.1 2-2.4 1.6M5.5 7h4.5" />,
  sleep: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 5v3.2l2 1.3" />
    </>
  ),
  x: <path d="m4 4 8 8m0-8-8 8" />,
  check: <path d="m3 8.5 3.2 3.2L13 4.5" />,
  plus: <path d="M8 3.5v9M3.5 8h9" />,
  minus: <path d="M3.5 8h9" />,
  resume: <path d="M3.5 3v10M6.5 4v8l6.5-4z" />,
  warning: <path d="M8 2.8 14 13H2zM8 6.8v2.8M8 11.4h.01" />
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof drawings

export const Icon = ({ name, small }: { readonly name: IconName; readonly small?: boolean }) => (
  <svg className={small === true ? "i i-s" : "i"} viewBox="0 0 16 16" aria-hidden="true">
    {drawings[name]}
  </svg>
)

/** The roundel: a stop is possible here, or has happened here. It is never decoration. */
export const Sign = ({ className = "sign" }: { readonly className?: string }) => (
  <svg className={className} viewBox="0 0 16 16" aria-hidden="true">
    <circle cx="8" cy="8" r="7.2" fill="var(--sign)" stroke="var(--sign-ring)" strokeWidth="1.3" />
    <path d="M5.7 4.6v6.8M10.3 4.6v6.8M5.7 8h4.6" stroke="var(--sign-ink)" strokeWidth="1.7" fill="none" />
  </svg>
)

/** The sign on its pole: the mark of Halte. */
export const Pole = ({ className }: { readonly className?: string }) => (
  <svg className={className} viewBox="0 0 26 41" aria-hidden="true">
    <path d="M13 20v21" stroke="var(--text)" strokeWidth="2.4" />
    <circle cx="13" cy="12.5" r="11" fill="var(--sign)" stroke="var(--text)" strokeWidth="1.8" />
    <path d="M9.4 7.3v10.4M16.6 7.3v10.4M9.4 12.5h7.2" stroke="var(--sign-ink)" strokeWidth="2.5" fill="none" />
  </svg>
)
