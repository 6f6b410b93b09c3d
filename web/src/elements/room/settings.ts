/** What the attributes of `<peerset-room>` ask for, checked: the settings to join with, or what is wrong with them. */

import { readSignaling } from '../../adapters/places.ts'
import type { StoreSpec } from '../../adapters/storage.ts'
import { checkSealTexts } from '../../core/seal.ts'
import { makeRoomName } from '../../core/signal.ts'
import { readPhases, readRetention, several, shown } from '../../core/typed.ts'
import { isBunkerAddress, signerOf } from '../../identity/given.ts'
import type { Policy, SetRule } from '../../ports.ts'
import { isAddress } from '../../room/addressed.ts'
import { readDiskBytes } from '../../room/arguments.ts'
import type { JoinOptions } from '../../room/joining.ts'
import type { AnySeal } from '../../room/sealing.ts'
import { IDENTITIES } from '../identity/pen.ts'

/** The properties that decide where and how the element joins, as a page gave them. */
export interface Wishes {
  readonly room: string | null
  /** The room's address, in place of its name; false when the attribute holds secrets. */
  readonly src: string | false | null
  readonly app: string | null
  readonly signaling: readonly string[] | null
  readonly password: string | null
  readonly phases: string | null
  /** Secrets or passphrases, the newest first. */
  readonly seal: AnySeal | null
  readonly store: StoreSpec | null
  readonly identity: string | null
  readonly collection: string | null
  /** The name of the collection of files. */
  readonly files: string | null
  readonly theme: string | null
  /** A text when the attribute was no JSON. */
  readonly iceServers: readonly RTCIceServer[] | string | null
  readonly retention: string | null
  readonly window: string | null
  readonly diskBytes: number | null
  readonly policies: JoinOptions['policies'] | null
  readonly options: JoinOptions | null
}

/** The same as frameworks set it: some give a property the text that stands in the markup. */
export interface Given extends Omit<Wishes, 'signaling'> {
  readonly signaling: readonly string[] | string | null
}

/** What to call `join` with. */
export interface Settings {
  readonly room: string
  readonly options: JoinOptions
}

/** One attribute that is missing or wrong. */
export interface Problem {
  readonly attribute: string
  readonly message: string
  /** The element joins in spite of it. */
  readonly isHarmless: boolean
}

const STORES: readonly unknown[] = ['indexeddb', 'memory']
const THEMES: readonly unknown[] = ['light', 'dark']
const COLLECTION_CHARACTERS_MAX = 256
const SECRET = /[#?&](?:grant|password|seal)=/

/** List what is wrong with *wishes*, in the order of their documentation; nothing when the element can join. */
export function problemsOf(wishes: Wishes): Problem[] {
  const found = (attribute: string, message: string | null, isHarmless = false): Problem[] =>
    message === null ? [] : [{ attribute, message, isHarmless }]
  const { room, src, app, signaling, phases, seal, store, identity, collection, files, theme } = wishes
  const { iceServers, retention, window, diskBytes, options } = wishes
  return [
    ...found('room', src === null ? roomFault(room) : null),
    ...found('src', src === null ? null : srcFault(src)),
    ...found('app', app === null ? null : nameFault(app, 'x')),
    ...found('signaling', faultIn(signaling, readSignaling)),
    ...found('phases', faultIn(phases, readPhases)),
    ...found(
      'seal',
      faultIn(seal, given => checkSealTexts(several(given) as string[])),
    ),
    ...found('store', store === null || typeof store === 'object' ? null : choiceFault(store, STORES)),
    ...found('identity', identityFault(identity, options)),
    ...found('options', keyFault(options)),
    ...found('collection', collectionFault(collection)),
    ...found('files', collectionFault(files)),
    ...found('theme', theme === null ? null : choiceFault(theme, THEMES), true),
    ...found('ice-servers', iceServersFault(iceServers)),
    ...found('retention', faultIn(retention, readRetention)),
    ...found(
      'window',
      faultIn(window, given => readRetention(given, 'a window')),
    ),
    ...found('disk-bytes', faultIn(diskBytes, readDiskBytes)),
  ]
}

/** Make what to join with from *wishes* that have no problem. */
export function settingsOf(wishes: Wishes): Settings {
  const { room, src, app, signaling, password, phases, seal, store, files, iceServers } = wishes
  const { retention, window, diskBytes, policies, options } = wishes
  const given = {
    ...(app !== null && { app }),
    ...(signaling !== null && { signaling }),
    ...(password !== null && { password }),
    ...(phases !== null && { phases }),
    ...(seal !== null && { seal }),
    ...(store !== null && { store }),
    ...(files !== null && { files: options?.files ?? {} }),
    ...(typeof iceServers === 'object' && iceServers !== null && { iceServers }),
    ...(retention !== null && { retention }),
    ...(window !== null && { window }),
    ...(diskBytes !== null && { diskBytes }),
    ...(policies != null && { policies }),
  }
  return { room: src || (room ?? ''), options: { ...options, ...given } }
}

/** Read what was *given* as a text. */
export function withTextsRead(given: Given): Wishes {
  const { signaling, iceServers } = given
  return {
    ...given,
    signaling: typeof signaling === 'string' ? readSpecs(signaling) : signaling,
    iceServers: typeof iceServers === 'string' ? readIceServers(iceServers) : iceServers,
  }
}

/** Read the text of the attribute `signaling`, which white space or commas part. */
export function readSpecs(text: string | null): readonly string[] | null {
  return text === null ? null : text.split(/[\s,]+/).filter(spec => spec !== '')
}

/** Read the attribute `src`; false when it holds secrets, which whoever reads the page's markup would have. */
export function readSrc(text: string | null): string | false | null {
  return text !== null && SECRET.test(text) ? false : text
}

/** Read the JSON of the attribute `ice-servers`; text that is none is given back as it is. */
export function readIceServers(text: string | null): readonly RTCIceServer[] | string | null {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * Say whether two settings are alike: lists and plain objects by what is in them, all else by what it is.
 *
 * Frameworks make what stands inline anew at each render: policies are alike by class and manifest, functions by text.
 */
export function isAlike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one === 'function' && typeof other === 'function') return String(one) === String(other)
  if (isPolicy(one) && isPolicy(other))
    return isAlike([one.policyClass, one.manifest], [other.policyClass, other.manifest])
  if (!isPlain(one) || !isPlain(other) || Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every(name => Object.hasOwn(other, name) && isAlike(one[name], other[name]))
  )
}

function isPolicy(value: unknown): value is Policy | SetRule {
  return typeof value === 'object' && value !== null && 'manifest' in value && 'policyClass' in value
}

function isPlain(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

function roomFault(room: string | null): string | null {
  return room === null ? 'is missing: it names the room to join, as in room="lobby"' : nameFault('x', room)
}

function srcFault(src: string | false): string | null {
  if (src === false) return 'holds secrets, which have no business in a page’s markup: set the property from a script'
  return isAddress(src) ? null : `is wrong: an address begins with peerset:, as in src="peerset:peerset/lobby"`
}

function nameFault(app: string, room: string): string | null {
  try {
    makeRoomName(app, room)
    return null
  } catch (error) {
    return `is wrong: ${(error as Error).message}`
  }
}

function choiceFault(given: string, choices: readonly unknown[]): string | null {
  if (choices.includes(given)) return null
  return `is wrong: ${shown(given)} is none of ${choices.join(', ')}`
}

function identityFault(identity: string | null, options: JoinOptions | null): string | null {
  if (identity === null) return null
  if (options?.key == null) return choiceFault(identity, IDENTITIES)
  return `is wrong: the key in "options" says already who writes, so ${shown(identity)} does not`
}

/** Say what is wrong with the key in *options*, if anything is. */
export function keyFault(options: JoinOptions | null): string | null {
  try {
    // Whether an address leads to a signer is known once it is asked.
    if (options?.key != null && !isBunkerAddress(options.key)) signerOf(options.key)
    return null
  } catch (error) {
    return `is wrong: ${(error as Error).message}`
  }
}

function faultIn(given: unknown, read: (given: unknown) => unknown): string | null {
  try {
    if (given !== null) read(given)
    return null
  } catch (error) {
    return `is wrong: ${(error as Error).message}`
  }
}

function collectionFault(collection: string | null): string | null {
  if (collection === null || (collection !== '' && collection.length <= COLLECTION_CHARACTERS_MAX)) return null
  return `is wrong: a collection has 1 to ${COLLECTION_CHARACTERS_MAX} characters`
}

function iceServersFault(servers: unknown): string | null {
  if (servers === null) return null
  const hasUrls = (server: unknown) => typeof server === 'object' && server !== null && 'urls' in server
  if (Array.isArray(servers) && servers.every(hasUrls)) return null
  return 'is wrong: it is a JSON list of servers, as in [{"urls": "stun:example.org"}]'
}
