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
  CHALLENGE_CHARACTERS_MAX,
  decodeAnswer,
  encodeAsked,
  encodeDraft,
  KIND_AUTH,
  KIND_SIGNING,
  makeBunkerAddress,
  makeClientAddress,
  parseBunkerAddress,
  readSigned,
} from '../core/nip46.ts'
import { eventOf, hasValidSignature, type Record, recordOf, signRecord } from '../core/record.ts'
import { ConfigError, SignalingError, SignatureError } from '../errors.ts'
import type { Draft, Signer } from '../ports.ts'
import type { BunkerOptions, InvitedOptions, RemoteSigner } from './signers.ts'

/** How long a signer may take, which may ask its user, */
export const ANSWER_TIMEOUT_SECONDS = 60
/** and how long its user may take, once there is a page to open. */
export const CHALLENGE_TIMEOUT_SECONDS = 600
/** A relay that has not answered our question by then, which some never do, is taken to have it. */
export const RELAY_ANSWER_SECONDS = 10
export const ASKED_MAX = 256
export const URL_CHARACTERS_MAX = 2_048

const SKEW_SECONDS = 60
/** What is not answered for so long is said again, then after twice as long, and so on. */
const REPEAT_SECONDS = 2
const ID_BYTES = 16
/** What keys are kept under by which signers know this browser. */
const CLIENT_KEY = 'peerset-bunker:'

/** A question that waits for its answer. */
interface Waiting {
  readonly event: string
  readonly take: (result: string) => void
  readonly fail: (error: Error) => void
  timer: ReturnType<typeof setTimeout> | undefined
  /** When it is said again. */
  repeat: ReturnType<typeof setTimeout> | undefined
}

/** A relay: it is open once it has our question, as it keeps none of the answers that come before that. */
interface Line {
  readonly socket: Socket
  readonly name: string
  /** The id of what proves to it who we are (NIP-42). */
  proof: string
  isOpen: boolean
  /** When it is taken to be. */
  overdue: ReturnType<typeof setTimeout> | undefined
}

/** Connect to the signer at *address*; see `bunkerSigner`. */
export async function connectTo(address: string, options: BunkerOptions): Promise<RemoteSigner> {
  const { signer, relays, secret } = parseBunkerAddress(address)
  const bunker = new Bunker(relays, options.key ?? clientKey(signer), options)
  return await connected(bunker, () => bunker.connect(signer, secret))
}

/** Wait on *relays* for a signer that is shown our invitation; see `invitedSigner`. */
export async function inviteTo(relays: readonly string[], options: InvitedOptions): Promise<RemoteSigner> {
  const { show, name = 'peerset', kinds = null } = options
  if (typeof show !== 'function') throw new ConfigError('an invitation is shown to the signer: give a function show')
  const key = options.key ?? SecretKey.generate(systemRng())
  const secret = bytesToHex(systemRng().randomBytes(ID_BYTES))
  const invitation = makeClientAddress({ client: key.publicKey, relays, secret, kinds, name })
  const bunker = new Bunker(relays, key, { ...options, timeoutSeconds: undefined })
  return await connected(bunker, async () => {
    const waiting = bunker.met(secret, options.timeoutSeconds ?? CHALLENGE_TIMEOUT_SECONDS)
    show(invitation)
    const signer = await waiting
    if (options.key === undefined) keepClientKey(signer, key)
    return await bunker.learn()
  })
}

/** Give the signer that *bunker* speaks to, once *meet* has learned who signs. */
async function connected(bunker: Bunker, meet: () => Promise<PublicKey>): Promise<RemoteSigner> {
  try {
    const publicKey = await meet()
    const sign: Signer['sign'] = draft => bunker.sign(draft, publicKey)
    return { publicKey, sign, address: bunker.address, close: () => bunker.close() }
  } catch (error) {
    bunker.close()
    throw error
  }
}

/** Speaks to one signer. */
class Bunker {
  readonly #key: SecretKey
  readonly #options: BunkerOptions
  readonly #rng = systemRng()
  readonly #waiting = new Map<string, Waiting>()
  readonly #lines: readonly Line[]
  /** Whom we speak to, once that is known, and by what. */
  #signer: { readonly key: PublicKey; readonly conversation: Uint8Array } | null = null
  /** Takes who comes with the secret, while nobody has. */
  #invited: { readonly secret: string; readonly take: (signer: PublicKey) => void } | null = null
  #isClosed = false

  constructor(relays: readonly string[], key: SecretKey, options: BunkerOptions) {
    this.#key = key
    this.#options = options
    const Class = (options.WebSocket ?? globalThis.WebSocket) as typeof WebSocket | undefined
    if (Class === undefined) throw new ConfigError('there are no web sockets here: give a class as WebSocket')
    this.#lines = relays.map(url => this.#connect(url, Class))
  }

  /** Where the signer is, for who comes back. */
  get address(): string {
    return makeBunkerAddress({ signer: this.#to.key, relays: this.#lines.map(({ socket }) => socket.url), secret: '' })
  }

  /** Introduce ourselves to *signer*, and learn who signs. */
  async connect(signer: PublicKey, secret: string): Promise<PublicKey> {
    this.#speakTo(signer)
    const result = await this.#ask('connect', [signer, secret]).catch(refused)
    if (result !== 'ack' && result !== secret) throw new ConfigError('the signer does not confirm that it knows us')
    return await this.learn()
  }

  /** Learn who signs. */
  async learn(): Promise<PublicKey> {
    const key = String(await this.#ask('get_public_key', []).catch(refused))
    if (!isPublicKey(key)) throw new ConfigError('the signer gave no public key of secp256k1')
    return key
  }

  /** Wait until a signer comes with *secret*; give whom we speak to. */
  async met(secret: string, seconds: number): Promise<PublicKey> {
    const { promise, resolve, reject } = withResolvers<PublicKey>()
    this.#invited = { secret, take: resolve }
    const fail = () => reject(new SignalingError(`no signer answered in time (${this.#stands})`))
    const timer = setTimeout(fail, seconds * 1_000)
    return await promise.finally(() => clearTimeout(timer))
  }

  async sign(draft: Draft, author: PublicKey): Promise<Record> {
    return readSigned(await this.#ask('sign_event', [encodeDraft(draft)]), draft, author)
  }

  close(): void {
    this.#isClosed = true
    for (const { socket, overdue } of this.#lines) {
      socket.close()
      clearTimeout(overdue)
    }
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
    const waiting: Waiting = { event, take: resolve, fail: reject, timer: undefined, repeat: undefined }
    const done = () => {
      clearTimeout(waiting.timer)
      clearTimeout(waiting.repeat)
      this.#waiting.delete(id)
    }
    this.#waiting.set(id, waiting)
    this.#limit(waiting, this.#options.timeoutSeconds ?? ANSWER_TIMEOUT_SECONDS)
    this.#say(waiting, REPEAT_SECONDS)
    return promise.finally(done)
  }

  /** Say it until it is answered: relays keep nothing of this for a signer that comes a moment later. */
  #say(waiting: Waiting, pause: number): void {
    for (const { socket, isOpen } of this.#lines) if (isOpen) socket.send(waiting.event)
    waiting.repeat = setTimeout(() => this.#say(waiting, pause * 2), pause * 1_000)
  }

  /** Say how the relays stand, for people. */
  get #stands(): string {
    return this.#lines.map(line => `${line.socket.url}: ${line.socket.standing.error ?? stateOf(line)}`).join('; ')
  }

  get #to(): { readonly key: PublicKey; readonly conversation: Uint8Array } {
    if (this.#signer === null) throw new ConfigError('the signer is not connected yet')
    return this.#signer
  }

  #speakTo(key: PublicKey): void {
    this.#signer = { key, conversation: conversationKey(this.#key, key) }
  }

  #limit(waiting: Waiting, seconds: number): void {
    clearTimeout(waiting.timer)
    waiting.timer = setTimeout(() => {
      waiting.fail(new SignalingError(`the signer did not answer in time (${this.#stands})`))
    }, seconds * 1_000)
  }

  #eventOf(text: string): string {
    const content = sealText(text, this.#to.conversation, this.#rng.randomBytes(NONCE_BYTES))
    const draft = { createdAt: seconds(), kind: KIND_SIGNING, tags: [['p', this.#to.key]], content }
    return JSON.stringify(['EVENT', eventOf(signRecord(this.#key, draft))])
  }

  #connect(url: string, Class: typeof WebSocket): Line {
    const socket: Socket = new Socket(url, Class, {
      onOpen: () => this.#wish(line),
      onText: text => this.#hear(line, listIn(text)),
    })
    const line: Line = {
      socket,
      name: bytesToHex(this.#rng.randomBytes(ID_BYTES)),
      proof: '',
      isOpen: false,
      overdue: undefined,
    }
    return line
  }

  /** Ask for what is said to us. */
  #wish(line: Line): void {
    const wanted = { kinds: [KIND_SIGNING], '#p': [this.#key.publicKey], since: seconds() - SKEW_SECONDS }
    line.isOpen = false
    line.socket.send(JSON.stringify(['REQ', line.name, wanted]))
    clearTimeout(line.overdue)
    line.overdue = setTimeout(() => this.#opened(line), RELAY_ANSWER_SECONDS * 1_000)
  }

  /** Say again what waits for an answer: the relay was lost, perhaps, or did not know us. */
  #opened(line: Line): void {
    clearTimeout(line.overdue)
    if (line.isOpen) return
    line.isOpen = true
    for (const { event } of this.#waiting.values()) line.socket.send(event)
  }

  #hear(line: Line, [type, subject, value, reason]: readonly unknown[]): void {
    const { socket } = line
    const isUnknown = String(type === 'OK' ? reason : value).startsWith('auth-required:')
    if (type === 'EVENT') {
      this.#opened(line)
      this.#take(value)
    } else if (type === 'AUTH') this.#prove(line, String(subject))
    else if (type === 'OK' && value === true && subject === line.proof) this.#wish(line)
    else if (isUnknown) this.#wanted(line)
    else if (type === 'OK' && value === false) socket.fail(String(reason).slice(0, 200))
    else if (type === 'CLOSED') socket.close(String(value).slice(0, 200))
    else if (type === 'NOTICE') socket.fail(String(subject).slice(0, 200))
    else if (type === 'EOSE' || type === 'OK') {
      socket.succeed()
      if (type === 'EOSE') this.#opened(line)
    }
  }

  /** Note that the relay wants to know who speaks, of which its challenge comes by itself. */
  #wanted({ socket, overdue }: Line): void {
    clearTimeout(overdue)
    socket.fail('the relay wants to know who we are')
  }

  /** Answer the *challenge* by which a relay asks who speaks to it (NIP-42). */
  #prove(line: Line, challenge: string): void {
    if (challenge.length > CHALLENGE_CHARACTERS_MAX) return
    const tags = [
      ['relay', line.socket.url],
      ['challenge', challenge],
    ]
    const proof = signRecord(this.#key, { createdAt: seconds(), kind: KIND_AUTH, tags, content: '' })
    line.proof = proof.id
    line.socket.send(JSON.stringify(['AUTH', eventOf(proof)]))
  }

  /** Take an event that a relay brings: whatever is not the signer's answer is nonsense, and dropped. */
  #take(event: unknown): void {
    try {
      const record = recordOf(event)
      if (record.kind !== KIND_SIGNING || !hasValidSignature(record)) return
      if (this.#signer === null) return this.#meet(record)
      if (record.author !== this.#signer.key) return
      const answer = decodeAnswer(openText(record.content, this.#signer.conversation))
      const waiting = this.#waiting.get(answer.id)
      if (waiting === undefined) return
      if ('url' in answer) this.#challenge(waiting, answer.url)
      else if ('error' in answer) waiting.fail(new SignatureError(`the signer refuses: ${answer.error}`))
      else waiting.take(answer.result)
    } catch {}
  }

  /** Whoever was shown the invitation has its secret; anybody else may say what they like. */
  #meet({ author, content }: Record): void {
    const answer = decodeAnswer(openText(content, conversationKey(this.#key, author)))
    if (this.#invited === null || !('result' in answer) || answer.result !== this.#invited.secret) return
    this.#speakTo(author)
    this.#invited.take(author)
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

/** Say how *line* stands, for people. */
function stateOf({ socket: { standing }, isOpen }: Line): string {
  return standing.state === 'open' && !isOpen ? 'asked, and has not answered' : standing.state
}

/** Let what a signer refuses at first be a ConfigError. */
function refused(error: unknown): never {
  throw error instanceof SignatureError ? new ConfigError(error.message) : error
}

/** Let *signer* know this browser again by *key*, where it keeps anything. */
function keepClientKey(signer: PublicKey, key: SecretKey): void {
  try {
    globalThis.localStorage.setItem(`${CLIENT_KEY}${signer}`, key.toNsec())
  } catch {}
}

/** Give the key by which the signer *signer* knows this browser again; where nothing is kept, one for now. */
function clientKey(signer: PublicKey): SecretKey {
  const name = `${CLIENT_KEY}${signer}`
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
