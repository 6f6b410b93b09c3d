/**
 * Asks a signer elsewhere to sign, over relays of Nostr (NIP-46); loaded once one is used.
 *
 * What it gives back is checked like a stranger's record.
 */

import { bytesToHex } from '@noble/hashes/utils.js'
import { listIn } from '../adapters/json.ts'
import { Socket } from '../adapters/socket.ts'
import { systemRng } from '../adapters/system.ts'
import type { UnixTime } from '../core/clock.ts'
import { isPublicKey, type PublicKey, SecretKey } from '../core/keys.ts'
import { conversationKey, NONCE_BYTES, openText, sealText } from '../core/nip44.ts'
import {
  type BunkerAddress,
  decodeAnswer,
  encodeAsked,
  encodeDraft,
  KIND_SIGNING,
  parseBunkerAddress,
  readSigned,
} from '../core/nip46.ts'
import { eventOf, hasValidSignature, type Record, recordOf, signRecord } from '../core/record.ts'
import { ConfigError, SignalingError, SignatureError } from '../errors.ts'
import type { Draft, Signer } from '../ports.ts'
import type { BunkerOptions, RemoteSigner } from './signers.ts'

/** How long a signer may take, which may ask its user, */
export const ANSWER_TIMEOUT_SECONDS = 60
/** and how long its user may take, once there is a page to open. */
export const CHALLENGE_TIMEOUT_SECONDS = 600
export const ASKED_MAX = 256
export const URL_CHARACTERS_MAX = 2_048

const SKEW_SECONDS = 60
const ID_BYTES = 16

/** A question that waits for its answer. */
interface Waiting {
  readonly event: string
  readonly take: (result: string) => void
  readonly fail: (error: Error) => void
  timer: ReturnType<typeof setTimeout> | undefined
}

/** Connect to the signer at *address*; see `bunkerSigner`. */
export async function connectTo(address: string, options: BunkerOptions): Promise<RemoteSigner> {
  const where = parseBunkerAddress(address)
  const bunker = new Bunker(where, options.key ?? clientKey(where.signer), options)
  try {
    const publicKey = await bunker.connect()
    const sign: Signer['sign'] = draft => bunker.sign(draft, publicKey)
    return { publicKey, sign, close: () => bunker.close() }
  } catch (error) {
    bunker.close()
    throw error
  }
}

/** Speaks to one signer. */
class Bunker {
  readonly #address: BunkerAddress
  readonly #key: SecretKey
  readonly #conversation: Uint8Array
  readonly #options: BunkerOptions
  readonly #rng = systemRng()
  readonly #waiting = new Map<string, Waiting>()
  readonly #sockets: readonly Socket[]
  #isClosed = false

  constructor(address: BunkerAddress, key: SecretKey, options: BunkerOptions) {
    this.#address = address
    this.#key = key
    this.#options = options
    this.#conversation = conversationKey(key, address.signer)
    const Class = (options.WebSocket ?? globalThis.WebSocket) as typeof WebSocket | undefined
    if (Class === undefined) throw new ConfigError('there are no web sockets here: give a class as WebSocket')
    this.#sockets = address.relays.map(url => this.#open(url, Class))
  }

  /** Introduce ourselves, and learn who signs. */
  async connect(): Promise<PublicKey> {
    const { signer, secret } = this.#address
    const refused = (error: unknown) => {
      throw error instanceof SignatureError ? new ConfigError(error.message) : error
    }
    const result = await this.#ask('connect', [signer, secret]).catch(refused)
    if (result !== 'ack' && result !== secret) throw new ConfigError('the signer does not confirm that it knows us')
    const key = String(await this.#ask('get_public_key', []).catch(refused))
    if (!isPublicKey(key)) throw new ConfigError('the signer gave no public key of secp256k1')
    return key
  }

  async sign(draft: Draft, author: PublicKey): Promise<Record> {
    return readSigned(await this.#ask('sign_event', [encodeDraft(draft)]), draft, author)
  }

  close(): void {
    this.#isClosed = true
    for (const socket of this.#sockets) socket.close()
    for (const { fail } of [...this.#waiting.values()]) fail(new SignalingError('the signer is not used any more'))
  }

  #ask(method: string, params: readonly string[]): Promise<string> {
    if (this.#isClosed) throw new SignalingError('the signer was closed')
    if (this.#waiting.size >= ASKED_MAX) {
      throw new SignalingError(`the signer has not answered ${ASKED_MAX} questions yet`)
    }
    const id = bytesToHex(this.#rng.randomBytes(ID_BYTES))
    const event = this.#eventOf(encodeAsked(id, method, params))
    const { promise, resolve, reject } = withResolvers<string>()
    const done = () => {
      clearTimeout(this.#waiting.get(id)?.timer)
      this.#waiting.delete(id)
    }
    const waiting: Waiting = { event, take: resolve, fail: reject, timer: undefined }
    this.#waiting.set(id, waiting)
    this.#limit(waiting, this.#options.timeoutSeconds ?? ANSWER_TIMEOUT_SECONDS)
    for (const socket of this.#sockets) socket.send(event)
    return promise.finally(done)
  }

  #limit(waiting: Waiting, seconds: number): void {
    clearTimeout(waiting.timer)
    waiting.timer = setTimeout(() => {
      const stands = this.#sockets.map(({ url, standing: { error, state } }) => `${url}: ${error ?? state}`)
      waiting.fail(new SignalingError(`the signer did not answer in time (${stands.join('; ')})`))
    }, seconds * 1_000)
  }

  #eventOf(text: string): string {
    const content = sealText(text, this.#conversation, this.#rng.randomBytes(NONCE_BYTES))
    const draft = { createdAt: seconds(), kind: KIND_SIGNING, tags: [['p', this.#address.signer]], content }
    return JSON.stringify(['EVENT', eventOf(signRecord(this.#key, draft))])
  }

  #open(url: string, Class: typeof WebSocket): Socket {
    const name = bytesToHex(this.#rng.randomBytes(ID_BYTES))
    const socket: Socket = new Socket(url, Class, {
      onOpen: () => {
        const wanted = { kinds: [KIND_SIGNING], '#p': [this.#key.publicKey], since: seconds() - SKEW_SECONDS }
        socket.send(JSON.stringify(['REQ', name, wanted]))
        // What waits for an answer is said again: the relay was lost, perhaps.
        for (const { event } of this.#waiting.values()) socket.send(event)
      },
      onText: text => this.#hear(socket, listIn(text)),
    })
    return socket
  }

  #hear(socket: Socket, [type, subject, value, reason]: readonly unknown[]): void {
    if (type === 'EVENT') this.#take(value)
    else if (type === 'OK' && value === false) socket.fail(String(reason).slice(0, 200))
    else if (type === 'CLOSED') socket.close(String(value).slice(0, 200))
    else if (type === 'NOTICE') socket.fail(String(subject).slice(0, 200))
    else if (type === 'EOSE' || type === 'OK') socket.succeed()
  }

  /** Take an event that a relay brings: whatever is not the signer's answer is nonsense, and dropped. */
  #take(event: unknown): void {
    try {
      const record = recordOf(event)
      if (record.author !== this.#address.signer || record.kind !== KIND_SIGNING || !hasValidSignature(record)) return
      const answer = decodeAnswer(openText(record.content, this.#conversation))
      const waiting = this.#waiting.get(answer.id)
      if (waiting === undefined) return
      if ('url' in answer) this.#challenge(waiting, answer.url)
      else if ('error' in answer) waiting.fail(new SignatureError(`the signer refuses: ${answer.error}`))
      else waiting.take(answer.result)
    } catch {}
  }

  #challenge(waiting: Waiting, url: string): void {
    if (url.length > URL_CHARACTERS_MAX || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return
    const { href } = new URL(url)
    const show = this.#options.onChallenge
    if (show === undefined) return waiting.fail(new SignalingError(`the signer wants you to open ${href} first`))
    this.#limit(waiting, CHALLENGE_TIMEOUT_SECONDS)
    show(href)
  }
}

/** Give the key by which the signer *signer* knows this browser again; where nothing is kept, one for now. */
function clientKey(signer: PublicKey): SecretKey {
  const name = `peerset-bunker:${signer}`
  try {
    const kept = globalThis.localStorage.getItem(name)
    if (kept !== null) return SecretKey.fromNsec(kept)
    const key = SecretKey.generate(systemRng())
    globalThis.localStorage.setItem(name, key.toNsec())
    return key
  } catch {
    return SecretKey.generate(systemRng())
  }
}

function seconds(): UnixTime {
  return Math.floor(Date.now() / 1_000) as UnixTime
}

/** As `Promise.withResolvers`, which Node 20 has not. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((...both) => {
    ;[resolve, reject] = both
  })
  return { promise, resolve, reject }
}
