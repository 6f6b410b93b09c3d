/** One headless Chromium, and pages built from our sources as the published package is laid out. */

import { accessSync, constants } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { PATIENCE_MS } from '../patience.ts'

const LOOPBACK = '127.0.0.1'
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
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

/** Start Chromium with a new profile, which is removed when the browser is closed, and more *flags* if need be. */
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

const bundles = new Map<string, Promise<Files>>()

/** Build the script *entry* of this folder, with the files that it loads beside itself: once for all test files. */
export function bundle(entry: string): Promise<Files> {
  const known = bundles.get(entry)
  if (known !== undefined) return known
  const built = buildPage(entry)
  bundles.set(entry, built)
  return built
}

async function buildPage(entry: string): Promise<Files> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('../..', import.meta.url)),
    build: {
      write: false,
      minify: true,
      rollupOptions: {
        input: {
          page: pathOf(entry),
          'verify-worker': pathOf('../../src/adapters/verify-worker.ts'),
          'derive-worker': pathOf('../../src/adapters/derive-worker.ts'),
          libsodium: pathOf('../../src/adapters/libsodium.ts'),
        },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  })
  const files = new Map<string, string | Uint8Array>()
  for (const { output } of [built].flat().filter(result => 'output' in result)) {
    for (const file of output) files.set(file.fileName, file.type === 'chunk' ? file.code : file.source)
  }
  files.set('secp256k1.wasm', await readFile(pathOf('../../node_modules/nostr-wasm/public/out/secp256k1.wasm')))
  return files
}

/** Build the script of a service worker, which is one file. */
export async function workerOf(name: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: pathOf(`../../src/drive/${name}.ts`), formats: ['es'], fileName: name },
    },
  })
  const [file] = [built].flat().flatMap(result => ('output' in result ? result.output : []))
  return file?.type === 'chunk' ? file.code : ''
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
  throw new Error(`none of ${NAMES.join(', ')} is on the PATH; install one (Debian: apt-get install chromium)`)
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
