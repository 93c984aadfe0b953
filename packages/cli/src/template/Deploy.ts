import * as Head from "./Head.ts"

/** A deployment: a person is asked, and what was done is taken back when a later step fails. */
export const text = (
  name: string
): string => `${Head.text(name, "Builds a version, asks a person, sends it in parts, looks whether it works, and tells.")}
# It deploys to a directory, so that you can look at what is there. Try this first:
#   halte run ${name}                     it asks before it sends anything; from another terminal: \`halte answer\`
#   halte run ${name} -p version=1.1.0 -p broken=true      the last look fails, and all that was sent is taken back
params:
  version: { pattern: '^\\d+\\.\\d+\\.\\d+$', default: 1.0.0, description: The version to deploy }
  target: { default: server, description: 'Where to: a directory here, a server in earnest' }
  broken: { type: boolean, default: false, description: 'Deploy what does not work, to see it taken back' }

single: true             # two deployments at a time would overwrite each other
on-failure: undo         # what completed is taken back, the last first. A stop takes nothing back: it can be resumed

steps:
  build:
    run: |
      if [ -e "$TARGET/$VERSION" ]; then echo "$TARGET/$VERSION is there already: take another version"; exit 1; fi
      mkdir -p build
      for part in 1 2 3; do echo "part $part of $VERSION" > "build/part-$part"; done
    # Values reach a shell as variables, never as text of the line.
    env: { TARGET: "\${{ params.target }}", VERSION: "\${{ params.version }}" }
    timeout: 10m

  approve:
    after: build
    gate: Deploy \${{ params.version }} to \${{ params.target }}?      # waits for a person, as long as it takes

  release:
    after: approve
    run: [mkdir, -p, "\${{ params.target + '/' + params.version }}"]  # a list needs no shell: each element is one argument
    undo: { run: [rm, -rf, "\${{ params.target + '/' + params.version }}"] }

  # Steps nest. Stopped between two parts, it goes on with the next one.
  upload:
    after: release
    steps:
      part-1:
        run: sleep 0.2; cp build/part-1 "$TO/part-1.new" && mv "$TO/part-1.new" "$TO/part-1"
        env: { TO: "\${{ params.target + '/' + params.version }}" }
        # Runs when the step began and did not complete; undo runs when it completed and a later step failed.
        clean-up: { run: rm -f "$TO/part-1.new", env: { TO: "\${{ params.target + '/' + params.version }}" } }
        undo: { run: rm -f "$TO/part-1", env: { TO: "\${{ params.target + '/' + params.version }}" } }
        retry: { tries: 3, delay: 1s, backoff: exponential, jitter: true }
      part-2:
        after: part-1
        run: sleep 0.2; cp build/part-2 "$TO/part-2.new" && mv "$TO/part-2.new" "$TO/part-2"
        env: { TO: "\${{ params.target + '/' + params.version }}" }
        clean-up: { run: rm -f "$TO/part-2.new", env: { TO: "\${{ params.target + '/' + params.version }}" } }
        undo: { run: rm -f "$TO/part-2", env: { TO: "\${{ params.target + '/' + params.version }}" } }
        retry: { tries: 3, delay: 1s, backoff: exponential, jitter: true }
      part-3:
        after: part-2
        run: sleep 0.2; cp build/part-3 "$TO/part-3.new" && mv "$TO/part-3.new" "$TO/part-3"
        env: { TO: "\${{ params.target + '/' + params.version }}" }
        clean-up: { run: rm -f "$TO/part-3.new", env: { TO: "\${{ params.target + '/' + params.version }}" } }
        undo: { run: rm -f "$TO/part-3", env: { TO: "\${{ params.target + '/' + params.version }}" } }
        retry: { tries: 3, delay: 1s, backoff: exponential, jitter: true }

  switch:
    after: upload
    # Half of this would be worse than none: a stop that comes now lets it end.
    run: |
      [ ! -L "$TARGET/current" ] || cp -P "$TARGET/current" "$TARGET/previous"
      ln -sfn "$VERSION" "$TARGET/current"
    env: { TARGET: "\${{ params.target }}", VERSION: "\${{ params.version }}" }
    on-interrupt: finish
    timeout: 10s           # so that the time to a stop still has a bound
    undo:
      run: rm -f "$TARGET/current"; [ ! -L "$TARGET/previous" ] || mv "$TARGET/previous" "$TARGET/current"
      env: { TARGET: "\${{ params.target }}" }

  smoke-test:
    after: switch
    run: |
      [ "$BROKEN" = false ] && cat "$TARGET/current/part-1" "$TARGET/current/part-2" "$TARGET/current/part-3"
    env: { TARGET: "\${{ params.target }}", BROKEN: "\${{ string(params.broken) }}" }
    retry: { tries: 2, delay: 500ms }
    timeout: 30s

  announce:
    after: smoke-test
    # In earnest: http: { method: POST, url: https://…, json: { text: "\${{ params.version }} is live" } }
    run: [sh, -c, 'echo "$1 is live" >> announced.txt', announce, "\${{ params.version }}"]
    idempotent: false      # when it was stopped half-way, a person says whether it is done again
    clean-up: { run: echo "look into announced.txt before you resume" }
`
