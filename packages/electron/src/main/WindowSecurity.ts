/**
 * What a window and its page may do: nothing but show what is the page's own. The page comes from this program and is
 * trusted with little all the same: it shows what flows, programs and servers have written.
 *
 * The items of Electron's own list are each kept here, and said explicitly where Electron's default is the same.
 */
import { app } from "electron/main"
import type { Certificate, Event, Session, WebContents, WebPreferences } from "electron/main"
import * as PageAddress from "./PageAddress.ts"

export interface Options {
  /** The address of the documentation: what is at its host may be opened in a browser, and nothing else. */
  readonly docs?: string | undefined
  /** Opens an address in the browser of the system. */
  readonly openExternal: (url: string) => Promise<void>
  readonly log: (line: string) => void
  /** Whether the developer tools are there: never in a packaged program. */
  readonly devTools: boolean
  /** Is told what became of a file that the page saved, where a person should know. */
  readonly tell?: ((contents: WebContents, text: string) => void) | undefined
}

/** The preferences of every window. */
export const webPreferences = (options: {
  readonly preload: string
  readonly session: Session
  readonly devTools: boolean
}): WebPreferences => ({
  preload: options.preload,
  session: options.session,
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  plugins: false,
  navigateOnDragDrop: false,
  // Its dictionaries would be loaded from the network.
  spellcheck: false,
  safeDialogs: true,
  devTools: options.devTools
})

/**
 * Switches that would give the program's windows away, or let them load what is not theirs. Whoever can start a program
 * can replace it, too: this closes the doors that another program, or a link, could use in passing.
 */
const refusedSwitches: ReadonlyArray<string> = [
  "remote-debugging-port",
  "remote-debugging-pipe",
  "remote-debugging-address",
  "remote-debugging-io-pipes",
  "remote-allow-origins",
  "auto-open-devtools-for-tabs",
  "disable-web-security",
  "disable-site-isolation-trials",
  "allow-file-access-from-files",
  "allow-running-insecure-content",
  "ignore-certificate-errors",
  "ignore-certificate-errors-spki-list",
  "unsafely-treat-insecure-origin-as-secure",
  "host-rules",
  "host-resolver-rules",
  "load-extension",
  "enable-blink-features",
  "enable-experimental-web-platform-features",
  "js-flags",
  "renderer-cmd-prefix",
  "utility-cmd-prefix",
  "gpu-launcher",
  "browser-subprocess-path",
  "in-process-gpu",
  "disable-setuid-sandbox",
  "disable-namespace-sandbox",
  "disable-gpu-sandbox"
]

/** Those that have done it before the program is asked, so that taking them away comes too late. */
const lateSwitches: ReadonlyArray<string> = [
  "no-sandbox",
  "single-process",
  "disable-seccomp-filter-sandbox",
  "zygote-cmd-prefix"
]

const lateVariable = "ELECTRON_DISABLE_SANDBOX"

/**
 * Why a packaged program does not start: it was told to show its pages without the sandbox. On Linux what they are started
 * from is there before the program is asked, and has or has no sandbox by then.
 */
export const refusal = (program: {
  readonly isPackaged: boolean
  readonly env: NodeJS.ProcessEnv
}): string | undefined => {
  if (!program.isPackaged) return undefined
  const variable = program.env[lateVariable] === undefined ? undefined : `the variable ${lateVariable}`
  const name = lateSwitches.find((one) => app.commandLine.hasSwitch(one))
  // Electron makes a switch of the variable.
  const told = variable ?? (name === undefined ? undefined : `the switch --${name}`)
  return told === undefined
    ? undefined
    : `Halte shows its pages in a sandbox only, and was started with ${told}, which opens or replaces it. Start it without. On Linux an AppImage adds --no-sandbox by itself where the system allows no sandbox to it: install the package (deb or rpm) there, which brings what is needed.`
}

/**
 * Before the program is ready: all pages are in the sandbox, and a packaged program takes no switch that opens it.
 * Answers the switches that were taken away.
 */
export const beforeReady = (isPackaged: boolean): ReadonlyArray<string> => {
  app.enableSandbox()
  if (!isPackaged) return []
  const found = refusedSwitches.filter((name) => app.commandLine.hasSwitch(name))
  for (const name of found) app.commandLine.removeSwitch(name)
  return found
}

/**
 * Guards every session and all web contents that there will be, also those that nobody meant to make. Before the program
 * is ready. Answers what ends it.
 */
export const install = (options: Options): (() => void) => {
  const onSession = (session: Session) => guardSession(session, options)
  const onContents = (_: unknown, contents: WebContents) => guardContents(contents, options)
  const onCertificate = (
    event: Event,
    _: WebContents,
    url: string,
    error: string,
    __: Certificate,
    callback: (isTrusted: boolean) => void
  ) => {
    event.preventDefault()
    options.log(`A certificate was refused: ${error} at ${short(url)}`)
    callback(false)
  }
  const onClientCertificate = (
    event: Event,
    _: WebContents | null,
    __: string,
    ___: ReadonlyArray<Certificate>,
    callback: (certificate?: Certificate) => void
  ) => {
    event.preventDefault()
    callback()
  }
  app.on("session-created", onSession)
  app.on("web-contents-created", onContents)
  app.on("certificate-error", onCertificate)
  app.on("select-client-certificate", onClientCertificate)
  return () => {
    app.off("session-created", onSession)
    app.off("web-contents-created", onContents)
    app.off("certificate-error", onCertificate)
    app.off("select-client-certificate", onClientCertificate)
  }
}

const guarded = new WeakSet<object>()

/** Denies a session every permission and device, and everything that is not the page's own. Twice is once. */
const guardSession = (session: Session, options: Options): void => {
  if (guarded.has(session)) return
  guarded.add(session)
  session.setPermissionRequestHandler((_, permission, callback) => {
    options.log(`The page asked for the permission \`${permission}\`, which was denied`)
    callback(false)
  })
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_, callback) => callback(null))
  session.setBluetoothPairingHandler((_, callback) => callback({ confirmed: false }))
  // -2: refused, whatever Chromium thinks of it. There is no connection that a certificate could be of.
  session.setCertificateVerifyProc((_, callback) => callback(-2))
  session.setSpellCheckerEnabled(false)
  session.webRequest.onBeforeRequest((details, callback) => {
    const isAllowed = mayLoad(details.url, details.resourceType, options.devTools)
    if (!isAllowed) options.log(`The page was not let load ${short(details.url)} (${details.resourceType})`)
    callback({ cancel: !isAllowed })
  })
  session.on("will-download", (event, item, contents) => {
    const url = item.getURL()
    if (!PageAddress.isBlob(url)) {
      event.preventDefault()
      options.log(`A download was refused: ${short(url)}`)
      return
    }
    const name = item.getFilename()
    item.setSaveDialogOptions({ title: "Save", defaultPath: name, properties: ["showOverwriteConfirmation"] })
    item.once("done", (_, state) => {
      if (state === "interrupted") options.tell?.(contents, `\`${name}\` could not be saved.`)
    })
  })
}

/** What may be loaded: the page and its API, what it made itself, pictures that are in it. */
const mayLoad = (url: string, resourceType: string, devTools: boolean): boolean => {
  if (PageAddress.is(url) || PageAddress.isBlob(url)) return true
  if (url.startsWith("data:")) return resourceType === "image"
  return isDevTools(url, devTools)
}

const isDevTools = (url: string, devTools: boolean): boolean => devTools && url.startsWith("devtools://devtools/")

/** Keeps web contents on the page: no other address, no other window, nothing within it. Twice is once. */
const guardContents = (contents: WebContents, options: Options): void => {
  if (guarded.has(contents)) return
  guarded.add(contents)
  const block = (details: { readonly url: string; preventDefault(): void; readonly isMainFrame?: boolean }) => {
    if (details.isMainFrame !== false && (PageAddress.is(details.url) || isDevTools(details.url, options.devTools)))
      return
    details.preventDefault()
    options.log(`The page was not let go to ${short(details.url)}`)
  }
  contents.on("will-navigate", block)
  contents.on("will-redirect", block)
  contents.on("will-frame-navigate", block)
  contents.on("will-attach-webview", (event) => event.preventDefault())
  contents.on("select-bluetooth-device", (event, _, callback) => {
    event.preventDefault()
    callback("")
  })
  contents.setWindowOpenHandler(({ url }) => {
    const external = externalOf(url, options.docs)
    if (external === undefined) options.log(`The page was not let open ${short(url)}`)
    else
      options.openExternal(external).catch((error: unknown) => {
        options.log(`${external} could not be opened in a browser: ${String(error)}`)
        options.tell?.(contents, `\`${external}\` could not be opened in a browser.`)
      })
    return { action: "deny" }
  })
  // A page has no reason to find out the addresses of this machine, which no content policy forbids.
  contents.setWebRTCIPHandlingPolicy("disable_non_proxied_udp")
}

/** The address for the system's browser, where it is one of the documentation. */
const externalOf = (text: string, docs: string | undefined): string | undefined => {
  const url = PageAddress.read(text)
  if (url === undefined || url.protocol !== "https:" || url.port !== "") return undefined
  if (url.username !== "" || url.password !== "") return undefined
  return docs !== undefined && url.hostname === PageAddress.read(docs)?.hostname ? url.href : undefined
}

/** An address for the log: what may be a secret in it, or may be long, is left out. */
const short = (text: string): string => {
  const url = PageAddress.read(text)
  if (url === undefined) return "something that is no address"
  if (url.protocol === "data:" || url.protocol === "blob:") return `a ${url.protocol.slice(0, -1)} address`
  return `${url.protocol}//${url.host}${url.pathname}`.slice(0, 200)
}
