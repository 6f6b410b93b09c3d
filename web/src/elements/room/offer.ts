/**
 * Codes that link a device: whoever has the key shows one, a new device opens it, asks, and is let in. No secret of the key is
 * in it.
 *
 * A code is a link to this page, `#peerset-device:KEY&ADDRESS`: base64url of a key that was drawn for it, and the room's
 * address with a grant that lets this key ask, for as long as the code lasts. What it asks lies in the collection
 * `DEVICES`, as the answer does: a register of the code's key, under the owner's in hex, sealed between the two, with the text
 * of a request (docs/protocol.md, "Linked devices").
 */

import { systemClock, systemRng } from '../../adapters/system.ts'
import { decodeBase64url, encodeBase64url } from '../../core/base64url.ts'
import { DAY_SECONDS, type UnixTime } from '../../core/clock.ts'
import { readGrant } from '../../core/grant.ts'
import { KEY_BYTES, type PublicKey, SecretKey } from '../../core/keys.ts'
import { NONCE_BYTES, openText, sealText } from '../../core/nip44.ts'
import type { Collection } from '../../data/collection.ts'
import type { Doc } from '../../data/types.ts'
import { ConfigError } from '../../errors.ts'
import { type DigestSigner, keySigner } from '../../identity/signers.ts'
import { makeLink, parseAddress } from '../../room/addressed.ts'
import { type Device, Devices, type Link, type Request, waited } from '../../room/devices.ts'
import { type JoinOptions, join } from '../../room/joining.ts'
import { DEVICES } from '../../room/permission.ts'
import type { Room } from '../../room/room.ts'

/** For how long a code is good. */
const CODE_MINUTES = 10
const CODE = /^([^#]*)#peerset-device:([A-Za-z0-9_-]{43})&(peerset:.*)$/is
const DAMAGED = 'this code for a new device is damaged: have the other device show a new one'

/** A code as the new device reads it. */
export interface Code {
  /** Asks by it; it may do nothing else. */
  readonly key: SecretKey
  /** For whom the device is to write. */
  readonly owner: PublicKey
  readonly until: UnixTime
  /** Leads the code's key into the room. */
  readonly asking: string
  /** Leads the device itself there: without what is the code's alone. */
  readonly src: string
}

/** A code that is shown where the key is. */
export interface Offer {
  /** The link, for a QR code. */
  readonly link: string
  readonly until: UnixTime
  /** Wait for who asks by it; refused with a DOMException called TimeoutError when nobody did in time. */
  asked(options: { readonly signal: AbortSignal }): Promise<Request>
  /** Let the device write for us. */
  accept(request: Request): Promise<Device>
  /** Let it not, and have it told so. */
  refuse(): Promise<void>
}

/** How a device asks. */
export interface Asking {
  /** Who the device is. */
  readonly signer: DigestSigner
  /** What its user calls it. */
  readonly name: string
  /** How its page joins rooms. */
  readonly options: JoinOptions
  readonly signal: AbortSignal
}

/**
 * Make a code for a new device that is to write in *room* as *owner* does, who is its user.
 *
 * Refused with a ConfigError where nobody would heed a grant of ours.
 */
export async function makeOffer(
  room: Room,
  owner: DigestSigner,
  { minutes = CODE_MINUTES }: { readonly minutes?: number } = {},
): Promise<Offer> {
  const key = SecretKey.generate(systemRng())
  const days = (minutes * 60) / DAY_SECONDS
  // A sealed room hides the names of collections.
  const collections = room.seal === null ? DEVICES : []
  const grant = await room.grant(key.publicKey, { collections, days })
  const { until } = readGrant(grant)
  const [page = ''] = globalThis.location.href.split('#')
  const invitation = await room.invitation({ page, grants: grant })
  if (room.seal !== null && !/[?&]seal=/.test(invitation)) {
    throw new ConfigError('a passphrase opens this room, which no code carries: seal it by a secret of 32 bytes')
  }
  const link = invitation.replace('#peerset:', `#peerset-device:${encodeBase64url(key.secret)}&peerset:`)
  const [devices, said] = [await room.devices(), await room.collection(DEVICES)]
  const conversation = await owner.converse(key.publicKey)
  const read = async (): Promise<Request | null> => {
    const { docs } = await said.find({ key: owner.publicKey }, { author: key.publicKey })
    try {
      return docs[0] === undefined ? null : devices.read(openText(sealedIn(docs[0]), conversation))
    } catch {
      // Who has the code may write nonsense there.
      return null
    }
  }
  return {
    link,
    until,
    asked: ({ signal }) => waited(room, read, { seconds: until - seconds(), signal }),
    accept: request => devices.accept(request),
    refuse: async () => {
      const sealed = sealText('refused', conversation, systemRng().randomBytes(NONCE_BYTES))
      await said.put(key.publicKey, { sealed }, { ttlSeconds: left(until) })
    },
  }
}

/** Read the code that a page was opened with; refused with a ConfigError when it is damaged. It may have run out. */
export async function readCode(text: string): Promise<Code> {
  const [, page, secret = '', asking = ''] = CODE.exec(text) ?? []
  if (page === undefined) throw new ConfigError(DAMAGED)
  try {
    const address = await parseAddress(`${page}#${asking}`)
    const bytes = decodeBase64url(secret)
    const key = new SecretKey(bytes)
    const grant = readGrant(address.grants[0] ?? '')
    if (bytes.length !== KEY_BYTES || grant.writer !== key.publicKey) throw new ConfigError(DAMAGED)
    const src = await makeLink({ ...address, grants: [] }, page)
    return { key, owner: grant.owner, until: grant.until, asking: `${page}#${asking}`, src }
  } catch {
    throw new ConfigError(DAMAGED)
  }
}

/**
 * Ask by *code*, and wait until its owner says yes.
 *
 * Refused with a DOMException, called NotAllowedError when the owner says no, TimeoutError when nothing was said in time and
 * AbortError when it was given up; with a ConfigError for a bad name, and as `join` is.
 */
export async function askBy(code: Code, { signer, name, options, signal }: Asking): Promise<Link> {
  if (signer.publicKey === code.owner) {
    throw new ConfigError('this device has the key already: open the code on another one')
  }
  if (code.until <= seconds()) throw new DOMException('the code has run out', 'TimeoutError')
  const { grants: _, key: __, onEvent: ___, ...rest } = options
  // What is asked is nobody else's matter: nothing of it stays here.
  const room = await join(code.asking, { ...rest, key: code.key, store: 'memory', files: null })
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  try {
    const said = await room.collection(DEVICES)
    const devices = new Devices(room, said, { signer, name: room.name, driver: { now: systemClock() } })
    const asked = devices.ask(name, { minutes: left(code.until) / 60 })
    const conversation = await keySigner(code.key).converse(code.owner)
    const sealed = sealText(asked.text, conversation, systemRng().randomBytes(NONCE_BYTES))
    await said.put(code.owner, { sealed }, { ttlSeconds: left(code.until) })
    const no = waited(room, () => refusal(said, code, conversation), { seconds: left(code.until), signal: ended })
    return await Promise.race([devices.answered(asked, { signal: ended }), no.then(refused)])
  } finally {
    stop.abort()
    await room.leave()
  }
}

async function refusal(said: Collection, { key, owner }: Code, conversation: Uint8Array): Promise<true | null> {
  const { docs } = await said.find({ key: key.publicKey }, { author: owner })
  try {
    return docs[0] !== undefined && openText(sealedIn(docs[0]), conversation) === 'refused' ? true : null
  } catch {
    return null
  }
}

function refused(): never {
  throw new DOMException('the other device said no', 'NotAllowedError')
}

function sealedIn({ value }: Doc): string {
  return String((Object(value) as { readonly sealed?: unknown }).sealed)
}

function seconds(): number {
  return Date.now() / 1_000
}

/** So many whole seconds are left until then, one at least. */
function left(until: UnixTime): number {
  return Math.max(1, Math.floor(until - seconds()))
}
