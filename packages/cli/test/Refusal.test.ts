import { assert, describe, it } from "@effect/vitest"
import { ExecutionsError } from "@halte/engine/model"
import * as ChangesView from "../src/view/ChangesView.ts"
import * as Refusal from "../src/view/Refusal.ts"
import { width } from "../src/view/TextWidth.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, colored, plain, strip } from "./Screens.ts"

type Refused = ConstructorParameters<typeof ExecutionsError.CommandRefused>[0]

const text = (given: Partial<Refused> & Pick<Refused, "code">, again: ReadonlyArray<string> = []) =>
  Refusal.render(
    { look: plain, columns: 200, again },
    new ExecutionsError.CommandRefused({ execution: Story.id, command: "resume", status: "Interrupted", ...given })
  )

const id = `\`${Story.id}\``
const changes = [
  { step: "build", change: "changed", before: "npm run build", after: "npm run build:prod" },
  { step: "lint", change: "added", after: "npm run lint" },
  { step: "upload/part-3", change: "removed", before: "./upload 3" }
] as const

describe("Refusal", () => {
  const cases: ReadonlyArray<readonly [Partial<Refused> & Pick<Refused, "code">, ReadonlyArray<string>]> = [
    [
      { code: "completed", status: "Completed" },
      [
        `Execution ${id} has completed, so it can't be resumed.`,
        `Look at it with \`halte show ${Story.id}\`, or start it again.`
      ]
    ],
    [
      { code: "finished", command: "pause", status: "Failed" },
      [`Execution ${id} has ended as Failed, so it can't be paused.`, `Go on with it: \`halte resume ${Story.id}\``]
    ],
    [
      { code: "already-running", status: "Running" },
      [`Execution ${id} is running, so it can't be resumed.`, `Follow it with \`halte watch ${Story.id}\``]
    ],
    [
      { code: "not-paused", status: "Pending" },
      [`Execution ${id} is Pending, not paused, so it can't be resumed.`, `Look at it with \`halte show ${Story.id}\``]
    ],
    [
      { code: "interrupting", status: "Interrupting" },
      [
        `Execution ${id} has been asked to stop and has not stopped yet, so it can't be resumed.`,
        `See when it has stopped: \`halte watch ${Story.id}\``
      ]
    ],
    [
      { code: "terminating", command: "pause", status: "Terminating" },
      [
        `Execution ${id} is being ended by force, so it can't be paused.`,
        `See when it has stopped: \`halte watch ${Story.id}\``
      ]
    ],
    [
      { code: "needs-rerun", steps: ["announce", "upload/part-2"] },
      [
        `Execution ${id} can't be resumed like that: \`announce\`, \`upload/part-2\` began, did not complete, and are not idempotent, so they run again only when you say so.`,
        `Look whether that is right, then: \`halte resume ${Story.id} --rerun announce --rerun upload/part-2\``
      ]
    ],
    [
      { code: "definition-changed", changes },
      [
        `The flow of execution ${id} has changed since it began:`,
        "  ~ build          npm run build → npm run build:prod",
        "  + lint           npm run lint",
        "  - upload/part-3  ./upload 3",
        "Say which definition counts: `--definition stored` goes on with the one that it began with, `--definition current` runs the changed steps and all that come after them again."
      ]
    ],
    [
      { code: "secret-missing", detail: "Give `token` again." },
      [
        `Execution ${id} needs a secret again, since secrets are not kept. Give \`token\` again.`,
        `In a terminal \`halte resume ${Story.id}\` asks for it; elsewhere set its variable in the environment, or give \`--param name=value\`.`
      ]
    ],
    [
      { code: "gate-not-open", command: "answer", steps: ["ship"], status: "Running" },
      [
        `Step \`ship\` of execution ${id} waits for no answer now.`,
        `See what it asks with \`halte show ${Story.id} ship\``
      ]
    ],
    [
      { code: "invalid-answer", command: "answer", steps: ["ship"], status: "Running", detail: "`to` is missing." },
      [
        `The answer to \`ship\` of execution ${id} is not what was asked for. \`to\` is missing.`,
        `See what it asks with \`halte show ${Story.id} ship\``
      ]
    ],
    [
      { code: "cannot-pause", command: "pause", steps: ["test"], status: "Running" },
      [
        `Execution ${id} can't be paused here, because of \`test\`.`,
        `Interrupt it instead: \`halte interrupt ${Story.id}\``
      ]
    ]
  ]
  for (const [given, said] of cases)
    it(`says why and what to do next: ${given.code}`, () => {
      assert.deepStrictEqual(text(given), [...said, `(code: ${given.code})`])
    })

  it("never breaks a command that is to be copied", () => {
    const refused = new ExecutionsError.CommandRefused({
      execution: Story.id,
      command: "resume",
      status: "Interrupted",
      code: "needs-rerun",
      steps: ["upload/part-2", "announce"]
    })
    assert.include(
      Refusal.render({ look: plain, columns: 60 }, refused),
      `  \`halte resume ${Story.id} --rerun upload/part-2 --rerun announce\``
    )
  })

  it("names the project in the commands that it shows", () => {
    assert.include(
      text({ code: "already-running", status: "Running" }, ["--project", "other"]).join("\n"),
      `halte watch ${Story.id} --project other`
    )
  })
})

describe("ChangesView", () => {
  it("wraps where columns are few, and marks by sign as well as by color", () => {
    for (const line of ChangesView.render({ look: plain, columns: 40 }, changes)) assert.isAtMost(width(line), 40)
    assert.deepStrictEqual(
      ChangesView.render({ look: colored, columns: 80 }, changes).map(strip),
      ChangesView.render({ look: plain, columns: 80 }, changes)
    )
    assert.include(ChangesView.render({ look: ascii, columns: 80 }, changes)[0], "npm run build -> npm run build:prod")
  })
})
