/**
 * GUN and OrbitDB, as a page would load them, built by the same bundler with the same settings.
 *
 * Both come from the registry into a temporary folder. OrbitDB runs on Helia and libp2p, which its own bundle leaves
 * out; `--helia` installs them too (some 900 packages) and measures what a page needs in all.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { measured, type Size } from './size.ts'

const GUN = 'gun@0.2020.1241'
const ORBITDB = '@orbitdb/core@4.0.0'
const ORBITDB_BUNDLE = 'node_modules/@orbitdb/core/dist/orbitdb.min.js'
const HELIA = ['helia@5.5.1', '@chainsafe/libp2p-gossipsub@14.1.2']

/** Measure the others. */
export async function others({ withHelia }: { readonly withHelia: boolean }): Promise<Size[]> {
  const folder = mkdtempSync(join(tmpdir(), 'peerset-sizes-'))
  try {
    install(folder, [GUN, ORBITDB, ...(withHelia ? HELIA : [])])
    const page = (what: string, script: string): Promise<Size> => sizeOf(folder, what, script)
    const gun = ['gun', 'sea'].map(file => `import 'gun/${file}.js'`)
    const gunStored = ['radix', 'radisk', 'store', 'rindexed', 'webrtc'].map(file => `import 'gun/lib/${file}.js'`)
    return [
      await page(`${GUN}: gun.js and sea.js`, gun.join('\n')),
      await page('  with its IndexedDB store and WebRTC', [...gun, ...gunStored].join('\n')),
      measured(`${ORBITDB}, its own bundle, without Helia and libp2p`, [readFileSync(join(folder, ORBITDB_BUNDLE))]),
      ...(withHelia ? [await page('  with Helia, libp2p and gossipsub', ORBITDB_PAGE)] : []),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const ORBITDB_PAGE = `
export { createOrbitDB } from '@orbitdb/core'
export { createHelia } from 'helia'
export { gossipsub } from '@chainsafe/libp2p-gossipsub'
`

function install(folder: string, packages: readonly string[]): void {
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  execFileSync('npm', ['install', ...flags, ...packages], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function sizeOf(root: string, what: string, script: string): Promise<Size> {
  const input = join(root, 'page.js')
  writeFileSync(input, script)
  const built = await build({
    configFile: false,
    logLevel: 'error',
    root,
    build: {
      write: false,
      minify: true,
      target: 'es2023',
      rolldownOptions: { input, preserveEntrySignatures: 'strict' },
    },
  })
  const files = [built].flat().flatMap(result => ('output' in result ? result.output : []))
  return measured(
    what,
    files.map(file => (file.type === 'chunk' ? file.code : file.source)),
  )
}
