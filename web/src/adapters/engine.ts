/**
 * What checks signatures (BIP-340): libsecp256k1 in WebAssembly, or noble in JavaScript where that is refused.
 *
 * The binary is the one of the package `nostr-wasm`: libsecp256k1 as it is, with its exports named by single letters.
 * So it is tried on one true and one forged signature before it is believed.
 */

import { schnorr } from '@noble/curves/secp256k1.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { KEY_BYTES, MESSAGE_BYTES, PARSED_KEYS_CACHED, SIGNATURE_BYTES } from '../core/keys.ts'

/** An author, the id it signed, and the signature, one after the other: what an engine is asked about. */
export const SIGNED_BYTES: number = KEY_BYTES + MESSAGE_BYTES + SIGNATURE_BYTES

/** A page that cannot have the WebAssembly engine within this time goes on without it. */
export const ENGINE_TIMEOUT_SECONDS = 15

/** Checks signatures, one at a time. */
export interface Engine {
  readonly name: 'wasm' | 'noble'
  /** Say whether *signed*, `SIGNED_BYTES` of them, is an id with its author's signature. */
  verify(signed: Uint8Array): boolean
}

/** The engine that always works: some 760 signatures a second. */
export const NOBLE: Engine = {
  name: 'noble',
  verify(signed) {
    const [author, id, signature] = parts(signed)
    return schnorr.verify(signature, id, author)
  },
}

/** Fetch and start the WebAssembly engine from *url*; `NOBLE` when the page may not have it. */
export async function loadEngine(url: string | URL): Promise<Engine> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ENGINE_TIMEOUT_SECONDS * 1_000) })
    return await wasmEngine(await response.arrayBuffer())
  } catch {
    // Offline, a missing file, a policy of the page (CSP) or a browser without WebAssembly: all end the same.
    return NOBLE
  }
}

/**
 * Start libsecp256k1 from the bytes of its WebAssembly *binary*: some 4,100 signatures a second.
 *
 * Throws whatever WebAssembly throws, and an `Error` when the binary does not do what it should.
 */
export async function wasmEngine(binary: BufferSource): Promise<Engine> {
  let heap = new Uint8Array()
  const copy = (to: number, from: number, size: number) => void heap.copyWithin(to, from, from + size)
  const { instance } = await WebAssembly.instantiate(binary, imports(copy))
  const library = libraryOf(instance.exports)
  library.initialize()
  heap = new Uint8Array(library.memory.buffer)
  const engine = engineOf(library, heap)
  if (!engine.verify(hexToBytes(SIGNED)) || engine.verify(hexToBytes(FORGED))) {
    throw new Error('the WebAssembly engine cannot tell a true signature from a forged one')
  }
  return engine
}

/** What of libsecp256k1 checks a signature; addresses are places in its memory. */
interface Library {
  readonly memory: WebAssembly.Memory
  initialize(): void
  allocate(size: number): number
  makeContext(flags: number): number
  parseKey(context: number, key: number, bytes: number): number
  verify(context: number, signature: number, message: number, size: number, key: number): number
}

type Call = (...numbers: number[]) => number

const CONTEXT_VERIFY = 257
const PARSED_KEY_BYTES = 64

// BIP-340, test vector 1, and the same with its last bit turned over.
const SIGNED =
  'dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659' +
  '243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89' +
  '6896bd60eeae296db48a229ff71dfe071bde413e6d43f917dc8dcf8c78de3341' +
  '8906d11ac976abccb20b091292bff4ea897efcb639ea871cfa95f6de339e4b0a'
const FORGED = `${SIGNED.slice(0, -1)}b`

function parts(signed: Uint8Array): [author: Uint8Array, id: Uint8Array, signature: Uint8Array] {
  const at = KEY_BYTES + MESSAGE_BYTES
  return [signed.subarray(0, KEY_BYTES), signed.subarray(KEY_BYTES, at), signed.subarray(at, SIGNED_BYTES)]
}

function imports(copy: (to: number, from: number, size: number) => void): WebAssembly.Imports {
  // The library comes here only when it was called wrongly: it then wants to print and to abort.
  const fail = (): never => {
    throw new Error('the WebAssembly engine has failed')
  }
  return { a: { a: fail, b: fail, c: fail, d: fail, e: fail, f: copy } }
}

function libraryOf(exports: WebAssembly.Exports): Library {
  const { g: memory, h: initialize, i: allocate, o: makeContext, p: parseKey, u: verify } = exports
  if (!(memory instanceof WebAssembly.Memory)) throw new Error('the WebAssembly engine shows no memory')
  return {
    memory,
    initialize: call(initialize),
    allocate: call(allocate),
    makeContext: call(makeContext),
    parseKey: call(parseKey),
    verify: call(verify),
  }
}

function call(value: WebAssembly.ExportValue | undefined): Call {
  if (typeof value !== 'function') throw new Error('the WebAssembly engine lacks a function')
  return value as Call
}

function engineOf(library: Library, heap: Uint8Array): Engine {
  const context = library.makeContext(CONTEXT_VERIFY)
  const input = library.allocate(SIGNED_BYTES)
  const keys = new ParsedKeys(library, context, input)
  const message = input + KEY_BYTES
  const signature = message + MESSAGE_BYTES
  return {
    name: 'wasm',
    verify(signed) {
      heap.set(signed, input)
      const key = keys.find(bytesToHex(signed.subarray(0, KEY_BYTES)))
      return key !== null && library.verify(context, signature, message, MESSAGE_BYTES, key) === 1
    },
  }
}

/** Authors whose point is known: the same ones come again and again, and finding a point costs a tenth of a check. */
class ParsedKeys {
  readonly #library: Library
  readonly #context: number
  /** Where the 32 bytes of the key to parse lie. */
  readonly #input: number
  /** The first of `PARSED_KEYS_CACHED` places, filled one after the other, then again from the first. */
  readonly #first: number
  readonly #places = new Map<string, number>()
  #parsed = 0

  constructor(library: Library, context: number, input: number) {
    this.#library = library
    this.#context = context
    this.#input = input
    this.#first = library.allocate(PARSED_KEYS_CACHED * PARSED_KEY_BYTES)
    if (this.#first === 0) throw new Error('the WebAssembly engine has no room for keys')
  }

  /** Give the place of *author*'s point, whose bytes lie at the input; null when it names none. */
  find(author: string): number | null {
    return this.#places.get(author) ?? this.#parse(author)
  }

  #parse(author: string): number | null {
    const [oldest] = this.#places.keys()
    if (this.#places.size >= PARSED_KEYS_CACHED && oldest !== undefined) this.#places.delete(oldest)
    const place = this.#first + (this.#parsed % PARSED_KEYS_CACHED) * PARSED_KEY_BYTES
    if (this.#library.parseKey(this.#context, place, this.#input) !== 1) return null
    this.#parsed += 1
    this.#places.set(author, place)
    return place
  }
}
