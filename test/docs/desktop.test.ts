/** What the pages about the desktop say, against the desktop: menus, keys, buttons, settings, fuses, commands. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { defaults } from "@halte/web/DesktopBridge"
import type { MenuItemConstructorOptions } from "electron/main"
import config from "../../packages/electron/packaging/ElectronBuilder.ts"
import * as MenuTemplate from "../../packages/electron/src/main/MenuTemplate.ts"
import * as QuitText from "../../packages/electron/src/main/QuitText.ts"
import * as Markdown from "../support/Markdown.ts"
import { read, root } from "../support/RepositoryFiles.ts"

const reference = "docs/reference/desktop.md"
const use = "docs/how-to/use-the-desktop.md"
const packaging = "docs/how-to/package-the-desktop.md"

/** The rows of the first table under a heading, without its head. */
const table = (page: string, heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const lines = read(page).split("\n")
  const from = lines.indexOf(`## ${heading}`)
  assert.isAtLeast(from, 0, heading)
  const end = lines.findIndex((line, i) => i > from && line.startsWith("## "))
  const rows = lines.slice(from, end < 0 ? undefined : end).filter((line) => line.startsWith("|"))
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim())
  )
}
const code = (text: string): string => text.replaceAll("`", "")

const menu = (platform: NodeJS.Platform) => {
  const idle = { label: "", enabled: false }
  const offers = {
    interrupt: { ...idle, label: "Interrupt" },
    pause: { ...idle, label: "Pause" },
    resume: { ...idle, label: "Resume" },
    terminate: { ...idle, label: "Terminate now…" }
  }
  const template = MenuTemplate.make(
    {
      platform,
      isPackaged: true,
      recent: [],
      hasDesk: true,
      hasProject: true,
      hasDocs: true,
      isCommand: true,
      isIdle: true,
      offers,
      desks: []
    },
    () => undefined
  )
  return template.flatMap(({ label, submenu }) =>
    (submenu as ReadonlyArray<MenuItemConstructorOptions>).flatMap((item) =>
      item.id === undefined || item.role !== undefined
        ? []
        : [[label!.replace("&", ""), item.label ?? "", item.accelerator ?? ""] as const]
    )
  )
}

describe(reference, () => {
  const rows = table(reference, "Menus").map(
    ([where, item, keys]) => [where!, item!.replace(/, where .+/, ""), code(keys!)] as const
  )

  it("lists every item of the menus, with its keys", () => {
    assert.sameDeepMembers([...menu("linux")], [...rows])
    assert.sameDeepMembers(
      [...menu("darwin")],
      rows.map((row) => (row[1] === "Settings…" ? (["Halte", row[1], row[2]] as const) : row))
    )
  })

  it("R71 names no key that belongs to the page", () => {
    for (const [, , keys] of rows) assert.notMatch(keys, /^(?:CmdOrCtrl\+C|Ctrl\+C|Esc.*|.)$/i)
  })

  it("lists the answers to what is asked before the end", () => {
    const { Background, Interrupt, Stay } = QuitText.buttons
    assert.deepStrictEqual(
      table(reference, "Closing and quitting").map(([button]) => button),
      [Background, `${Interrupt.Quit}, ${Interrupt.Close}`, Stay]
    )
  })

  it("lists every setting with its default", () => {
    const found = table(reference, "Settings, logs and other files").filter(([name]) => name?.startsWith("`"))
    assert.deepStrictEqual(
      found.map(([name, value]) => [code(name!), code(value!)]),
      Object.entries(defaults).map(([name, value]) => [name, value === "" ? "empty" : String(value)])
    )
  })
})

describe(packaging, () => {
  const fuses = config.electronFuses as Readonly<Record<string, boolean>>

  it("shows what the fuses are set to", () => {
    const shown = Markdown.codeBlocks(read(packaging)).find(({ code }) => code.includes("RunAsNode is"))
    const said = Object.fromEntries(
      shown!.code
        .trim()
        .split("\n")
        .map((line) => line.trim().split(" is "))
    ) as Readonly<Record<string, string>>
    const wanted = Object.entries(fuses).map(([name, is]) => [
      name[0]!.toUpperCase() + name.slice(1),
      is ? "Enabled" : "Disabled"
    ])
    assert.deepStrictEqual(said, Object.fromEntries(wanted))
  })

  it("lists the files that are made", () => {
    const page = read(packaging)
    for (const { target } of [config.linux.target, config.mac.target].flat()) assert.include(page, target)
  })
})

describe.each([use, packaging, reference])("commands of %s", (page) => {
  const scripts = (JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> }).scripts

  it("are scripts and programs that there are", () => {
    const named = [...read(page).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!)
    for (const name of named) assert.property(scripts, name)
    for (const [, name] of read(page).matchAll(/^npx ([\w-]+)/gm))
      assert.isTrue(existsSync(join(root, "node_modules/.bin", name!)), name)
  })

  it("name paths of the clone that are there", () => {
    const paths = [...read(page).matchAll(/(?:^|[ `])((?:examples|packages)\/[\w./-]+\w)/gm)].map(([, path]) => path!)
    for (const path of paths)
      if (!path.startsWith("packages/electron/dist/")) assert.isTrue(existsSync(join(root, path)), path)
  })
})

describe(use, () => {
  it("shows what is said where Electron can't be downloaded, as the launcher has it", () => {
    const shown = Markdown.codeBlocks(read(use)).find(({ code }) => code.includes("could not be downloaded"))
    const launcher = read(".config/desktop.mjs")
    const [first, ...more] = shown!.code.trim().split("\n")
    assert.strictEqual(first, "Electron 45.5.0 could not be downloaded: fetch failed.")
    for (const line of more) assert.include(launcher, JSON.stringify(line))
    assert.include(read("packages/electron/package.json"), '"electron": "45.5.0"')
  })

  it("quotes the buttons as they are", () => {
    for (const text of [QuitText.buttons.Background, QuitText.buttons.Interrupt.Quit, QuitText.buttons.Stay])
      assert.include(read(use), `**${text}**`)
  })
})
