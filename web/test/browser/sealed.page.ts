/** The page of `sealed.test.ts`: its commands, run one by one from outside. */

import { bytesToHex } from '@noble/hashes/utils.js'
import { deriveUrl } from '../../src/adapters/addresses.ts'
import { type Derived, derive } from '../../src/adapters/deriving.ts'
import { launchesOf } from '../../src/adapters/launches.ts'
import { readPassphrase } from '../../src/core/seal.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { type Collection, join, type Room } from '../../src/index.ts'

let room: Room | null = null
let notes: Collection<string> | null = null
const seen: string[] = []

interface Joining {
  readonly name: string
  readonly seal?: string
  readonly relay: string
}

function joined(): Room {
  if (room === null) throw new Error('no room was joined')
  return room
}

/** Say for how long nothing else was done while *work* was, in milliseconds. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  let [longest, last, isOver] = [0, performance.now(), false]
  const over = work.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await new Promise(resolve => setTimeout(resolve))
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  await over
  return longest
}

/** Give all that an object store holds, as text, with the bytes as Latin letters. */
function textOf(value: unknown): string {
  const written = JSON.stringify(value, (_, each) =>
    each instanceof Uint8Array ? new TextDecoder('latin1').decode(each) : each,
  )
  return written ?? ''
}

const commands = {
  /** Join the room *name*; say how long that took, and for how long it held the page up. */
  async join({ name, seal, relay }: Joining) {
    const begun = performance.now()
    const joining = join(name, { signaling: [relay], seal })
    const pause = await longestPause(joining)
    room = await joining
    room.subscribe({}, record => seen.push(record.content))
    return { seconds: (performance.now() - begun) / 1_000, pause }
  },

  /** Make a secret of *passphrase* for the room of this tag, and say what made it in a worker; null where none did. */
  async derive({ passphrase, room }: { readonly passphrase: string; readonly room: string }) {
    let engine: Derived['engine'] | null = null
    const launches = launchesOf(deriveUrl, 'test').map(launch => () => {
      const worker = launch()
      worker.addEventListener('message', ({ data }: MessageEvent<Derived>) => {
        engine = data.engine
      })
      return worker
    })
    const secret = bytesToHex(await derive(readPassphrase(passphrase, room as RoomTag), launches))
    return { secret, engine: engine as Derived['engine'] | null }
  },

  async declare(): Promise<void> {
    notes = await joined().collection<string>('notes')
  },

  async put({ key, text }: { readonly key: string; readonly text: string }): Promise<void> {
    await notes?.put(key, text)
  },

  async publish(content: string): Promise<string> {
    return (await joined().publish(content, { tags: { t: 'greeting' } })).id
  },

  /** Say how the room looks from here. */
  async look() {
    const { count, root, peers } = joined()
    const records = (await joined().records()).map(({ content }) => content).sort()
    const found = (await notes?.find())?.docs.map(({ value }) => value)
    return { count, root, peers: peers.length, records, seen, found }
  },

  /** Give all that this page's origin keeps: by object store, and what lies elsewhere. */
  async kept(): Promise<{ readonly [place: string]: string }> {
    const kept: { [place: string]: string } = {
      local: textOf({ ...localStorage }),
      session: textOf({ ...sessionStorage }),
    }
    for (const { name = '' } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>(resolve => {
        const opening = indexedDB.open(name)
        opening.onsuccess = () => resolve(opening.result)
      })
      const stores = [...db.objectStoreNames]
      const transaction = db.transaction(stores)
      for (const store of stores) {
        const asked = transaction.objectStore(store).getAll()
        await new Promise(resolve => {
          asked.onsuccess = resolve
        })
        kept[store] = (kept[store] ?? '') + textOf(asked.result)
      }
      db.close()
    }
    return kept
  },

  async leave(): Promise<void> {
    await joined().leave()
  },
}

Object.assign(globalThis, { commands })

export type Commands = typeof commands
