/** Secrets of passphrases, by Argon2id (RFC 9106), off the main thread; on it, in slices, where no worker starts. */

import { type ArgonOpts, argon2id, argon2idAsync } from '@noble/hashes/argon2.js'
import { SEAL_KDF_BYTES, SEAL_KDF_PASSES } from '../core/limits.ts'
import { type Passphrase, SECRET_BYTES } from '../core/seal.ts'
import { ConfigError } from '../errors.ts'
import { deriveUrl } from './addresses.ts'
import { launchesOf } from './launches.ts'
import { SLICE_MILLISECONDS } from './turns.ts'

/** By one lane. */
const COSTS: ArgonOpts = { t: SEAL_KDF_PASSES, m: SEAL_KDF_BYTES / 1_024, p: 1, dkLen: SECRET_BYTES }

/** Our end of a worker. */
export interface Launched {
  addEventListener(type: string, listener: (event: Event) => void): void
  postMessage(message: Passphrase): void
  terminate(): void
}

/** Starts a worker that answers as `attend` does; throws when the page refuses at once. */
export type Launch = () => Launched

/** What a worker answers: null where there is not enough memory. */
export interface Derived {
  readonly secret: Uint8Array | null
}

/** The worker's end of its channel. */
export interface Scope {
  addEventListener(type: 'message', listener: (event: MessageEvent<Passphrase>) => void): void
  postMessage(message: Derived): void
}

/** Answer what arrives at *scope*. */
export function attend(scope: Scope): void {
  scope.addEventListener('message', async ({ data: { text, salt } }) => {
    const secret = await orNull(async () => argon2id(text, salt, COSTS))
    scope.postMessage({ secret })
  })
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
  for (const launch of launches) {
    const answer = await answered(launch, given)
    if (answer !== null) return checked(answer.secret)
  }
  const slowly = { ...COSTS, asyncTick: SLICE_MILLISECONDS }
  return checked(await orNull(() => argon2idAsync(given.text, given.salt, slowly)))
}

/** Give what a worker answers; null where it does not start. */
async function answered(launch: Launch, given: Passphrase): Promise<Derived | null> {
  let worker: Launched | null = null
  try {
    const begun = launch()
    worker = begun
    return await new Promise<Derived | null>(resolve => {
      begun.addEventListener('message', event => resolve((event as MessageEvent<Derived>).data))
      begun.addEventListener('error', () => resolve(null))
      begun.postMessage(given)
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
