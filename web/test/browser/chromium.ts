/** A headless Chromium for all test files of a process, and pages built from our sources as the published package is laid out. */

import { accessSync, constants } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { PATIENCE_MS } from '../patience.ts'

const LOOPBACK = '127.0.0.1'
/** The first one is the same browser without windows, which a page takes half as much of a processor for. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']
/** What a page starts or loads by its address. */
const BESIDE = {
  'verify-worker': '../../src/adapters/verify-worker.ts',
  'derive-worker': '../../src/adapters/derive-worker.ts',
  libsodium: '../../src/adapters/libsodium.ts',
}
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A container may have no other interface.
  '--allow-loopback-in-peer-connection',
]
/** Has pages of one site share a process: to start one takes as long as what most pages are asked. */
const IN_ONE_PROCESS = '--renderer-process-limit=1'
const TYPES: { readonly [suffix: string]: string } = {
  html: 'text/html',
  js: 'text/javascript',
  wasm: 'application/wasm',
}

/** Files by name, as a web server gives them. */
export type Files = ReadonlyMap<string, string | Uint8Array>

/** A web server on the loopback interface. */
export interface Site {
  readonly origin: string
  close(): Promise<void>
}

let browser: Promise<Browser> | undefined

/** Give a new profile, in memory, of the browser that the test files of this process share; close it in the end. */
export async function profile(): Promise<BrowserContext> {
  const options = { executablePath: findBrowser(), headless: true, timeout: PATIENCE_MS }
  browser ??= chromium.launch({ ...options, args: [...FLAGS, IN_ONE_PROCESS] })
  const context = await (await browser).newContext()
  context.setDefaultTimeout(PATIENCE_MS)
  // It stays, and with it the process that the next pages take.
  await context.newPage()
  return context
}

/** Close the pages of a profile that a test has opened. */
export async function closePages(context: BrowserContext): Promise<void> {
  for (const page of context.pages().slice(1)) await page.close()
}

/** Start Chromium with a profile on disk, which is removed when the browser is closed, and more *flags* if need be. */
export async function launch(flags: readonly string[] = []): Promise<BrowserContext> {
  const profile = await mkdtemp(join(tmpdir(), 'peerset-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser(),
    headless: true,
    args: [...FLAGS, ...flags],
    timeout: PATIENCE_MS,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  context.on('close', () => rm(profile, { recursive: true, force: true, maxRetries: 10 }))
  return context
}

const built = new Map<string, Promise<Files>>()

/**
 * Build the script *entry* of this folder, with what lies beside it: once for all test files.
 *
 * All of it is one script, for a page takes longer to load a hundred of them than to do what it is asked; it *isInParts*
 * where a test says what is loaded when.
 */
export async function bundle(entry: string, { isInParts = false } = {}): Promise<Files> {
  const input = { page: entry, ...BESIDE }
  const inputs = isInParts ? [input] : Object.entries(input).map(([name, path]) => ({ [name]: path }))
  const files = (await Promise.all(inputs.map(once))).flatMap(each => [...each])
  const wasm = await readFile(pathOf('../../node_modules/nostr-wasm/public/out/secp256k1.wasm'))
  return new Map([...files, ['secp256k1.wasm', wasm]])
}

/** Build the script of a service worker, which is one file. */
export async function workerOf(name: string): Promise<string> {
  const files = await once({ [name]: `../../src/drive/${name}.ts` })
  return String(files.get(`${name}.js`))
}

/** Build these scripts, if nobody has. */
function once(input: { readonly [name: string]: string }): Promise<Files> {
  const name = JSON.stringify(input)
  const files = built.get(name) ?? scriptsOf(input)
  built.set(name, files)
  return files
}

async function scriptsOf(input: { readonly [name: string]: string }): Promise<Files> {
  const paths = Object.entries(input).map(([name, path]) => [name, pathOf(path)])
  const results = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('../..', import.meta.url)),
    build: {
      write: false,
      minify: true,
      rolldownOptions: {
        input: Object.fromEntries(paths),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js', codeSplitting: paths.length > 1 },
      },
    },
  })
  const outputs = [results].flat().flatMap(result => ('output' in result ? result.output : []))
  return new Map(outputs.map(file => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
}

/** Serve *files* to every origin, each with the content security policy *policy*, if any. */
export async function serve(files: Files, policy?: string): Promise<Site> {
  const server = createServer(({ url }, response) => {
    const name = url?.slice(1) || 'index.html'
    const file = files.get(name)
    response.setHeader('content-type', TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream')
    response.setHeader('access-control-allow-origin', '*')
    if (policy !== undefined) response.setHeader('content-security-policy', policy)
    response.statusCode = file === undefined ? 404 : 200
    response.end(file)
  })
  await new Promise<void>(resolve => server.listen(0, LOOPBACK, resolve))
  const { port } = server.address() as AddressInfo
  return { origin: `http://${LOOPBACK}:${port}`, close: () => stop(server) }
}

/** Give *files* with a page that runs the script at *address*. */
export function withPage(files: Files, address = 'page.js'): Files {
  const html = `<!doctype html><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,"><script type="module" crossorigin src="${address}"></script>`
  return new Map([...files, ['index.html', html]])
}

/** Open *site* in a new page, and wait until its commands are there. */
export async function open(context: BrowserContext, site: Site): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${site.origin}/`)
  await page.waitForFunction(() => 'commands' in globalThis)
  return page
}

/** What a page can be asked to do: the functions that it puts at `commands`, by name. */
interface AnyCommands {
  readonly [name: string]: (argument: never) => unknown
}

/** Runs the command *name* in *page*. */
type Run<Commands extends AnyCommands> = <Name extends keyof Commands>(
  page: Page,
  name: Name,
  ...given: Parameters<Commands[Name]>
) => Promise<Awaited<ReturnType<Commands[Name]>>>

/** Give what runs the commands of a page. */
export function runnerOf<Commands extends AnyCommands>(): Run<Commands> {
  return (page, name, ...given) =>
    page.evaluate(
      ([command, argument]) => {
        const { commands } = globalThis as unknown as { commands: { [name: string]: (argument: unknown) => unknown } }
        return commands[command as string]?.(argument)
      },
      [name as string, given[0] as unknown] as const,
    ) as Promise<never>
}

function findBrowser(): string {
  const places = (process.env.PATH ?? '').split(delimiter)
  const found = places.flatMap(place => NAMES.map(name => join(place, name))).find(isExecutable)
  if (found !== undefined) return found
  throw new Error(`none of ${NAMES.join(', ')} is on the PATH; install one (Debian: apt-get install ${NAMES[0]})`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}
