/** The package as it would be published: installed from its archive, type-checked, built into pages, and opened. */

import { readFileSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { preview } from 'vite'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launch } from './browser/chromium.ts'
import { startTracker, type Verb } from './browser/python.ts'
import { BUILT_EXAMPLES, makeWorkspace, type Workspace } from './published/workspace.ts'

const WEB = fileURLToPath(new URL('..', import.meta.url))
const LINES_MAX = 30
const CDN = 'https://cdn.jsdelivr.net/npm/peerset@'
/** A container may have no other interface; and no name leads outside, so that nobody waits for a STUN server. */
const FLAGS = [
  '--allow-loopback-in-peer-connection',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE *.local',
]

let workspace: Workspace
let context: BrowserContext
let tracker: { readonly url: string; readonly verb: Verb }
const closings: (() => Promise<unknown>)[] = []
const errors: string[] = []

beforeAll(async () => {
  ;[workspace, tracker, context] = await Promise.all([makeWorkspace(), startTracker(), launch(FLAGS)])
  context.on('weberror', error => errors.push(String(error.error())))
})

afterEach(async () => {
  for (const page of context.pages()) await page.close()
  for (const close of closings.splice(0)) await close()
  expect(errors.splice(0)).toEqual([])
})

afterAll(async () => {
  await context?.close()
  await tracker?.verb.end()
  await workspace?.remove()
})

/** Build an example and serve it; give its address. */
async function serveBuilt(name: string): Promise<string> {
  await workspace.node(name, vitePath(), 'build', '--logLevel', 'error')
  const server = await preview({
    root: join(workspace.folder, name),
    configFile: false,
    logLevel: 'error',
    preview: { host: '127.0.0.1', port: 0, open: false },
  })
  closings.push(() => server.close())
  return server.resolvedUrls?.local[0] ?? ''
}

function vitePath(): string {
  return join(workspace.folder, 'node_modules', 'vite', 'bin', 'vite.js')
}

/** Open an example in the room of the tracker of this test. */
async function open(address: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${address}?signaling=${encodeURIComponent(tracker.url)}`)
  return page
}

/** Open the page that loads the bundle from a CDN, which is played by the installed package. */
async function openPlain(): Promise<Page> {
  await context.route(`${CDN}**`, async route => {
    const path = new URL(route.request().url()).pathname.replace(/^\/npm\/peerset@[\d.]+\//, '')
    const headers = { 'access-control-allow-origin': '*', 'content-type': typeOf(path) }
    await route.fulfill({ headers, body: await readFile(join(workspace.installed, path)) })
  })
  closings.push(() => context.unroute(`${CDN}**`))
  const server = await preview({
    root: join(WEB, 'examples', 'html'),
    configFile: false,
    logLevel: 'error',
    build: { outDir: '.' },
    preview: { host: '127.0.0.1', port: 0, open: false },
  })
  closings.push(() => server.close())
  return await open(server.resolvedUrls?.local[0] ?? '')
}

function typeOf(path: string): string {
  return path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
}

async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox').first()
  await field.fill(text)
  await field.press('Enter')
}

async function sees(page: Page, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await page.getByText(text, { exact: true }).waitFor()
}

test.for([
  { module: 'ESNext', moduleResolution: 'bundler' },
  { module: 'Node16', moduleResolution: 'node16' },
])('a strict project with module resolution $moduleResolution checks all our types', async options => {
  const strict = {
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    noPropertyAccessFromIndexSignature: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
  }
  const target = { target: 'ES2023', lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'], types: [] }
  const compilerOptions = { ...options, ...strict, ...target, noEmit: true }
  await copyFile(join(WEB, 'test', 'published', 'client.ts'), join(workspace.folder, 'types', 'client.ts'))
  const project = `${options.moduleResolution}.json`
  await writeFile(join(workspace.folder, 'types', project), JSON.stringify({ compilerOptions, files: ['client.ts'] }))
  const compiler = join(WEB, 'node_modules', 'typescript', 'bin', 'tsc')
  expect(await workspace.node('types', compiler, '--singleThreaded', '--project', project)).toBe('')
})

test('every example of the guide is right, type by type', async () => {
  const pages = ['../docs/web.md', '../docs/node.md', 'README.md'].map(path => join(WEB, path))
  const examples = pages.flatMap(page => [...readFileSync(page, 'utf8').matchAll(/^```[jt]s\n(.*?)^```/gms)])
  const files = examples.map((_, number) => `guide-${number}.ts`)
  for (const [number, [, code]] of examples.entries()) {
    await writeFile(join(workspace.folder, 'types', `guide-${number}.ts`), `${code}\nexport {}\n`)
  }
  expect(files.length).toBeGreaterThan(3)
  const compilerOptions = {
    module: 'ESNext',
    moduleResolution: 'bundler',
    strict: true,
    skipLibCheck: false,
    types: [],
  }
  const target = { target: 'ES2023', lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'], noEmit: true }
  const project = JSON.stringify({ compilerOptions: { ...compilerOptions, ...target }, files })
  await writeFile(join(workspace.folder, 'types', 'guide.json'), project)
  const compiler = join(WEB, 'node_modules', 'typescript', 'bin', 'tsc')
  expect(await workspace.node('types', compiler, '--singleThreaded', '--project', 'guide.json')).toBe('')
})

test('a server that renders pages can import the library, the elements and the bundle', async () => {
  const script = `for (const name of ['peerset', 'peerset/element', 'peerset/node', 'peerset/bundle']) console.log(Object.keys(await import(name)).length > 1)`
  expect(await workspace.node('types', '--input-type=module', '--eval', script)).toBe('true\n'.repeat(4))
})

test('a room that Vue is given to follow is still a room', async () => {
  const script = `
    import { join } from 'peerset'
    import { ref } from 'vue'
    const room = ref(await join('lobby', { store: 'memory', signaling: [] }))
    await room.value.publish('hello')
    console.log(room.value.count)
    await room.value.leave()
    process.exit()`
  expect(await workspace.node('vue', '--input-type=module', '--eval', script)).toBe('1\n')
})

test('the package holds what it names, and nothing of our sources', async () => {
  const description = JSON.parse(await readFile(join(workspace.installed, 'package.json'), 'utf8'))
  const named = JSON.stringify([description.exports, description.unpkg, description.customElements])
  for (const [path] of named.matchAll(/\.\/dist\/[^"]+/g)) {
    expect(readFileSync(join(workspace.installed, path)).length, path).toBeGreaterThan(0)
  }
  for (const path of [
    'LICENSE',
    'README.md',
    'dist/LICENSES.md',
    'dist/verify-worker.js',
    'dist/derive-worker.js',
    'dist/libsodium.js',
    'dist/files-worker.js',
    'dist/secp256k1.wasm',
  ]) {
    expect(readFileSync(join(workspace.installed, path)).length, path).toBeGreaterThan(0)
  }
  expect(() => readFileSync(join(workspace.installed, 'src/index.ts'))).toThrow('ENOENT')
})

test('the examples are short, and the one without a bundler names this version', () => {
  const sources = [
    'html/index.html',
    'react/main.jsx',
    'vue/main.js',
    'vue/ChatRoom.vue',
    'svelte/main.js',
    'svelte/Chat.svelte',
    'node/bot.mjs',
  ]
  const lines = sources.map(path => readFileSync(join(WEB, 'examples', path), 'utf8').split('\n').length - 1)
  expect(Math.max(...lines)).toBeLessThanOrEqual(LINES_MAX)
  const { version } = JSON.parse(readFileSync(join(WEB, 'package.json'), 'utf8')) as { version: string }
  expect(readFileSync(join(WEB, 'examples', 'html', 'index.html'), 'utf8')).toContain(`${CDN}${version}/dist/`)
})

test('pages of plain HTML, React, Vue and Svelte meet in one room', async () => {
  const addresses = await Promise.all(BUILT_EXAMPLES.map(serveBuilt))
  const pages = [await openPlain(), ...(await Promise.all(addresses.map(open)))]
  const texts = ['plain', ...BUILT_EXAMPLES].map(name => `hello from ${name}`)
  for (const [at, page] of pages.entries()) {
    await say(page, texts[at] ?? '')
    await sees(page, texts[at] ?? '')
  }
  for (const page of pages) await sees(page, ...texts)
  // Signatures were checked by workers: a bundler carried their script along, and a CDN gave it to a page elsewhere.
  for (const page of pages) await expect.poll(() => page.workers().length).toBeGreaterThan(0)
})
