/** Prints the verifications a second of both engines and of the worker pool: `npx tsx bench/verify.ts`. */

import { readFile } from 'node:fs/promises'
import { NOBLE, wasmEngine } from '../src/adapters/engine.ts'
import { measureEngines } from './measures.ts'
import { inChromium } from './pages.ts'

const BINARY = new URL('../node_modules/nostr-wasm/public/out/secp256k1.wasm', import.meta.url)

const print = (what: string, value: unknown) => process.stdout.write(`${what.padEnd(24)}${JSON.stringify(value)}\n`)

print('Node, one thread', measureEngines([NOBLE, await wasmEngine(await readFile(BINARY))]))
await inChromium(async run => {
  print('Chromium, one thread', await run('engines'))
  print('Chromium, the pool', await run('pool'))
})
