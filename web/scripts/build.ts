/** Builds what is published: `npm run build`. The sizes are shown, and one past its budget fails the build. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, DIST, dependencies, ENTRIES, LAZY_FILES, ROOT, SERVED, WASM } from './layout.ts'
import { manifest } from './manifest.ts'
import { ownSizes } from './own.ts'
import { overBudget, table } from './size.ts'

const LICENSES = 'LICENSES.md'
/** Licenses of what lies beside the bundle as WebAssembly. */
const COMPILED = ['secp256k1.md', 'libsodium.md']

rmSync(DIST, { recursive: true, force: true })
await buildScripts()
declare()
writeFileSync(join(DIST, 'custom-elements.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
serve()
const sizes = await ownSizes()
console.log(table(sizes))
for (const line of overBudget(sizes)) throw new Error(line)

/** Build the scripts: for bundlers with the dependencies left out, for pages in one file, and what these load. */
async function buildScripts(): Promise<void> {
  await bundle({ input: ENTRIES, external: dependencies() })
  await bundle({ input: { 'peerset.bundle': 'src/bundle.ts' }, licenses: LICENSES })
  for (const script of ['adapters/verify-worker', 'adapters/derive-worker', 'adapters/libsodium', 'drive/files-worker'])
    await bundle({ input: { [basename(script)]: `src/${script}.ts` } })
  cpSync(WASM, join(DIST, 'secp256k1.wasm'))
  const licenses = [join(DIST, LICENSES), ...COMPILED.map(name => join(ROOT, 'scripts', name))]
  const texts = licenses.map(path => readFileSync(path, 'utf8').trimEnd())
  writeFileSync(join(DIST, LICENSES), `${texts.join('\n\n')}\n`)
}

/** Write the type declarations; they name each other by the extensions that every version of TypeScript follows. */
function declare(): void {
  const compiler = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
  const words = [compiler, '--project', 'tsconfig.build.json', '--singleThreaded']
  execFileSync(process.execPath, words, { cwd: ROOT, stdio: 'inherit' })
  const folder = join(DIST, 'types')
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue
    const text = readFileSync(join(folder, path), 'utf8')
    writeFileSync(join(folder, path), text.replaceAll(/(from |import\()'(\.[^']*)\.ts'/g, "$1'$2.js'"))
  }
}

/** Lay the bundle where the Python package serves it from. */
function serve(): void {
  rmSync(SERVED, { recursive: true, force: true })
  mkdirSync(SERVED, { recursive: true })
  for (const name of ['peerset.bundle.js', LICENSES, ...Object.keys(LAZY_FILES)])
    cpSync(join(DIST, name), join(SERVED, name))
}
