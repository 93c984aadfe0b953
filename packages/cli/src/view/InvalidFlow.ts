/**
 * A flow that can't run as it is defined now, with the lines that are wrong: its file was changed where it is served.
 */
import type { ExecutionsError } from "@halte/engine/model"
import * as CheckTable from "./CheckTable.ts"
import { plain } from "./Look.ts"
import { wrap } from "./TextWidth.ts"

export const render = (
  { columns, look }: Pick<CheckTable.CheckInput, "columns" | "look">,
  { flow, problems }: ExecutionsError.FlowInvalid
): ReadonlyArray<string> => [
  ...wrap(plain(look, `Flow \`${flow}\` can't run as it is defined now.`), columns),
  ...problems.flatMap(({ code, column = 0, file = "", hint, length = 0, line = 0, message, source = "" }) =>
    CheckTable.problem(
      { columns, look },
      {
        severity: "error",
        code,
        message,
        file,
        line,
        column,
        length,
        source,
        ...(hint === undefined ? undefined : { hint })
      }
    )
  ),
  "(code: flow-invalid)"
]
