/** How signatures travel to a worker and flags come back, and the worker's side of it. */

import { concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import type { Record } from '../core/record.ts'
import { type Engine, loadEngine, SIGNED_BYTES } from './engine.ts'

/** The first message to a worker: where the WebAssembly engine lies. */
export interface Begin {
  readonly type: 'Begin'
  readonly wasmUrl: string
}

/** Check *signed*: `SIGNED_BYTES` for each signature. */
export interface Check {
  readonly type: 'Check'
  readonly number: number
  readonly signed: Uint8Array<ArrayBuffer>
}

/** The answer to the `Check` of that number: 1 for each true signature, 0 for each other. */
export interface Checked {
  readonly type: 'Checked'
  readonly number: number
  readonly flags: Uint8Array<ArrayBuffer>
  readonly engine: Engine['name']
}

/** What a worker is told. */
export type Command = Begin | Check

/** The worker's end of its channel. */
export interface Scope {
  addEventListener(type: 'message', listener: (event: MessageEvent<Command>) => void): void
  postMessage(message: Checked, transfer: Transferable[]): void
}

/** Answer what arrives at *scope*, in order. */
export function attend(scope: Scope): void {
  let loading: Promise<Engine> | null = null
  scope.addEventListener('message', async ({ data }) => {
    if (data.type === 'Begin') {
      loading = loadEngine(data.wasmUrl)
    } else if (loading !== null) {
      const engine = await loading
      const flags = checkAll(engine, data.signed)
      scope.postMessage({ type: 'Checked', number: data.number, flags, engine: engine.name }, [flags.buffer])
    }
  })
}

/** Check each `SIGNED_BYTES` of *signed*. */
export function checkAll(engine: Engine, signed: Uint8Array): Uint8Array<ArrayBuffer> {
  const flags = new Uint8Array(signed.length / SIGNED_BYTES)
  return flags.map((_, at) => Number(engine.verify(signedAt(signed, at))))
}

/** Give the signature number *at* of *signed*. */
export function signedAt(signed: Uint8Array, at: number): Uint8Array {
  return signed.subarray(at * SIGNED_BYTES, (at + 1) * SIGNED_BYTES)
}

/** Lay the signatures of *records* one after the other. */
export function layOut(records: readonly Record[]): Uint8Array<ArrayBuffer> {
  return concatBytes(...records.flatMap(record => [hexToBytes(record.author), hexToBytes(record.id), record.signature]))
}
