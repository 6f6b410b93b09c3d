/**
 * Secrets of passphrases, by Argon2id (RFC 9106), off the main thread; on it, in slices, where no worker starts.
 *
 * A worker makes them by libsodium in WebAssembly, and by noble in JavaScript where that is refused or does not come.
 */

import { type ArgonOpts, argon2id, argon2idAsync } from '@noble/hashes/argon2.js'
import { SEAL_KDF_BYTES, SEAL_KDF_PASSES } from '../core/limits.ts'
import { type Passphrase, SECRET_BYTES } from '../core/seal.ts'
import { ConfigError } from '../errors.ts'
import { deriveUrl, libsodiumUrl } from './addresses.ts'
import { launchesOf } from './launches.ts'
import { SLICE_MILLISECONDS } from './turns.ts'

/** By one lane. */
const COSTS: ArgonOpts = { t: SEAL_KDF_PASSES, m: SEAL_KDF_BYTES / 1_024, p: 1, dkLen: SECRET_BYTES }

/** A page that cannot have libsodium within this time does without it. */
export const LIBSODIUM_TIMEOUT_SECONDS = 15

/** The least that is WebAssembly. */
const NOTHING = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

/** What `libsodium.js` gives. */
interface Library {
  argon2id(given: Passphrase): Promise<Uint8Array>
}

/** What a worker is told. */
export interface Order extends Passphrase {
  /** Where `libsodium.js` lies. */
  readonly libsodium: string
}

/** Our end of a worker. */
export interface Launched {
  addEventListener(type: string, listener: (event: Event) => void): void
  postMessage(message: Order): void
  terminate(): void
}

/** Starts a worker that answers as `attend` does; throws when the page refuses at once. */
export type Launch = () => Launched

/** What a worker answers: null where there is not enough memory. */
export interface Derived {
  readonly secret: Uint8Array | null
  readonly engine: 'libsodium' | 'noble'
}

/** The worker's end of its channel. */
export interface Scope {
  addEventListener(type: 'message', listener: (event: MessageEvent<Order>) => void): void
  postMessage(message: Derived): void
}

/** Answer what arrives at *scope*. */
export function attend(scope: Scope): void {
  scope.addEventListener('message', async ({ data }) => {
    const secret = await byLibsodium(data)
    scope.postMessage(secret === null ? await byNoble(data) : { secret, engine: 'libsodium' })
  })
}

/** Give what libsodium makes; null where it may not run, does not come in time, or fails. */
async function byLibsodium(order: Order): Promise<Uint8Array | null> {
  try {
    // A policy of the page (CSP) may refuse WebAssembly: then nothing is fetched for it.
    await WebAssembly.compile(NOTHING)
    const library: Library = await inTime(import(/* @vite-ignore */ order.libsodium))
    return await library.argon2id(order)
  } catch {
    return null
  }
}

function inTime<Result>(coming: Promise<Result>): Promise<Result> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('libsodium did not come')), LIBSODIUM_TIMEOUT_SECONDS * 1_000)
  })
  return Promise.race([coming, late])
}

async function byNoble({ text, salt }: Order): Promise<Derived> {
  return { secret: await orNull(async () => argon2id(text, salt, COSTS)), engine: 'noble' }
}

/**
 * Make a secret of *passphrase*; *launches* are the ways to start a worker, the best first.
 *
 * Refused with a ConfigError where there are no 64 MiB of memory for that.
 */
export async function derive(
  given: Passphrase,
  launches: readonly Launch[] = launchesOf(deriveUrl, 'peerset-derive'),
): Promise<Uint8Array> {
  const order = { ...given, libsodium: libsodiumUrl().href }
  for (const launch of launches) {
    const answer = await answered(launch, order)
    if (answer !== null) return checked(answer.secret)
  }
  const slowly = { ...COSTS, asyncTick: SLICE_MILLISECONDS }
  return checked(await orNull(() => argon2idAsync(given.text, given.salt, slowly)))
}

/** Give what a worker answers; null where it does not start. */
async function answered(launch: Launch, order: Order): Promise<Derived | null> {
  let worker: Launched | null = null
  try {
    const begun = launch()
    worker = begun
    return await new Promise<Derived | null>(resolve => {
      begun.addEventListener('message', event => resolve((event as MessageEvent<Derived>).data))
      begun.addEventListener('error', () => resolve(null))
      begun.postMessage(order)
    })
  } catch {
    return null
  } finally {
    worker?.terminate()
  }
}

/** Give what *work* makes; null where there is not enough memory for it. */
async function orNull(work: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
  return await work().catch(error => {
    if (error instanceof RangeError) return null
    throw error
  })
}

function checked(secret: Uint8Array | null): Uint8Array {
  if (secret !== null) return secret
  throw new ConfigError(
    'a passphrase takes 64 MiB of memory, which are not here: seal the room by a secret of 32 bytes, "seal1..."',
  )
}
