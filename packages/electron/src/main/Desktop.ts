/**
 * The desktop, put together: one program, a window for each project, an engine behind each window. Here is what connects
 * them; what each does is in its own file.
 */
import { userInfo } from "node:os"
import { join } from "node:path"
import { shell } from "electron/common"
import { app, nativeTheme, Notification, powerMonitor } from "electron/main"
import type { Rectangle } from "electron/main"
import * as AppImage from "./AppImage.ts"
import * as AppMenu from "./AppMenu.ts"
import type { AppPaths } from "./AppPaths.ts"
import * as AppProtocol from "./AppProtocol.ts"
import * as Desk from "./Desk.ts"
import * as Desks from "./Desks.ts"
import * as EndNotices from "./EndNotices.ts"
import * as EngineProcess from "./EngineProcess.ts"
import * as Faults from "./Faults.ts"
import * as Indicators from "./Indicators.ts"
import * as Interrupting from "./Interrupting.ts"
import * as Ipc from "./Ipc.ts"
import * as LogFile from "./LogFile.ts"
import * as Opening from "./Opening.ts"
import * as NextStart from "./NextStart.ts"
import * as Notices from "./Notices.ts"
import * as OpenRequests from "./OpenRequests.ts"
import * as PageCalls from "./PageCalls.ts"
import * as Questions from "./Questions.ts"
import * as QuitDialog from "./QuitDialog.ts"
import * as QuitGuard from "./QuitGuard.ts"
import * as SettingsFile from "./SettingsFile.ts"
import { StartRefused } from "./StartFailure.ts"
import * as SystemEnd from "./SystemEnd.ts"
import * as TrayIcon from "./TrayIcon.ts"
import * as WindowSecurity from "./WindowSecurity.ts"

export interface Options {
  readonly paths: AppPaths
  /** The address of the documentation, where the program was built with one. */
  readonly docs?: string | undefined
  readonly argv: ReadonlyArray<string>
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** What engines and their programs get: that of a terminal of the person. @default `env` */
  readonly environment?: ((notice: (text: string) => void) => Promise<NodeJS.ProcessEnv>) | undefined
  /** The first argument names the program: `process.defaultApp`. */
  readonly namesApp: boolean
  /** The program, and its first arguments, that sweeps up after an engine that was killed. */
  readonly sweeper: ReadonlyArray<string>
  /** @default what this process has */
  readonly platform?: NodeJS.Platform | undefined
  /** What tests put in the place of the process, and of an engine. */
  readonly source?: (Faults.Source & SystemEnd.Source) | undefined
  readonly execArgv?: ReadonlyArray<string> | undefined
  readonly engine?: typeof EngineProcess.make | undefined
  /** Whether somebody shows tray icons. */
  readonly isTrayShown?: (() => Promise<boolean>) | undefined
}

export interface Desktop {
  readonly desks: Desks.Desks
  readonly settings: SettingsFile.SettingsFile
  readonly guard: QuitGuard.QuitGuard<Desk.DeskControl>
  /** Hears nothing more, and shows nothing more; windows and engines stay as they are. Settles when the log is written. */
  readonly close: () => Promise<void>
}

/** As installers and the system know the program. */
export const appId = "dev.halte.desktop"

/**
 * Starts it. To be called in the first turn of the program: what is said to Electron before it is ready can't be said
 * later. Answers `undefined` where another Halte is running already, which was told what to open instead.
 */
export const start = async (options: Options): Promise<Desktop | undefined> => {
  const { paths, platform = process.platform } = options
  const refusal = WindowSecurity.refusal({ isPackaged: app.isPackaged, env: options.env })
  if (refusal !== undefined) throw new StartRefused(refusal)
  if (!app.requestSingleInstanceLock({ argv: [...options.argv], cwd: options.cwd })) {
    app.quit()
    return undefined
  }
  const early = beforeReady(options, paths, platform)
  // A shell takes its time: it is asked while Electron gets ready.
  const env = options.environment?.(early.tell) ?? Promise.resolve(options.env)
  await app.whenReady()
  return whenReady(options, platform, early, await env)
}

type Requests = ReadonlyArray<OpenRequests.OpenRequest>

/** What is asked for before anybody can answer. */
interface Early {
  readonly log: LogFile.LogFile
  readonly openExternal: (url: string) => Promise<void>
  /** From now on requests go there. Answers those that have come before. */
  readonly handOver: (open: (requests: Requests) => void) => Requests
  /** Tells as soon as there is somebody to tell. */
  readonly tell: (text: string) => void
  /** From now on there is. */
  readonly tellBy: (tell: (text: string) => void) => void
  /** What is listened to. */
  readonly ends: ReadonlyArray<() => void>
}

const beforeReady = (options: Options, paths: AppPaths, platform: NodeJS.Platform): Early => {
  const untold: Array<string> = []
  let teller = (text: string): void => void untold.push(text)
  const tell = (text: string) => teller(text)
  const log = LogFile.open(paths.logs, { notice: tell })
  for (const text of paths.notices ?? []) tell(text)
  const say = (line: string) => log.write(line)
  say(`Halte ${app.getVersion()}, Electron ${process.versions.electron ?? "-"}, ${platform} ${process.arch}`)
  const endFaults = Faults.install({ source: options.source ?? (process as unknown as Faults.Source), log: say, tell })

  const removed = WindowSecurity.beforeReady(app.isPackaged)
  for (const name of removed) say(`The switch --${name} was not taken`)
  AppProtocol.registerScheme()
  const openExternal = (url: string) => shell.openExternal(url)
  const endGuards = WindowSecurity.install({
    openExternal,
    docs: options.docs,
    log: log.about("security"),
    devTools: !app.isPackaged,
    tell: (_, text) => tell(text)
  })

  if (platform === "win32") app.setAppUserModelId(appId)
  app.setAboutPanelOptions({
    applicationName: app.getName(),
    applicationVersion: app.getVersion(),
    version: "",
    copyright: "Automation you can stop.",
    iconPath: join(paths.resources, "icon.png")
  })

  // macOS says before the program is ready what it is started for.
  const early: Array<OpenRequests.OpenRequest> = []
  let open = (requests: Requests): void => void early.push(...requests)
  app.on("open-file", (event, path) => {
    event.preventDefault()
    open([OpenRequests.ofPath(path)])
  })
  app.on("open-url", (event, url) => {
    event.preventDefault()
    open([OpenRequests.ofUrl(url)])
  })
  app.on("second-instance", (_, argv, cwd, said) => {
    const { namesApp } = options
    open(OpenRequests.ofSecondStart(said, { argv, cwd }, { namesApp, platform }))
  })
  // Whoever listens decides whether the program ends with its last window: the quit guard does.
  app.on("window-all-closed", () => {})
  return {
    log,
    openExternal,
    tell,
    ends: [endFaults, endGuards],
    tellBy: (to) => {
      teller = to
      for (const text of untold.splice(0)) to(text)
    },
    handOver: (to) => {
      open = to
      return early.splice(0)
    }
  }
}

const whenReady = async (
  options: Options,
  platform: NodeJS.Platform,
  { ends: earlyEnds, handOver, log, openExternal, tell, tellBy }: Early,
  env: NodeJS.ProcessEnv
): Promise<Desktop> => {
  const { docs, paths } = options
  const say = (line: string) => log.write(line)
  const settings = SettingsFile.open(paths.settings, { notice: tell })
  const user = userName(options.env)
  const by = () => (settings.now.name === "" ? user : settings.now.name)
  nativeTheme.themeSource = settings.now.theme
  if (app.isPackaged) app.setAsDefaultProtocolClient(AppProtocol.scheme)

  const notify = (text: string): void => {
    say(`Told: ${text}`)
    if (Notification.isSupported()) new Notification({ title: app.getName(), body: Notices.shown(text) }).show()
  }

  const makeEngine = (directory: string) => {
    const engine = (options.engine ?? EngineProcess.make)({
      project: {
        directory,
        files: [],
        // What is decided when an engine starts counts for it.
        get maxExecutions() {
          return settings.now.maxExecutions
        },
        get user() {
          return by()
        },
        sweeper: options.sweeper
      },
      hostPath: paths.host,
      env,
      ...(options.execArgv === undefined ? undefined : { execArgv: options.execArgv }),
      log: log.about("engine")
    })
    engine.start()
    return engine
  }

  const desks = Desks.make({
    make: (number: number, directory: string | undefined, bounds: Rectangle | undefined) =>
      Desk.make({
        number,
        directory,
        engine: directory === undefined ? undefined : makeEngine(directory),
        preload: paths.preload,
        page: paths.page,
        icon: platform === "darwin" ? undefined : join(paths.resources, "icon.png"),
        devTools: !app.isPackaged,
        settings,
        user,
        bounds,
        windowClosing: (desk) => guard.windowClosing(desk),
        windowClosed: (desk) => guard.windowClosed(desk),
        isEnding: () => guard.isEnding,
        tellOutside: notify,
        log: log.about(`window ${number}`)
      })
  })
  const all = () => desks.all

  /** Without a window there is still the system that can say it. */
  const tellAnywhere = (text: string): void => {
    // While Halte ends, its windows are about to go.
    const desk = guard.isEnding ? undefined : desks.all.find(({ window }) => window !== undefined)
    if (desk === undefined) notify(text)
    else desk.tell(text)
  }

  /** On Linux a dialog without any window may be answered late, by up to 30 s (electron/electron#51049). */
  const windowFor = (desk: Desk.DeskControl | undefined) => {
    if (platform === "linux" && desk?.window === undefined) desk?.show()
    return desk?.window
  }

  const nextStart = NextStart.make({
    argv: options.argv,
    appPath: options.namesApp ? app.getAppPath() : undefined,
    image: AppImage.file({ isPackaged: app.isPackaged, platform, env: options.env }),
    log: say
  })
  const guard = QuitGuard.make<Desk.DeskControl>({
    desks: all,
    by,
    canComeBack: () => platform === "darwin" || tray.available,
    staysWithoutWindows: platform === "darwin",
    lookForTray: () => tray.look(),
    ask: (question, desk, signal) => QuitDialog.ask(question, windowFor(desk), signal, platform),
    closeWindow: (desk) => desk.closeWindow(),
    forget: (desk) => desks.forget(desk),
    leave: (code) => {
      say(`Leaving with exit code ${code}`)
      void close().finally(() => {
        nextStart.begin()
        app.exit(code)
      })
    },
    tell: tellAnywhere
  })
  const opening = Opening.make({
    desks,
    settings,
    isEnding: () => guard.isEnding,
    nextStart,
    tell: tellAnywhere,
    log: say,
    platform
  })
  const interrupting = Interrupting.make({
    settings,
    by,
    ask: (desk, question, over) => Questions.ask(question, windowFor(controlOf(desk)), over, platform)
  })

  const menu = AppMenu.make({
    desks: all,
    interrupting,
    recent: () => settings.recent,
    isPackaged: app.isPackaged,
    platform,
    openFlowFile: (desk) => quietly(opening.chooseFile(controlOf(desk))),
    openProject: (desk) => quietly(opening.chooseProject(controlOf(desk))),
    openRecent: (path, desk) => quietly(opening.openPath(path, controlOf(desk))),
    ...(docs === undefined ? undefined : { openDocs: () => quietly(openExternal(docs)) }),
    showLogs: () => quietly(shell.openPath(paths.logs))
  })
  const tray = TrayIcon.make({
    desks: all,
    interrupting,
    resources: paths.resources,
    open: () => opening.showLast(),
    quit: () => app.quit(),
    log: say,
    platform,
    ...(options.isTrayShown === undefined ? undefined : { isShown: options.isTrayShown })
  })
  const notices = EndNotices.make({ desks: all, settings, log: say })
  const indicators = Indicators.make({ desks: all, resources: paths.resources, platform })
  const parts = [menu, tray, notices, indicators]

  const controlOf = (desk: { readonly number: number } | undefined): Desk.DeskControl | undefined =>
    desks.all.find(({ number }) => number === desk?.number)
  const quietly = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => tellAnywhere(error instanceof Error ? error.message : String(error)))
  }

  let { maxExecutions } = settings.now
  const onSettings = () => {
    const { now } = settings
    if (nativeTheme.themeSource !== now.theme) nativeTheme.themeSource = now.theme
    menu.update()
    for (const desk of desks.all) desk.push()
    if (now.maxExecutions === maxExecutions) return
    maxExecutions = now.maxExecutions
    for (const desk of desks.all) if (desk.engine !== undefined) desk.tell(limitText(maxExecutions))
  }
  const end = SystemEnd.install({
    guard,
    running: () => desks.all.reduce((sum, { engine }) => sum + (engine?.live.length ?? 0), 0),
    app: app as unknown as SystemEnd.Source,
    powerMonitor: powerMonitor as unknown as SystemEnd.Source,
    platform,
    ...(options.source === undefined ? undefined : { signals: options.source })
  })
  const ends: Array<() => void> = [
    desks.onChange((isOther) => {
      if (isOther) for (const part of parts) part.update()
    }),
    settings.onChange(onSettings),
    Ipc.install({
      windowOf: desks.ofContents,
      handlers: PageCalls.make({ settings, opening, guard }),
      log: log.about("page")
    }),
    end.remove,
    () => guard.close(),
    ...parts.map((part) => () => part.close()),
    ...earlyEnds
  ]
  const close = (): Promise<void> => {
    for (const end of ends.splice(0)) end()
    return log.close()
  }
  app.on("before-quit", (event) => {
    if (!guard.quitRequested()) event.preventDefault()
  })
  app.on("activate", (_, hasVisibleWindows) => {
    if (!hasVisibleWindows) quietly(opening.asked([]))
  })

  const { argv, cwd, namesApp } = options
  const asked = [
    ...OpenRequests.ofArguments(argv, { cwd, namesApp, platform }),
    ...handOver((requests) => quietly(opening.asked(requests)))
  ]
  // A link, and what can't be opened, are shown beside what was there last.
  if (!asked.some(({ _tag }) => _tag === "Project" || _tag === "FlowFile")) await opening.openLast()
  await opening.open(asked)
  tellBy(tellAnywhere)
  void settings.lookForRecent()
  return { desks, settings, guard, close }
}

const limitText = (limit: number | null): string =>
  `${limit === null ? "That as many executions run at a time as there are" : limit === 1 ? "The limit of one execution at a time" : `The limit of ${limit} executions at a time`} counts from the next start of this window's engine.`

const userName = (env: NodeJS.ProcessEnv): string => {
  try {
    return userInfo().username
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return env["USER"] ?? env["LOGNAME"] ?? env["USERNAME"] ?? "somebody"
  }
}
