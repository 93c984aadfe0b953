import * as Head from "./Head.ts"

/** Media: several steps for each file, known only when the files are. */
export const text = (
  name: string
): string => `${Head.text(name, "Scales and captions pictures, several steps for each of them, and collects them.")}
# It makes its own pictures, in the simplest format there is (.ppm). Try this first:
#   halte run ${name}                     Ctrl-C on the way, then \`halte resume\`: pictures that are done stay done
#   halte run ${name} -p width=16         other params, other pictures
params:
  width: { type: integer, default: 8, description: Width of the small pictures in pixels }

concurrency: 4                     # steps at a time, of all pictures together

steps:
  shoot:
    # In earnest the files are there already.
    run: |
      mkdir -p in
      node -e '
        const { writeFileSync } = require("node:fs")
        for (const [name, colour] of Object.entries({ rose: [200, 30, 60], leaf: [40, 160, 60], sky: [80, 140, 230], sand: [220, 190, 120] })) {
          const pixels = Array.from({ length: 64 * 32 }, (_, i) => colour.map((c) => Math.max(0, c - (i % 64))))
          writeFileSync("in/" + name + ".ppm", Buffer.concat([Buffer.from("P6 64 32 255\\n"), Buffer.from(pixels.flat())]))
        }
      '
    timeout: 1m

  picture:
    after: shoot
    # One group of steps for each file. The files are looked up when this step's turn comes, and kept: a resume has the
    # same ones. The steps are called picture/0/scale, picture/0/caption, picture/1/scale, …
    map: { in: "\${{ glob('in/*.ppm') }}", as: file, concurrency: 2 }
    steps:
      scale:
        # A list needs no shell: each element is one argument. In earnest: [convert, "\${{ file }}", -resize, …]
        run:
          - node
          - -e
          - |
            const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs")
            const [file, width] = [process.argv[1], Number(process.argv[2])]
            const bytes = readFileSync(file)
            const [, w, h] = bytes.subarray(0, 20).toString("latin1").split(/\\s/).map(Number)
            const step = w / width, height = Math.floor(h / step), start = bytes.length - w * h * 3
            const pixels = Buffer.alloc(width * height * 3)
            for (let y = 0; y < height; y++)
              for (let x = 0; x < width; x++)
                bytes.copy(pixels, (y * width + x) * 3, start + (Math.floor(y * step) * w + Math.floor(x * step)) * 3, start + (Math.floor(y * step) * w + Math.floor(x * step)) * 3 + 3)
            mkdirSync("out", { recursive: true })
            const target = file.replace("in/", "out/")
            // First beside it, then in its place: stopped in between, no half picture is taken for a whole one.
            writeFileSync(target + ".part", Buffer.concat([Buffer.from("P6 " + width + " " + height + " 255\\n"), pixels]))
            renameSync(target + ".part", target)
            console.log(JSON.stringify({ file: target, width, height }))
          - "\${{ file }}"
          - "\${{ string(params.width) }}"
        output: json-last-line
        timeout: 1m
        retry: { tries: 2, delay: 500ms }

      caption:
        # A name is looked for among the siblings first: the \`scale\` of the same picture.
        run: |
          sleep 0.1
          printf '%s, %s by %s\\n' "$FILE" "$WIDTH" "$HEIGHT" > "$FILE.txt"
          cat "$FILE.txt"
        env:
          FILE: "\${{ steps.scale.output.value.file }}"
          WIDTH: "\${{ steps.scale.output.value.width }}"
          HEIGHT: "\${{ steps.scale.output.value.height }}"
        output: text
        timeout: 1m

  sheet:
    after: picture
    # The outputs of all pictures, in the order of the list.
    stdin: "\${{ steps.picture.output }}"
    run: |
      node -e '
        const pictures = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
        require("node:fs").writeFileSync("out/sheet.txt", pictures.map(({ caption }) => caption.value + "\\n").join(""))
        console.log(pictures.length + " pictures")
      '
    output: text
    timeout: 1m
`
