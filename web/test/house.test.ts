/** What style.md asks and the linter cannot say, read from the source: sizes, doc comments, tests, floors, twins. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const WEB = join(dirname(fileURLToPath(import.meta.url)), '..')
const PACKAGE = join(WEB, '..', 'peerset')
const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 40
const PURE_FLOORS = ['core/', 'documents/', 'protocol/']

/** The rooms of the house, floor by floor from the ground: folders, and the few files that stand beside them. */
const FLOORS = [
  ['errors.ts'],
  ['core'],
  ['documents', 'protocol'],
  ['ports.ts', 'notices.ts'],
  ['adapters', 'policies'],
  ['moderation', 'identity'],
  ['data'],
  ['drive'],
  ['room'],
  ['elements'],
  ['elements/identity'],
  ['elements/room'],
  ['elements/dashboard', 'elements/share'],
  ['jsx.ts'],
  ['index.ts', 'elements.ts'],
  ['node'],
  ['bundle.ts'],
]

const BANNED_NAMES = ['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'handler', 'service', 'misc']

/** Modules without a test file of their own, and why. */
const UNTESTED = new Map([
  ['index.ts', 'only names what the package exports'],
  ['bundle.ts', 'only names what the bundle exports'],
  ['elements.ts', 'only names the elements'],
  ['core/clock.ts', 'adds two numbers'],
  ['elements/root.ts', 'is tried in Chromium, with markup that lit rendered, by test/browser/rendered.test.ts'],
  ['room/directing.ts', 'is part of what test/room/addressed.test.ts tries'],
  ['room/provisions.ts', 'is tried in Chromium, without a network, by test/browser/tabs.test.ts'],
  ['core/unreachable.ts', 'is never reached'],
  ['identity/passkey.ts', 'is tried in Chromium by test/browser/passkeys.test.ts'],
  ['adapters/saving.ts', 'is part of what test/adapters/indexeddb.test.ts tries'],
  ['room/peer.ts', 'is part of what test/room/joining.test.ts and sharing.test.ts try'],
  ['room/thinning.ts', 'is part of what test/room/lighten.test.ts tries'],
  ['room/making.ts', 'is part of what test/room/joining.test.ts tries'],
  ['elements/theme.ts', 'is a style sheet'],
  ['elements/share/element.ts', 'is part of what test/browser/element-address.test.ts tries in Chromium'],
  ['elements/room/styles.ts', 'is a style sheet'],
  ...['element', 'consent', 'forms'].map((name): [string, string] => [
    `elements/identity/${name}.ts`,
    'is part of what test/browser/element-identity.test.ts tries in Chromium',
  ]),
  ...['declaring', 'desk', 'expected', 'opening', 'reader'].map((name): [string, string] => [
    `data/${name}.ts`,
    'is part of what test/data/collection.test.ts tries',
  ]),
  ['data/writing.ts', 'is part of what test/data/collection.test.ts and batch.test.ts try'],
  ...['installed', 'opening'].map((name): [string, string] => [
    `node/${name}.ts`,
    'is part of what test/node/joining.test.ts tries',
  ]),
  ['data/written.ts', 'is part of what test/data/model.test.ts tries'],
  ['documents/linking.ts', 'is part of what test/documents/vectors.test.ts tries'],
  ['data/index.ts', 'only names what is loaded together'],
  ['data/types.ts', 'is types, which test/published/client.ts tries'],
  ...[
    'access',
    'doc',
    'explaining',
    'figures',
    'finding',
    'forwarding',
    'lineage',
    'listeners',
    'moving',
    'projection',
    'projector',
    'remembered',
    'shelf',
    'shelved',
  ].map((name): [string, string] => [`adapters/${name}.ts`, 'is part of what test/adapters/documents.test.ts tries']),
  ...['logged', 'recalled', 'viewing'].map((name): [string, string] => [
    `adapters/${name}.ts`,
    'is part of what test/adapters/log.test.ts tries',
  ]),
  ['drive/serving.ts', 'is tried in Chromium by test/browser/files.test.ts'],
  ['room/granting.ts', 'is part of what test/room/permission.test.ts tries'],
  ['room/database.ts', 'is part of what test/data/collection.test.ts and changes.test.ts try'],
  ...['deputy', 'kept', 'leading', 'remote', 'status', 'tab'].map((name): [string, string] => [
    `room/${name}.ts`,
    'is part of what test/browser/tabs.test.ts tries in Chromium',
  ]),
  ['elements/room/lock.ts', 'is part of what test/browser/element-sealed.test.ts tries in Chromium'],
  ['elements/room/attachments.ts', 'is part of what test/browser/element-files.test.ts tries in Chromium'],
  ['elements/room/errand.ts', 'is tried in Chromium by test/browser/element-linking.test.ts'],
  ['elements/room/linking.ts', 'is tried in Chromium by test/browser/element-linking.test.ts'],
  ['elements/room/permit.ts', 'is part of what test/browser/element-permit.test.ts tries in Chromium'],
  ...['composer', 'controller', 'list', 'template', 'view'].map((name): [string, string] => [
    `elements/room/${name}.ts`,
    'is part of what test/browser/element.test.ts tries in Chromium',
  ]),
])

/** Modules that nothing imports because they are entered from outside, and how. */
const ENTRIES = new Map([
  ['index.ts', 'the headless package'],
  ['bundle.ts', 'everything in one file'],
  ['node/index.ts', 'the package in Node'],
  ['adapters/verify-worker.ts', 'a worker, by its URL'],
  ['adapters/derive-worker.ts', 'a worker, by its URL'],
  ['adapters/libsodium.ts', 'a script of that worker, by its URL'],
  ['drive/files-worker.ts', 'a service worker, by its URL'],
])

/** Modules of the pure floors without a Python file of their name, and what stands there in its place. */
const UNPAIRED = new Map([
  ['core/bisect.ts', 'bisect of the standard library'],
  ['core/msgpack.ts', 'the package msgpack'],
  ['core/rng.ts', 'random.Random of the standard library'],
  ['core/times.ts', 'part of core/typed.py; a page loads it once it is needed'],
  ['core/unreachable.ts', 'typing.assert_never'],
  ['documents/figures.ts', 'part of documents/plan.py; a page loads it once it is needed'],
  ['documents/linking.ts', 'part of documents/document.py; a page loads it with what writes'],
  ['protocol/wanting.ts', 'part of protocol/fetching.py; a page loads it once it is needed'],
])

/** Packages the pure floors may use: they compute, and touch nothing. */
const PURE_PACKAGES = /^@(noble\/(ciphers|curves|hashes)|scure\/bip39)(\/|$)/

/** What reaches for a clock, chance, a timer, the network, a disk or a log. */
const IMPURE =
  /\bDate\b|\bMath\.random\b|\bcrypto\b|\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b|\brequestAnimationFrame\b|(?<![.#\w])fetch\(|\bXMLHttpRequest\b|\bindexedDB\b|\b(local|session)Storage\b|\bconsole\b|\bperformance\b|\bglobalThis\b|\bprocess\./

interface Module {
  /** Its path below src or test. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

function modulesOf(folder: string): Module[] {
  const paths = readdirSync(join(WEB, folder), { recursive: true, encoding: 'utf8' })
  const sources = paths.filter(path => path.endsWith('.ts') && !path.endsWith('.d.ts')).sort()
  return sources.map(path => {
    const text = readFileSync(join(WEB, folder, path), 'utf8')
    return { path: path.replaceAll('\\', '/'), text, lines: text.split('\n') }
  })
}

const SOURCES = modulesOf('src')
const TESTS = modulesOf('test')
const EVERYTHING = [...SOURCES, ...TESTS]
const PURE = SOURCES.filter(({ path }) => PURE_FLOORS.some(floor => path.startsWith(floor)))

/** Give the code of *module* without its comments and its quoted texts, line by line. */
function codeOf(module: Module): string[] {
  const blank = (found: string): string => found.replaceAll(/[^\n]/g, '')
  return module.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'/g, blank).split('\n')
}

/** Give the modules that *module* names in imports, exports and URLs, as paths below src or as packages. */
function importsOf(module: Module): string[] {
  const named = [...module.text.matchAll(/\b(?:from|import\(|import|new URL\() ?'([^']+)'/g)].map(
    ([, name]) => name ?? '',
  )
  const folder = posix.dirname(module.path)
  return named.map(name => (name.startsWith('.') ? posix.join(folder, name.replace(/\?.*$/, '')) : name))
}

/** Whether *name*, which a module imports, is a module of ours. */
function isOurs(name: string): boolean {
  return name.endsWith('.ts')
}

/** Give the folder that a module lies in; a module of the top is a room of its own. */
function roomOf(path: string): string {
  const folder = posix.dirname(path)
  return folder === '.' ? path : folder
}

function floorOf(path: string): number {
  return FLOORS.findIndex(rooms => rooms.includes(roomOf(path)))
}

/** A line that opens the body of a function, method or arrow; an `if` or a loop too, which is shorter than its home. */
const OPENS_BODY = /(\)|=>)[^()]*\{$/

/** Give [first line, number of lines] of every body in *module*; the formatter's indent tells where one ends. */
function bodiesOf(module: Module): [line: number, length: number][] {
  const found: [number, number][] = []
  for (const [start, line] of module.lines.entries()) {
    if (!OPENS_BODY.test(line) || /^\s*(\*|\/\/)/.test(line)) continue
    const indent = line.length - line.trimStart().length
    const closes = (other: string, at: number): boolean => at > start && other.startsWith(`${' '.repeat(indent)}}`)
    const end = module.lines.findIndex(closes)
    found.push([start + 1, (end === -1 ? module.lines.length : end) - start + 1])
  }
  return found
}

test('no file hides a second noun', () => {
  const long = EVERYTHING.filter(({ lines }) => lines.length - 1 > FILE_LINES_MAX)
  expect(long.map(({ path, lines }) => `${path} has ${lines.length - 1} lines`)).toEqual([])
})

test('no function does two things', () => {
  const long = SOURCES.flatMap(module =>
    bodiesOf(module)
      .filter(([, length]) => length > FUNCTION_LINES_MAX)
      .map(([line, length]) => `${module.path}:${line} has ${length} lines`),
  )
  expect(long).toEqual([])
})

test('no file is named after nothing', () => {
  const words = (path: string): string[] =>
    basename(path)
      .replace(/(\.test)?\.ts$/, '')
      .split('-')
  const named = EVERYTHING.filter(({ path }) => words(path).some(word => BANNED_NAMES.includes(word)))
  expect(named.map(({ path }) => path)).toEqual([])
})

test('every file says at its head what it is', () => {
  expect(SOURCES.filter(({ text }) => !text.startsWith('/**')).map(({ path }) => path)).toEqual([])
})

test('every exported declaration has a doc comment', () => {
  const bare: string[] = []
  for (const { path, lines } of SOURCES) {
    const constants = lines.map(line => /^export const (\w+)/.exec(line)?.[1])
    for (const [at, line] of lines.entries()) {
      const [, kind, name = ''] =
        /^export (?:async |abstract )*(const|function\*?|class|interface|type) (\w+)/.exec(line) ?? []
      // A limit says all in its name, and a union in its members.
      const saysAll = kind === 'const' ? /^[A-Z][A-Z0-9_]*$/.test(name) : kind === 'type' && /= \w+ \||=$/.test(line)
      const isTold = lines
        .slice(0, at)
        .findLast(before => before.trim() !== '')
        ?.endsWith('*/')
      const isSecond = kind === 'type' && constants.includes(name)
      if (kind !== undefined && !saysAll && !isTold && !isSecond) bare.push(`${path}:${at + 1} ${name}`)
    }
  }
  expect(bare).toEqual([])
})

test('no comment promises work without an issue', () => {
  const promise = new RegExp(
    `(//|\\*).*\\b(${['TO', 'FIX'].map((start, at) => start + ['DO', 'ME'][at]).join('|')})\\b`,
  )
  const found = EVERYTHING.flatMap(({ path, lines }) =>
    lines.flatMap((line, at) => (promise.test(line) && !/\bissue \d/.test(line) ? [`${path}:${at + 1}`] : [])),
  )
  expect(found).toEqual([])
})

test('every module with behaviour has its own test file', () => {
  const tests = TESTS.map(({ path }) => path)
  const isTested = (path: string): boolean => {
    const stem = path.replace(/\.ts$/, '')
    return tests.some(
      other => other === `${stem}.test.ts` || (other.startsWith(`${stem}-`) && other.endsWith('.test.ts')),
    )
  }
  const active = SOURCES.filter(module => bodiesOf(module).length > 0).map(({ path }) => path)
  expect(active.filter(path => !UNTESTED.has(path) && !isTested(path))).toEqual([])
})

test('no module is dead', () => {
  const imported = new Set(SOURCES.flatMap(importsOf))
  const paths = SOURCES.map(({ path }) => path)
  expect(paths.filter(path => !imported.has(path) && !ENTRIES.has(path))).toEqual([])
})

test('every file is in a room of the house, and every room is there', () => {
  expect(new Set(SOURCES.map(({ path }) => roomOf(path)))).toEqual(new Set(FLOORS.flat()))
})

test('imports point down, and not to neighbours', () => {
  const isBelow = (path: string, name: string): boolean =>
    roomOf(name) === roomOf(path) || floorOf(name) < floorOf(path)
  const astray = SOURCES.flatMap(module =>
    importsOf(module)
      .filter(name => isOurs(name) && !isBelow(module.path, name))
      .map(name => `${module.path} imports ${name}`),
  )
  expect(astray).toEqual([])
})

test('the ground floors use only packages that compute', () => {
  const astray = PURE.flatMap(module =>
    importsOf(module)
      .filter(name => !isOurs(name) && !PURE_PACKAGES.test(name))
      .map(name => `${module.path} imports ${name}`),
  )
  expect(astray).toEqual([])
})

test('the ground floors touch no clock, chance, timer, network, disk or log', () => {
  const found = PURE.flatMap(module =>
    codeOf(module).flatMap((line, at) => (IMPURE.test(line) ? [`${module.path}:${at + 1} ${line.trim()}`] : [])),
  )
  expect(found).toEqual([])
})

test('every file of the ground floors is the twin of a Python file', () => {
  const twinOf = (path: string): string => join(PACKAGE, path.replaceAll('-', '_').replace(/\.ts$/, '.py'))
  const paths = PURE.map(({ path }) => path)
  expect(paths.filter(path => !UNPAIRED.has(path) && !existsSync(twinOf(path)))).toEqual([])
})

test('no exception is made for what is not there', () => {
  const paths = SOURCES.map(({ path }) => path)
  const excepted = [...UNTESTED.keys(), ...UNPAIRED.keys()]
  expect(excepted.filter(path => !paths.includes(path))).toEqual([])
})
