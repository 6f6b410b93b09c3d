/** What sealed rooms take in a page: opening records, beside the bare cipher, and passphrases. */

import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { deriveUrl } from '../src/adapters/addresses.ts'
import { type Derived, derive, type Launched } from '../src/adapters/deriving.ts'
import { launchesOf } from '../src/adapters/launches.ts'
import type { UnixTime } from '../src/core/clock.ts'
import { NONCE_BYTES, openRecord, sealBody } from '../src/core/envelope.ts'
import { SecretKey } from '../src/core/keys.ts'
import { decodeRecord, KIND_KEYED, type Record, signRecord } from '../src/core/record.ts'
import { readPassphrase, Seal, Seals, type Secret } from '../src/core/seal.ts'
import { roomTag } from '../src/core/signal.ts'

const TAG = roomTag({ app: 'bench', room: 'seal' })
const KEY = new SecretKey(new Uint8Array(32).fill(1))
const SEAL = new Seal(new Uint8Array(32).fill(2) as Secret, TAG)
const NOW = 1_792_195_200 as UnixTime
const ROUNDS = 5
const BOUND_BYTES = 62
const CIPHER_BYTES = 16

/** Microseconds a record. */
interface Opening {
  readonly opening: number
  readonly cipher: number
  readonly reading: number
}

/** What a secret took, what made it, and the secret in hex. */
interface Made {
  readonly milliseconds: number
  readonly engine: string
  readonly secret: string
}

export const sealCommands = {
  /** Open *count* envelopes; decrypt as many bytes, and do nothing else; read the envelopes from their wire forms. */
  async openEnvelopes({ count }: { count: number }): Promise<Opening> {
    const records = Array.from({ length: count }, (_, place) => envelope(place))
    const seals = new Seals(SEAL)
    const bound = new Uint8Array(BOUND_BYTES)
    const texts = records.map(({ content }) => resealed(bytesOf(content), bound))
    return {
      opening: best(count, () => records.every(record => openRecord(seals, record).outside !== undefined)),
      cipher: best(count, () => texts.every(text => deciphered(bytesOf(text), bound).length > 0)),
      reading: best(count, () => records.every(({ wire }) => decodeRecord(wire).content !== '')),
    }
  },

  /** Make a secret of *passphrase* in a worker as rooms do; where WebAssembly *isRefused*, as there. */
  async derive({ passphrase, isRefused }: { passphrase: string; isRefused: boolean }): Promise<Made> {
    let engine = ''
    const launches = launchesOf(deriveUrl, 'bench').map(launch => (): Launched => {
      const worker = launch()
      worker.addEventListener('message', ({ data }: MessageEvent<Derived>) => {
        engine = data.engine
      })
      return {
        addEventListener: (type, listener) => worker.addEventListener(type, listener),
        // Nothing can be fetched from there.
        postMessage: order => worker.postMessage(isRefused ? { ...order, libsodium: 'nowhere:' } : order),
        terminate: () => worker.terminate(),
      }
    })
    const given = readPassphrase(passphrase, TAG)
    const start = performance.now()
    const secret = bytesToHex(await derive(given, launches))
    return { milliseconds: performance.now() - start, engine, secret }
  },
}

/** Give a version of a register, of a hundred keys. */
function envelope(place: number): Record {
  const tags = [
    ['h', TAG],
    ['us', `${place}`],
    ['c', 'places'],
    ['d', `places/${place % 100}`],
  ]
  const content = `{"title": "Tiergarten", "city": "Berlin", "stars": ${place % 5}}`
  const fields = { author: KEY.publicKey, createdAt: NOW, kind: KIND_KEYED, tags, content }
  const body = sealBody(SEAL, fields, crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
  return signRecord(KEY, { createdAt: NOW, kind: KIND_KEYED, ...body })
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), digit => digit.charCodeAt(0))
}

/** Give base64 of as many bytes, which *bound* opens: the bare cipher is bound to nothing of a record. */
function resealed(sealed: Uint8Array, bound: Uint8Array): string {
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const plain = new Uint8Array(sealed.length - NONCE_BYTES - CIPHER_BYTES)
  const cipher = xchacha20poly1305(SEAL.contentKey, nonce, bound).encrypt(plain)
  return btoa(String.fromCharCode(...nonce, ...cipher))
}

function deciphered(data: Uint8Array, bound: Uint8Array): Uint8Array {
  const cipher = xchacha20poly1305(SEAL.contentKey, data.subarray(0, NONCE_BYTES), bound)
  return cipher.decrypt(data.subarray(NONCE_BYTES))
}

/** Give the microseconds a record that *work* takes, the best of a few rounds. */
function best(count: number, work: () => boolean): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    if (!work()) throw new Error('a good record does not open')
    least = Math.min(least, performance.now() - start)
  }
  return (least / count) * 1_000
}
