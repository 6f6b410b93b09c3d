/** The page of `verify.ts` and `store.ts`: its commands, run one by one from outside. */

import { loadEngine, NOBLE } from '../src/adapters/engine.ts'
import { openIndexedDbStore } from '../src/adapters/lasting.ts'
import { Verifier } from '../src/adapters/verifier.ts'
import { measureEngines, measureStore, signedRecords } from './measures.ts'

const commands = {
  /** Verifications a second of both engines on this thread. */
  engines: async () => measureEngines([NOBLE, await loadEngine('secp256k1.wasm')]),

  /** Verifications a second through the pool of workers. */
  async pool(): Promise<{ perSecond: number; engine: string | null }> {
    const verifier = new Verifier()
    const records = signedRecords(4_000)
    await verifier.verify(records.slice(0, 500))
    const start = performance.now()
    await verifier.verify(records)
    const seconds = (performance.now() - start) / 1_000
    verifier.close()
    return { perSecond: Math.round(records.length / seconds), engine: verifier.engine }
  },

  /** Milliseconds that a store takes for what a room asks of it. */
  store: async () => measureStore(await openIndexedDbStore('bench')),
}

Object.assign(globalThis, { commands })
