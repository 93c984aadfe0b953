/**
 * Keys, and what they do.
 */
export type KeyRow = readonly [keys: ReadonlyArray<string>, what: string]

export const KeyList = ({ rows }: { readonly rows: ReadonlyArray<KeyRow> }) => (
  <dl className="shortcuts">
    {rows.map(([names, what]) => (
      <div key={what}>
        <dt>
          {names.map((name) => (
            <kbd key={name}>{name}</kbd>
          ))}
        </dt>
        <dd>{what}</dd>
      </div>
    ))}
  </dl>
)
