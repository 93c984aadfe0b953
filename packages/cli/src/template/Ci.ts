import * as Head from "./Head.ts"

/** Continuous integration: much at the same time, what may fail, and what is kept. */
export const text = (
  name: string
): string => `${Head.text(name, "Install, then lint, types, tests and build side by side, then one bundle.")}
# Every command here only pretends: put your own in its place, the comment beside it is one. Try this first:
#   halte run ${name}                     Ctrl-C on the way, then \`halte resume\`: what was done is not done again
#   halte run ${name} -p broken=lint      one check fails, the others still say what they know
params:
  suites: { type: list, default: [unit, api, pages], description: Test suites to run }
  broken: { default: none, options: [none, lint, types], description: 'A check that fails, to see what happens then' }

single: true             # two at a time would write into the same directory
concurrency: 4           # steps at a time
deadline: 30m            # then Halte asks it to stop, and a person can resume it
on-failure: continue     # what does not come after a failed step goes on; the flow is failed in the end

steps:
  install:
    run: mkdir -p out; sleep 0.3; echo '{"packages":3}' > out/install.json      # npm ci
    output: { file: out/install.json }    # what the steps after it can read of it
    retry: { tries: 3, delay: 2s, backoff: exponential }    # a network is not always there
    timeout: 10m           # of each try; what takes longer is ended

  check:
    after: install         # names of steps that come before: one, or a list
    steps:                 # a group: its steps run side by side
      lint:
        run: sleep 0.2; [ "$BROKEN" != lint ]                                  # npm run lint
        env: { BROKEN: "\${{ params.broken }}" }        # values reach a shell as variables, never as text of the line
        timeout: 5m
      types:
        run: sleep 0.3; [ "$BROKEN" != types ]                                 # npx tsc --noEmit
        env: { BROKEN: "\${{ params.broken }}" }
        timeout: 5m

  test:
    after: install
    # One program per item, two at a time. Before every second item is a stopping point, and it knows where it was.
    for-each: { in: "\${{ params.suites }}", as: suite, every: 2, concurrency: 2, collect: true }
    run: [sh, -c, 'sleep 0.3; printf "%s: ok" "$1"', suite, "\${{ suite }}"]     # [npm, run, "test:\${{ suite }}"]
    output: text
    timeout: 15m

  build:
    after: install
    run: |
      mkdir -p out/dist.part
      for part in app worker pages; do sleep 0.1; echo "$part" > "out/dist.part/$part.js"; done
      rm -rf out/dist && mv out/dist.part out/dist
    # Runs when the step began and did not complete: stopped, failed or timed out. It never leaves half a build.
    clean-up: { run: rm -rf out/dist.part }
    grace: 10s             # SIGTERM, then SIGKILL after this long
    timeout: 10m

  bundle:
    after: [check, test, build]
    run: cat out/dist/*.js > out/bundle.js && sha256sum out/bundle.js | cut -d ' ' -f 1
    output: text           # steps.bundle.output.value
    timeout: 5m

  report:
    after: bundle
    run: [printf, "%s packages, %s suites, bundle %s\\\\n", "\${{ string(steps.install.output.value.packages) }}", "\${{ string(steps.test.output.count) }}", "\${{ steps.bundle.output.value }}"]
`
