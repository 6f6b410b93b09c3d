/**
 * Codes for new devices, where the key is and where one is opened: what asks by a code and what answers lies in the room, in
 * the collection `DEVICES`, sealed between the two. Loaded once one is shown or opened.
 */

import { bytesToHex } from '@noble/hashes/utils.js'
import { systemRng } from '../adapters/system.ts'
import { DAY_SECONDS, type UnixTime } from '../core/clock.ts'
import { readGrant } from '../core/grant.ts'
import { type PublicKey, SecretKey } from '../core/keys.ts'
import { LINK_SECONDS_MAX } from '../core/linking.ts'
import { codeText, type LinkingCode } from '../core/linking-code.ts'
import { NONCE_BYTES, openText, sealText } from '../core/nip44.ts'
import type { Collection } from '../data/collection.ts'
import { ConfigError } from '../errors.ts'
import { type DigestSigner, keySigner } from '../identity/signers.ts'
import { parseAddress } from './addressed.ts'
import { type Device, type Devices, type Link, type Request, sealedIn, waited } from './devices.ts'
import type { GrantOptions } from './granting.ts'
import { DEVICES, type Permitting } from './permission.ts'

/** Said to who asked by a code: no. */
const REFUSED = 'refused'
/** Said under a code, before the nonce of what was accepted: it is of no use to anybody else. */
const TAKEN = 'taken '
/** Said by the device, in place of what it asked: it has its answer. */
const DONE = 'done'

/** How long somebody waits. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined
}

/** A code for a new device, to be shown where the key is; made by `Devices.offer`. */
export interface Offer {
  /** The code, for a QR code: a secret until somebody asked, for whoever opens it can ask. */
  readonly text: string
  /** The last second at which it is good. */
  readonly until: UnixTime
  /**
   * Wait for who asks by it; compare its `device` with what that shows, before it is accepted. Refused with a DOMException
   * called TimeoutError when nobody did in time, and by *signal*.
   */
  asked(waiting?: Waiting): Promise<Request>
  /** Let the device that asked write for us, as `Devices.accept` does, and refused likewise. */
  accept(request: Request, options?: GrantOptions): Promise<Device>
  /** Wait until the device says that it has its answer; refused as `asked` is. */
  taken(waiting?: Waiting): Promise<void>
  /** Tell who asked that we do not want it. */
  refuse(): Promise<void>
}

/** How a device asks. */
export interface Asking extends Waiting {
  /** Who the device is. */
  readonly signer: DigestSigner
  /** What its user calls it. */
  readonly name: string
}

/** Whose devices, in which room. */
export interface Place {
  readonly devices: Devices
  readonly room: Pick<Permitting, 'grant' | 'invitation' | 'on'>
  readonly said: Collection
  readonly isSealed: boolean
  readonly now: () => number
}

/** Do what `Devices.offer` does, for *signer*. */
export async function makeOffer(
  { devices, room, said, isSealed, now }: Place,
  signer: DigestSigner,
  { seconds, page }: { readonly seconds: number; readonly page: string },
): Promise<Offer> {
  const key = SecretKey.generate(systemRng())
  // A sealed room hides the names of collections.
  const grants = await room.grant(key.publicKey, { collections: isSealed ? [] : DEVICES, days: seconds / DAY_SECONDS })
  const address = await parseAddress(await room.invitation({ grants }))
  if (isSealed && address.seals.length === 0) {
    throw new ConfigError('a passphrase opens this room, which no code carries: seal it by a secret of 32 bytes')
  }
  const { until } = readGrant(grants)
  const talk = await talkOf({ said, signer, other: key.publicKey, until, now })
  const wait = <T>(find: () => Promise<T | null>, { signal }: Waiting) =>
    waited(room, find, { seconds: until - now(), signal })
  const asked = async () => {
    try {
      return devices.read((await talk.heard()) ?? '')
    } catch {
      // Who has the code may write nonsense.
      return null
    }
  }
  return {
    text: codeText(key, address, page),
    until,
    asked: (waiting = {}) => wait(asked, waiting),
    accept: async (request, options) => {
      const made = await devices.accept(request, options)
      await talk.say(TAKEN + bytesToHex(request.nonce))
      return made
    },
    taken: async (waiting = {}) =>
      void (await wait(async () => ((await talk.heard()) === DONE ? true : null), waiting)),
    refuse: () => talk.say(REFUSED),
  }
}

/** Do what `Devices.askBy` does, with the *devices* of *signer*. */
export async function ask(
  { devices, room, said, now }: Place,
  code: LinkingCode,
  { signer, name, signal }: Asking,
): Promise<Link> {
  if (signer.publicKey === code.owner) {
    throw new ConfigError('this device has the key already: open the code on another one')
  }
  const seconds = code.until - now()
  if (seconds <= 0) throw new DOMException('the code has run out', 'TimeoutError')
  const request = devices.ask(name, { minutes: Math.min(seconds, LINK_SECONDS_MAX) / 60 })
  const talk = await talkOf({ said, signer: keySigner(code.key), other: code.owner, until: code.until, now })
  await talk.say(request.text)
  const stop = new AbortController()
  const ended = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])])
  const no = waited(room, async () => refusalOf(await talk.heard(), request), { seconds, signal: ended })
  try {
    const link = await Promise.race([
      devices.answered(request, { signal: ended }),
      no.then(refusal => {
        throw refusal
      }),
    ])
    await talk.say(DONE)
    return link
  } finally {
    stop.abort()
    no.catch(() => {})
  }
}

function refusalOf(said: string | null, { nonce }: Request): DOMException | null {
  if (said === REFUSED) return new DOMException('the other device said no', 'NotAllowedError')
  if (said?.startsWith(TAKEN) !== true || said === TAKEN + bytesToHex(nonce)) return null
  return new DOMException('this code was used already: have the other device show a new one', 'InvalidStateError')
}

/** What two keys say to each other in the room, for nobody else to read. */
interface Talk {
  /** Give what the other says; null for nothing, and for nonsense, which anybody may write. */
  heard(): Promise<string | null>
  /** Say *text* in place of what was said before. */
  say(text: string): Promise<void>
}

interface Sides extends Pick<Place, 'said' | 'now'> {
  readonly signer: DigestSigner
  readonly other: PublicKey
  /** What is said is gone then. */
  readonly until: UnixTime
}

async function talkOf({ said, signer, other, until, now }: Sides): Promise<Talk> {
  const conversation = await signer.converse(other)
  return {
    async heard() {
      const { docs } = await said.find({ key: signer.publicKey }, { author: other })
      try {
        return docs[0] === undefined ? null : openText(sealedIn(docs[0]), conversation)
      } catch {
        return null
      }
    },
    async say(text) {
      const sealed = sealText(text, conversation, systemRng().randomBytes(NONCE_BYTES))
      await said.put(other, { sealed }, { ttlSeconds: Math.max(1, Math.floor(until - now())) })
    },
  }
}
