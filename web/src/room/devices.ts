/**
 * Linked devices: what one of them asks, the grant that answers it, and what there are. Loaded once somebody asks.
 *
 * The answer lies in the room, in the collection `DEVICES`: a register of who grants, under the device's key in hex,
 * sealed for the device (NIP-44). So it comes by whatever way records come, the device finds it again, and a later one
 * takes its place (docs/protocol.md, "Linked devices").
 */

import { bytesToHex } from '@noble/hashes/utils.js'
import { systemRng } from '../adapters/system.ts'
import { DAY_SECONDS, type UnixTime } from '../core/clock.ts'
import { ALL, type Grant, isGenuine, readGrant } from '../core/grant.ts'
import { npub, type PublicKey } from '../core/keys.ts'
import { FUTURE_SECONDS_MAX, PAGE_DOCUMENTS_MAX } from '../core/limits.ts'
import {
  decodeAnswer,
  encodeAnswer,
  isGenuineLink,
  LINK_NONCE_BYTES,
  LINK_SECONDS_MAX,
  type LinkAnswer,
  type LinkRequest,
  linkText,
  readLink,
  signLink,
} from '../core/linking.ts'
import type { LinkingCode } from '../core/linking-code.ts'
import { NONCE_BYTES, openText, sealText } from '../core/nip44.ts'
import { KIND_RECORD } from '../core/record.ts'
import { roomTag } from '../core/signal.ts'
import { type AnyKey, readAuthor, readText, shown } from '../core/typed.ts'
import type { Collection } from '../data/collection.ts'
import type { Doc } from '../data/types.ts'
import { ConfigError, MalformedError } from '../errors.ts'
import type { DigestSigner } from '../identity/signers.ts'
import type { GrantOptions } from './granting.ts'
import type { Asking, Offer } from './offer.ts'
import type { RoomParts } from './peer.ts'
import { DEVICES, type Permitting } from './permission.ts'
import { namedOwners } from './wallet.ts'

/** For how long a request may be accepted unless it is said. */
const LINK_MINUTES = 10
/** A grant is renewed once so much of its time is over. */
const RENEWED_AT = 2 / 3

/** What a device asks; *text* is to be shown, as a QR code or otherwise. */
export interface Request extends LinkRequest {
  readonly text: string
}

/** A device that writes for us. */
export interface Device {
  readonly key: PublicKey
  readonly name: string
  /** By which it does. */
  readonly grant: string
  readonly until: UnixTime
}

/** Whom we write for: `join(room, { grants: link.grant })`. */
export interface Link {
  readonly owner: PublicKey
  /** What we are called there. */
  readonly name: string
  readonly grant: string
  readonly until: UnixTime
}

/** What a code is made with. */
export interface OfferOptions {
  /** For how long it is good: 10, unless said. */
  readonly minutes?: number | undefined
  /** The address of a page that joins such rooms, for a link to it. */
  readonly page?: string | undefined
}

/** What was said to a device, as it was opened. */
interface Said extends LinkAnswer {
  readonly by: PublicKey
  readonly terms: Grant
}

type Linked = Pick<Permitting, 'collection' | 'grant' | 'invitation' | 'on'>
/** As whom, and where. */
type Standing = Pick<RoomParts, 'signer' | 'name' | 'wallet' | 'sealing'> & {
  readonly driver: Pick<RoomParts['driver'], 'now'>
}

/** Do what `Room.devices` does. */
export async function devicesOf(room: Linked, parts: Standing): Promise<Devices> {
  return new Devices(room, await room.collection(DEVICES), parts)
}

/** The devices of a room's user; made by `Room.devices`. */
export class Devices {
  readonly #room: Linked
  readonly #said: Collection
  readonly #parts: Standing
  readonly #rng = systemRng()

  constructor(room: Linked, said: Collection, parts: Standing) {
    this.#room = room
    this.#said = said
    this.#parts = parts
  }

  /**
   * Ask to write here for a key that is elsewhere: give what to show there, as *text*; it holds no secret.
   *
   * Throws ConfigError when *name* is none of 1 to 64 bytes, *minutes* are none up to 60, or our key is not here.
   */
  ask(name: string, { minutes = LINK_MINUTES }: { readonly minutes?: number } = {}): Request {
    const seconds = secondsOf('a device asks for', minutes)
    const { publicKey, signDigest: sign } = this.#signer
    const until = Math.floor(this.#now + seconds) as UnixTime
    const nonce = this.#rng.randomBytes(LINK_NONCE_BYTES)
    const terms = { roomTag: roomTag(this.#parts.name), nonce, until, name: readText('a name', name) }
    return told(() => requestOf(signLink({ publicKey, sign }, terms)))
  }

  /**
   * Wait until *request* is accepted; say to your user for whom, since whoever saw the text could accept it.
   *
   * Refused with a DOMException called TimeoutError when nobody did in time, by *signal* when that gives it up, and with a
   * RoomClosedError.
   */
  async answered(request: LinkRequest, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Link> {
    const nonce = bytesToHex(request.nonce)
    const find = async () => (await this.#links()).find(said => said.nonce === nonce) ?? null
    return linkOf(await waited(this.#room, find, { seconds: request.until - this.#now, signal }))
  }

  /** Give for whom we write here, as their latest grants say, the longest first; none that has run out. */
  async links(): Promise<Link[]> {
    const found = (await this.#links()).map(linkOf)
    return found.sort((one, other) => other.until - one.until || (one.owner < other.owner ? -1 : 1))
  }

  /**
   * Read what a new device shows, so that its name and key can be shown before it is accepted.
   *
   * Throws ConfigError when it is none, was not signed by the device, is for another room, or has run out.
   */
  read(text: string): Request {
    const request = told(() => readLink(readText('what a new device shows', text)))
    const now = this.#now
    const fault = [
      [!isGenuineLink(request), 'no device signed this: it was changed on its way'],
      [request.roomTag !== roomTag(this.#parts.name), 'the device asks in another room: join that one here, too'],
      [request.device === this.#key, 'this is the device that asks: accept it where the other key is'],
      [request.until < now, 'this has run out: have the device show a new one'],
      [
        request.until > now + LINK_SECONDS_MAX + FUTURE_SECONDS_MAX,
        "the device asks for longer than it may: look at its clock and at this one's",
      ],
    ].find(([isFault]) => isFault)
    if (fault !== undefined) throw new ConfigError(String(fault[1]))
    return requestOf(request)
  }

  /**
   * Let the device that shows *request* write here for us; it hears of it through the room.
   *
   * Refused with a ConfigError as `read` and `Room.grant` say, or when it was accepted already, and with a RecordError
   * when a policy refused the record that tells it.
   */
  async accept(request: string | Request, options: GrantOptions = {}): Promise<Device> {
    const { device, name, nonce: bytes } = this.read(typeof request === 'string' ? request : request.text)
    const nonce = bytesToHex(bytes)
    const before = await this.#ours(device)
    if (before?.nonce === nonce) {
      throw new ConfigError(`this was accepted already, for ${shown(before.name)}: have the device show a new one`)
    }
    const grant = await this.#room.grant(device, { ...options, onBehalf: true })
    return await this.#put(device, { grant, name, nonce })
  }

  /**
   * Ask by *code* to write here with the key of *signer*, and wait until its owner says yes; whoever asks joined by the code:
   * `join(code.asking, { key: code.key })`. The device itself joins by `code.room`, and with the grant.
   *
   * Refused with a DOMException, called NotAllowedError when the owner says no, InvalidStateError when the code was used
   * already, TimeoutError when it has run out or nothing was said in time, and by *signal*; with a ConfigError as `ask`.
   */
  async askBy(code: LinkingCode, asking: Asking): Promise<Link> {
    const { ask } = await import('./offer.ts')
    const devices = new Devices(this.#room, this.#said, { ...this.#parts, signer: asking.signer })
    return await ask({ ...this.#place, devices }, code, asking)
  }

  /**
   * Make a code for a new device, which asks by opening it, and is accepted here; no secret of ours is in it. With *page*, the
   * address of one that joins such rooms, it is a link that a camera opens.
   *
   * Refused with a ConfigError when *minutes* are none up to 60, *page* is none, our key is not here or writes for another one,
   * or nobody heeds grants of ours, by which a code asks.
   */
  async offer({ minutes = LINK_MINUTES, page = '' }: OfferOptions = {}): Promise<Offer> {
    const seconds = secondsOf('a code is good for', minutes)
    this.#checkCodes()
    const { makeOffer } = await import('./offer.ts')
    return await makeOffer(this.#place, this.#signer, { seconds, page: readText('a page', page) })
  }

  /** Give the devices that write for us, by their names; those whose grants have run out, too. */
  async all(): Promise<Device[]> {
    const { docs } = await this.#said.find({}, { author: this.#key, limit: PAGE_DOCUMENTS_MAX })
    const found: Device[] = []
    for (const doc of docs) {
      const key = doc.key as PublicKey
      const said = await this.#open(doc, key)
      if (said !== null) found.push(deviceOf(key, said))
    }
    return found.sort((one, other) => (`${one.name} ${one.key}` < `${other.name} ${other.key}` ? -1 : 1))
  }

  /** Grant anew what has little time left, but has some, for as long as before; give whom. Refused as `accept` is. */
  async renew({ days }: Pick<GrantOptions, 'days'> = {}): Promise<Device[]> {
    const renewed: Device[] = []
    for (const { key, name } of await this.all()) {
      const said = await this.#ours(key)
      if (said === null) continue
      const { since, until, collections } = said.terms
      if (!(since + RENEWED_AT * (until - since) <= this.#now && this.#now <= until)) continue
      const names = collections === ALL ? [] : collections.split(' ')
      const before = (until - since - FUTURE_SECONDS_MAX) / DAY_SECONDS
      const grant = await this.#room.grant(key, { collections: names, days: days ?? before, onBehalf: true })
      renewed.push(await this.#put(key, { grant, name, nonce: said.nonce }))
    }
    return renewed
  }

  /**
   * Grant *device* nothing more. What it was granted holds until its time is over, unless that is revoked.
   *
   * Refused with a ConfigError when it is no device of ours.
   */
  async unlink(device: AnyKey | Device): Promise<void> {
    const key = typeof device === 'object' && 'grant' in device ? device.key : readAuthor(device)
    if ((await this.#ours(key)) === null) throw new ConfigError(`${npub(key)} is no device of ours here`)
    await this.#said.delete(key)
  }

  get #key(): PublicKey {
    return this.#parts.signer.publicKey
  }

  get #now(): number {
    return this.#parts.driver.now().unix
  }

  get #place() {
    const isSealed = this.#parts.sealing !== null
    return { devices: this as Devices, room: this.#room, said: this.#said, isSealed, now: () => this.#now }
  }

  /** Make sure that a device can ask here by a code of ours, and would write for us. */
  #checkCodes(): void {
    const { wallet, sealing } = this.#parts
    if (wallet?.owner != null) {
      throw new ConfigError(`this device writes for ${npub(wallet.owner)}: link others where that key is`)
    }
    const policy = wallet?.asking(KIND_RECORD, sealing === null ? DEVICES : null)
    if (policy != null) {
      throw new ConfigError(
        `no device can ask by a code of ours: we are no owner, and ${namedOwners(policy)} lets keys write here. Accept the text that the device shows, and ask for a grant of its key, too`,
      )
    }
  }

  get #signer(): DigestSigner {
    const signer: Partial<DigestSigner> = this.#parts.signer
    if (signer.signDigest !== undefined && signer.converse !== undefined) return signer as DigestSigner
    throw new ConfigError('who signs here signs records alone: link devices by a key that is in this page')
  }

  /** Give what was said to us, by whomever, with grants that hold. */
  async #links(): Promise<Said[]> {
    const { docs } = await this.#said.find({ key: this.#key }, { limit: PAGE_DOCUMENTS_MAX })
    const found = await Promise.all(docs.map(doc => this.#open(doc, doc.signer)))
    const tag = roomTag(this.#parts.name)
    return found
      .filter(said => said !== null)
      .filter(({ by, terms }) => {
        const isOurs = terms.isOnBehalf && terms.owner === by && terms.writer === this.#key
        return isOurs && terms.until >= this.#now && isGenuine(terms, tag)
      })
  }

  /** Give what we said to *device*. */
  async #ours(device: PublicKey): Promise<Said | null> {
    const { docs } = await this.#said.find({ key: device }, { author: this.#key })
    return docs[0] === undefined ? null : await this.#open(docs[0], device)
  }

  /** Read what is sealed between us and *other*; anybody may write nonsense there. */
  async #open(doc: Doc, other: PublicKey): Promise<Said | null> {
    const { converse } = this.#signer
    try {
      const answer = decodeAnswer(openText(sealedIn(doc), await converse(other)))
      return { ...answer, by: doc.signer, terms: readGrant(answer.grant) }
    } catch (error) {
      if (error instanceof MalformedError || error instanceof ConfigError) return null
      throw error
    }
  }

  async #put(device: PublicKey, answer: LinkAnswer): Promise<Device> {
    const conversation = await this.#signer.converse(device)
    const sealed = sealText(encodeAnswer(answer), conversation, this.#rng.randomBytes(NONCE_BYTES))
    const made = deviceOf(device, { ...answer, terms: readGrant(answer.grant) })
    await this.#said.put(device, { sealed }, { ttlSeconds: Math.max(1, made.until - this.#now) })
    return made
  }
}

/** How long to wait. */
interface Patience {
  readonly seconds: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Look with *find*, now and after every event of *room*, until it gives something.
 *
 * Refused with a DOMException called TimeoutError when it gave nothing in time, and by *signal*.
 */
export async function waited<T>(
  room: Pick<Linked, 'on'>,
  find: () => Promise<T | null>,
  { seconds, signal }: Patience,
): Promise<T> {
  let wake = () => {}
  let isLate = false
  const again = () => wake()
  const late = () => {
    isLate = true
    wake()
  }
  const stop = room.on(again)
  signal?.addEventListener('abort', again)
  const timer = setTimeout(late, Math.max(0, seconds) * 1_000)
  try {
    for (;;) {
      const woken = new Promise<void>(resolve => {
        wake = resolve
      })
      signal?.throwIfAborted()
      const found = await find()
      if (found !== null) return found
      if (isLate) throw new DOMException('nobody accepted the device in time', 'TimeoutError')
      await woken
    }
  } finally {
    stop()
    signal?.removeEventListener('abort', again)
    clearTimeout(timer)
  }
}

/** Give what is sealed in a document of `DEVICES`, where anybody may write nonsense. */
export function sealedIn({ value }: Doc): string {
  return String((Object(value) as { readonly sealed?: unknown }).sealed)
}

function secondsOf(what: string, minutes: number): number {
  const seconds = Number(minutes) * 60
  if (seconds > 0 && seconds <= LINK_SECONDS_MAX) return seconds
  throw new ConfigError(`${what} at most ${LINK_SECONDS_MAX / 60} minutes, not ${shown(minutes)}`)
}

function requestOf(request: LinkRequest): Request {
  return { ...request, text: linkText(request) }
}

function linkOf({ by, name, grant, terms }: Said): Link {
  return { owner: by, name, grant, until: terms.until }
}

function deviceOf(key: PublicKey, { name, grant, terms }: Omit<Said, 'by'>): Device {
  return { key, name, grant, until: terms.until }
}

/** Give what *work* gives; throws ConfigError in place of MalformedError. */
function told<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof MalformedError ? new ConfigError(error.message) : error
  }
}
