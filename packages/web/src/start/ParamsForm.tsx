/**
 * The fields of a flow's params. What is wrong is said at its field, after it was left or when the form is sent.
 */
import { useId } from "react"
import { Icon } from "../ui/Icon.tsx"
import { mayBeLeft, note, type ParamField, toText } from "./ParamFields.ts"

export interface ParamsFormProps {
  readonly fields: ReadonlyArray<ParamField>
  readonly typed: Readonly<Record<string, string>>
  readonly problems: Readonly<Record<string, string | undefined>>
  readonly onChange: (name: string, text: string) => void
  readonly onLeave?: ((name: string) => void) | undefined
  readonly disabled?: boolean | undefined
}

export const ParamsForm = ({ fields, ...rest }: ParamsFormProps) => (
  <>
    {fields.map((field) => (
      <Param key={field.name} field={field} {...rest} />
    ))}
  </>
)

const Param = ({
  disabled,
  field,
  onChange,
  onLeave,
  problems,
  typed
}: Omit<ParamsFormProps, "fields"> & { readonly field: ParamField }) => {
  const id = useId()
  const problem = problems[field.name]
  const value = typed[field.name] ?? toText(field, field.default)
  const described = [
    problem === undefined ? undefined : `${id}-problem`,
    field.description === undefined && !field.secret ? undefined : `${id}-hint`
  ].filter((name) => name !== undefined)
  const attributes = {
    id,
    name: field.name,
    value,
    disabled,
    required: field.required && field.env === undefined,
    "aria-invalid": problem !== undefined,
    "aria-describedby": described.length === 0 ? undefined : described.join(" "),
    onBlur: () => onLeave?.(field.name)
  }
  return (
    <div className="opt">
      <label htmlFor={id}>
        {field.name} <span className="req">{note(field)}</span>
      </label>
      <span className={`field${problem === undefined ? "" : " bad"}${isTall(field) ? " tall" : ""}`}>
        {field.kind === "boolean" ? (
          <select {...attributes} onChange={(event) => onChange(field.name, event.target.value)}>
            {mayBeLeft(field) ? <option value="">—</option> : undefined}
            <option value="false">no</option>
            <option value="true">yes</option>
          </select>
        ) : field.kind === "choice" ? (
          <select {...attributes} onChange={(event) => onChange(field.name, event.target.value)}>
            {field.required || field.default !== undefined ? undefined : <option value="">—</option>}
            {field.required && value === "" ? <option value="">Choose one</option> : undefined}
            {field.options.map((option) => (
              <option key={JSON.stringify(option)} value={JSON.stringify(option)}>
                {typeof option === "string" ? option : JSON.stringify(option)}
              </option>
            ))}
          </select>
        ) : isTall(field) ? (
          <textarea
            {...attributes}
            className="mono"
            rows={3}
            spellCheck={false}
            onChange={(event) => onChange(field.name, event.target.value)}
          />
        ) : (
          <input
            {...attributes}
            className={field.secret ? undefined : "mono"}
            type={field.secret ? "password" : "text"}
            inputMode={field.kind === "whole" ? "numeric" : field.kind === "number" ? "decimal" : undefined}
            autoComplete="off"
            spellCheck={false}
            placeholder={field.env === undefined ? undefined : `Taken from ${field.env}`}
            onChange={(event) => onChange(field.name, event.target.value)}
          />
        )}
      </span>
      {field.description === undefined && !field.secret ? undefined : (
        <span className="hint" id={`${id}-hint`}>
          {[field.description, field.secret ? "Never shown, stored or logged" : undefined]
            .filter((text) => text !== undefined)
            .join(". ")}
        </span>
      )}
      {/* Its place is kept: what appears while a button is being pressed must not move the button away. */}
      <span className="err" id={`${id}-problem`}>
        {problem === undefined ? undefined : (
          <>
            <Icon name="x" small />
            {problem}
          </>
        )}
      </span>
    </div>
  )
}

const isTall = (field: ParamField): boolean => field.kind === "list" || field.kind === "json"
