/** Where the package's parts lie, and how they are built from the sources. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, minifySync, type Plugin, type Rolldown } from 'vite'

/** The package's folder. */
export const ROOT: string = fileURLToPath(new URL('..', import.meta.url))

/** Where the built files go. */
export const DIST: string = fileURLToPath(new URL('../dist', import.meta.url))

/** Where the Python package looks for the page that `peerset serve` hosts. */
export const SERVED: string = fileURLToPath(new URL('../../peerset/page/static', import.meta.url))

/** The WebAssembly build of libsecp256k1. */
export const WASM: string = fileURLToPath(
  new URL('../node_modules/nostr-wasm/public/out/secp256k1.wasm', import.meta.url),
)

/** The scripts for bundlers, and their sources. */
export const ENTRIES: { readonly [name: string]: string } = {
  peerset: 'src/index.ts',
  element: 'src/elements.ts',
  node: 'src/node/index.ts',
}

/** What the CDN bundle loads beside itself, and when. */
export const LAZY_FILES: { readonly [name: string]: string } = {
  'verify-worker.js': 'once records arrive',
  'secp256k1.wasm': 'once records arrive, where WebAssembly runs',
  'derive-worker.js': 'once a passphrase seals a room',
  'libsodium.js': 'once a passphrase seals a room, where WebAssembly runs',
  'files-worker.js': 'once files are shown',
}

/** What the stores share, and nobody else needs. */
const NOTING = /src\/(core\/note|adapters\/order)\.ts$/

/** What lies in a database, whoever asks. */
const RESTING = /src\/(adapters\/(database|projection)|documents\/remains)\.ts$/

/** What queries of records and of documents share. */
const TIMES = /src\/core\/times\.ts$/

/** What is loaded where nothing is to last, and by what writes files in Node. */
const FORGETTING = /src\/adapters\/(memory|outlines|marks)\.ts$/

/** What few pages ask for, and those that widen their window. */
const SHELLS = /src\/room\/shells\.ts$/

/** What rooms with pins need, and no other. */
const PINNING = /src\/(core\/pin|moderation\/pinned|room\/(guests|pinning))\.ts$/

/** What the elements and sealed rooms share. */
const SEALS = /src\/core\/seal\.ts$/

/** What sealed rooms make of policies, and the names of rooms that say their rules. */
const CONTENT_RULES = /src\/moderation\/content-rules\.ts$/

/** What speaks by web sockets, to meet or to have something signed. */
const SOCKETS = /src\/adapters\/(json|socket)\.ts$/

/** What stores and budgets share. */
const SUMS = /src\/core\/day-sum\.ts$/

/** What the ways share by which peers meet under topics. */
const TOPICS = /src\/adapters\/topics\.ts$/

/** What pages with files need. */
const FILES = /src\/(drive|core\/blob|(adapters|protocol)\/blob)[^/]*(\/[a-z]+)?\.ts$/

/** What every join loads beside the library. */
const OUTSET =
  /src\/(core\/window|protocol\/(?!blob|claims|fetching|health|meeting|wanting)|room\/(outset|acquainted|making|asking|assembly|content|driver|lighten|rejections|remembered|writer)|adapters\/signatures|data\/agreement|moderation\/(days|late|moderator|rows|rulebook|shadows|thrift|versions))\.ts$/

/** What looks after what is ours: documents, pins and devices. */
const RENEWAL = /src\/data\/renewal\.ts$/

/** What finds documents, wherever they rest. */
const COLLECTIONS =
  /src\/documents\/(?!remains)|src\/data\/(?!batch|distant|enforcing|keeping|renewal|inlined|validated|writing|written|drafts|expected|locks|ownheads)|src\/adapters\/(access|completeness|doc|documents|finding|forwarding|listeners|moving|projector|sorted)\.ts$/

/** What of documents is loaded once somebody asks for that: the log of changes, live queries, what few pages need. */
const ON_DEMAND =
  /src\/(documents\/(change|figures|keys|linking|morton|sums|view)|data\/(changes|difference|dropping|facts|feed|folds|foldkeeping|foldline|live|pulse|reading|standing|switchboard|table|views|window)|adapters\/(log|logged|recalled|viewing))\.ts$/

/** What some collections need: those in a database, in memory, or in another tab, with a validator; and what writes. */
const SOME_COLLECTIONS =
  /src\/(adapters\/(explaining|globe|lineage|shelved|shelf|remembered|slow)|data\/(batch|distant|enforcing|keeping|inlined|validated|writing|written|drafts|expected|locks|ownheads))\.ts$/

/** What grants take, and the rules about authors: loaded where there are any. */
const GRANTS =
  /src\/(core\/(base64url|grant|heir|label)|room\/wallet|policies\/(authors|moderators|scope|writers))\.ts$/

/** What reads keys that are given. */
const GIVEN = /src\/identity\/given\.ts$/

/** What asks policies, whoever wants to know. */
const PANEL = /src\/moderation\/panel\.ts$/

/** What reads and writes addresses. */
const ADDRESSES = /src\/core\/(address|percent|portable)\.ts$/

/** What the elements share with what they load later, and the library never needs. */
const DRAWING = /node_modules\/(@lit|lit|lit-html|lit-element)\/|src\/elements\/(author|bytes|root)\.ts$/

/** What seals texts between two keys: for signers elsewhere, and for linked devices. */
const CONVERSING = /src\/core\/nip44\.ts$/

/** What draws QR codes. */
const CODES = /src\/elements\/code\.ts$|node_modules\/uqr\//

/** What links devices. */
const DEVICES = /src\/(core\/linking(-code)?|room\/devices)\.ts$/

/** What is apart from what several scripts share. */
const APART: readonly RegExp[] = [
  DRAWING,
  TIMES,
  SUMS,
  SOCKETS,
  FILES,
  TOPICS,
  RESTING,
  FORGETTING,
  SHELLS,
  SEALS,
  CONTENT_RULES,
  PINNING,
  RENEWAL,
  GRANTS,
  CONVERSING,
  CODES,
  DEVICES,
  GIVEN,
  PANEL,
  ADDRESSES,
]

/** How one build differs from another. */
export interface Plan {
  /** Output names and their source files. */
  readonly input: { readonly [name: string]: string }
  /** Packages that are left to whoever installs ours; when left out, everything goes into one file. */
  readonly external?: readonly string[]
  /** Gather the licenses of what is inside in this file of the output folder. */
  readonly licenses?: string
  /** Only give the files, and write nothing. */
  readonly isDry?: boolean
}

/** Give the packages that ours depends on, or that it asks for in Node. */
export function dependencies(): string[] {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'))
  return Object.keys({ ...dependencies, ...peerDependencies })
}

/** Build minified ES modules; give them. */
export async function bundle({ input, external, licenses, isDry = false }: Plan): Promise<Rolldown.OutputChunk[]> {
  const isExternal = (id: string): boolean =>
    id.startsWith('node:') || (external?.some(name => id === name || id.startsWith(`${name}/`)) ?? false)
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: ROOT,
    plugins: [anywhere(), tighten()],
    build: {
      lib: { entry: { ...input }, formats: ['es'], fileName: '[name]' },
      outDir: DIST,
      emptyOutDir: false,
      write: !isDry,
      target: 'es2023',
      license: licenses === undefined ? false : { fileName: licenses },
      reportCompressedSize: false,
      rolldownOptions: {
        external: isExternal,
        // A limit is a number where it is used: a name that one script gives to another takes more.
        optimization: { inlineConst: { mode: 'all' } },
        output:
          external === undefined
            ? { entryFileNames: '[name].js', codeSplitting: false }
            : {
                entryFileNames: '[name].js',
                chunkFileNames: '[name].js',
                // What several scripts need lies in one file; beside it lies what is loaded once it is needed.
                codeSplitting: {
                  groups: [
                    // These would follow what they are used by.
                    { name: 'shared', test: /src\/(errors|core\/stamp)\.ts$/, priority: 3 },
                    { name: 'noting', test: NOTING, priority: 2 },
                    {
                      name: 'shared',
                      minShareCount: 2,
                      test: id =>
                        ![...APART, COLLECTIONS, SOME_COLLECTIONS, ON_DEMAND, OUTSET].some(each => each.test(id)),
                      priority: 1,
                    },
                    { name: 'times', test: TIMES },
                    { name: 'sums', test: SUMS },
                    { name: 'shells', test: SHELLS },
                    { name: 'seals', test: SEALS },
                    { name: 'content-rules', test: CONTENT_RULES },
                    { name: 'pinning', test: PINNING },
                    { name: 'renewal', test: RENEWAL },
                    { name: 'grants', test: GRANTS },
                    { name: 'conversing', test: CONVERSING },
                    { name: 'codes', test: CODES },
                    { name: 'addresses', test: ADDRESSES },
                    { name: 'devices', test: DEVICES },
                    { name: 'given', test: GIVEN },
                    { name: 'outset', test: OUTSET },
                    { name: 'files', test: FILES },
                    { name: 'drawing', test: DRAWING },
                    { name: 'topics', test: TOPICS },
                    { name: 'resting', test: RESTING },
                    // What a page needs that declares collections, and no other.
                    { name: 'collections', test: id => COLLECTIONS.test(id) && !ON_DEMAND.test(id) },
                  ],
                },
              },
      },
    },
  })
  const outputs = [built].flat().flatMap(result => ('output' in result ? result.output : []))
  return outputs.filter(file => file.type === 'chunk')
}

/** Where lit takes it for granted that there is a page, and what does without one. */
const LIT: readonly { readonly file: RegExp; readonly there: RegExp; readonly anywhere: string }[] = [
  {
    file: /@lit\/reactive-element\/reactive-element\.js$/,
    there: /extends HTMLElement\b/,
    anywhere: 'extends (globalThis.HTMLElement??class{})',
  },
  {
    file: /lit-html\/lit-html\.js$/,
    there: /=document,/,
    anywhere: '=globalThis.document??{createTreeWalker(){}},',
  },
]

/** Let what has lit inside be imported where there is no page, as lit's own build for Node can. */
function anywhere(): Plugin {
  return {
    name: 'peerset-anywhere',
    transform(code, id) {
      const change = LIT.find(({ file }) => file.test(id))
      if (change === undefined) return null
      if (!change.there.test(code)) throw new Error(`${id} has changed: nothing in it is ${change.there}`)
      return { code: code.replace(change.there, change.anywhere), map: null }
    },
  }
}

/** Take out the white space, which the library mode of vite leaves in. */
function tighten(): Plugin {
  return {
    name: 'peerset-tighten',
    generateBundle(_, files) {
      for (const file of Object.values(files)) {
        if (file.type === 'chunk') file.code = minifySync(file.fileName, file.code, { module: true }).code
      }
    },
  }
}
