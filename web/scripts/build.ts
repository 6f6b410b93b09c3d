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

rmSync(DIST, { recursive: true, force: true })
await buildScripts()
declare()
writeFileSync(join(DIST, 'custom-elements.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
serve()
const sizes = await ownSizes()
console.log(table(sizes))
for (const line of overBudget(sizes)) throw new Error(line)

/** Build the scripts: for bundlers with the dependencies left out, for pages in one file, and the workers. */
async function buildScripts(): Promise<void> {
  await bundle({ input: ENTRIES, external: dependencies() })
  await bundle({ input: { 'peerset.bundle': 'src/bundle.ts' }, licenses: LICENSES })
  for (const worker of ['adapters/verify-worker', 'adapters/derive-worker', 'drive/files-worker'])
    await bundle({ input: { [basename(worker)]: `src/${worker}.ts` } })
  cpSync(WASM, join(DIST, 'secp256k1.wasm'))
  const licenses = readFileSync(join(DIST, LICENSES), 'utf8')
  writeFileSync(
    join(DIST, LICENSES),
    `${licenses.trimEnd()}\n\n${readFileSync(join(ROOT, 'scripts/secp256k1.md'), 'utf8')}`,
  )
}

/** Write the type declarations; they name each other by the extensions that every version of TypeScript follows. */
function declare(): void {
  const compiler = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
  execFileSync(process.execPath, [compiler, '--project', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' })
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
  for (const name of ['peerset.bundle.js', LICENSES, ...LAZY_FILES]) cpSync(join(DIST, name), join(SERVED, name))
}
