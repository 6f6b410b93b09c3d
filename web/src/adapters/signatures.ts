/** Checks the signatures of records by the verifier, which is loaded once there are any. */

import { hasValidSignature, type Record } from '../core/record.ts'
import { RoomClosedError } from '../errors.ts'
import { pause } from './turns.ts'
import type { Verifier } from './verifier.ts'

/** Checks signatures for one room; a page that meets nobody never loads what that takes. */
export class Signatures {
  readonly #load: () => Promise<Verifier>
  #loading: Promise<Verifier | null> | null = null
  #isClosed = false

  constructor(load: () => Promise<Verifier> = loadVerifier) {
    this.#load = load
  }

  /**
   * Say of each record whether its author signed it; refused as `Verifier.verify` is.
   *
   * Where the verifier does not load, because its file is gone from the host or the network went away, they are checked
   * here, slowly.
   */
  async check(records: readonly Record[]): Promise<readonly boolean[]> {
    this.#loading ??= this.#load().catch(() => null)
    const verifier = await this.#loading
    if (this.#isClosed) throw new RoomClosedError('the verifier was closed')
    if (verifier !== null) return await verifier.verify(records)
    // The next ones try again.
    this.#loading = null
    return await checkHere(records)
  }

  /** Stop; what was asked is refused with a `RoomClosedError`. */
  close(): void {
    this.#isClosed = true
    void this.#loading?.then(verifier => verifier?.close())
  }
}

async function loadVerifier(): Promise<Verifier> {
  const { Verifier } = await import('./verifier.ts')
  return new Verifier()
}

async function checkHere(records: readonly Record[]): Promise<boolean[]> {
  const flags: boolean[] = []
  for (const record of records) {
    flags.push(hasValidSignature(record))
    await pause()
  }
  return flags
}
