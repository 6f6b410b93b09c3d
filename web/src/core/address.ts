/**
 * Addresses: URIs of rooms and of what is in them, with what it takes to join (docs/addresses.md).
 *
 * `peerset:APP/ROOM` names a room; `/record/ID`, `/key/COLLECTION/KEY` or `/file/COLLECTION/PATH` after it something in it.
 * What stands behind `?` is for everybody to see; secrets stand behind `#`, which no browser tells a server. A *link* is the
 * address of a page with all of that behind its `#`.
 */

import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { ConfigError } from '../errors.ts'
import { decode, encode } from './bech32.ts'
import { npub, type PublicKey } from './keys.ts'
import {
  ADDRESS_CHARACTERS_MAX,
  ADDRESS_FIELDS_MAX,
  COLLECTION_NAME_CHARACTERS_MAX,
  DOCUMENT_KEY_BYTES_MAX,
  RETENTION_SECONDS_MAX,
} from './limits.ts'
import { quoted, unquoted } from './percent.ts'
import { checkPortable, isOfEnvelopes } from './portable.ts'
import type { RecordId } from './record.ts'
import { makeRoomName } from './signal.ts'
import { readAuthor, readPhases, readRetention, readWholeId, shown, UNIT_SECONDS } from './typed.ts'

const SCHEME = 'peerset:'
const SEAL_PREFIX = 'seal'
const PUBLIC = ['at', 'author', 'phases', 'policy', 'retention', 'signaling'] as const
const SECRET = ['grant', 'password', 'seal'] as const
const SEVERAL: readonly string[] = ['grant', 'policy', 'seal', 'signaling']
const IN_PATH = ':@'
const IN_FIELDS = ':@/,='

const SPACE = /^[ \t\r\n]+|[ \t\r\n]+$/g
const BEGINNING = /^peerset:/i
const OTHER = /^(?:https?:\/\/[^#\s]*#)?peerset(-[a-z]+):/i
const NO_ROOM: { readonly [kind: string]: string } = {
  '-device': 'that is a code for a new device, and names no room: peerset devices ask opens it, or a page',
  '-link': 'that is the text that a new device shows, and names no room: it is accepted where the other key is',
}
const LINK = /^https?:\/\/[^#\s]*#(?=peerset:)/i
const PAGE = /^https?:\/\/[^#\s]+$/i
const COLLECTION = new RegExp(`^[a-z][a-z0-9_.-]{0,${COLLECTION_NAME_CHARACTERS_MAX - 1}}$`)
const GRANT = /^[A-Za-z0-9_-]{192,2048}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const UNWRITABLE = /[\x00-\x1f\ud800-\udfff]/u
/** What ids and keys are written in, as text of NIP-19 or in hex. */
const NAME = /^[0-9A-Za-z]+$/
const TIME = /^(?:[0-9]{1,9}[smhdw]?|forever)$/

/** Names a record of the room. */
export interface RecordTarget {
  readonly type: 'record'
  readonly id: RecordId
}

/** Names the register of a collection. */
export interface KeyTarget {
  readonly type: 'key'
  readonly collection: string
  readonly key: string
  /** Whose it is, where each author has one of that key. */
  readonly author: PublicKey | null
  /** The version that is meant; null for the current one. */
  readonly at: RecordId | null
}

/** Names a file, by its path in a collection of files. */
export interface FileTarget {
  readonly type: 'file'
  readonly collection: string
  /** Names between `/`, none of which is empty, `.` or `..`. */
  readonly path: string
  readonly author: PublicKey | null
  readonly at: RecordId | null
}

export type Target = RecordTarget | KeyTarget | FileTarget

/** A room, perhaps something in it, and what it takes to join; what is left out, the reader decides. */
export interface Address {
  readonly app: string
  readonly room: string
  readonly target: Target | null
  /** Where members meet, as specs (docs/signaling.md). */
  readonly signaling: readonly string[]
  /** The period of the room's names towards trackers, in seconds. */
  readonly phases: number | null
  /** The rules to join with, as specs (docs/policies.md). */
  readonly policies: readonly string[]
  /** How long records are kept, in seconds. */
  readonly retention: number | null
  readonly password: string
  /** Secrets of a sealed room, `seal1...`, the newest first. */
  readonly seals: readonly string[]
  /** Texts that let a key write. */
  readonly grants: readonly string[]
}

type FieldName = (typeof PUBLIC)[number] | (typeof SECRET)[number]
/** Values by the name of their field, in their order. */
type Fields = ReadonlyMap<string, readonly string[]>

/** Give *address* without its secrets, and without the policies that only who has the seal can follow. */
export function publicOf(address: Address): Address {
  const policies = address.seals.length > 0 ? address.policies.filter(isOfEnvelopes) : address.policies
  return { ...address, password: '', seals: [], grants: [], policies }
}

/**
 * Read an address, or a link to a page that holds one.
 *
 * Throws:
 *   ConfigError: it is none, is too long, says something twice, or names what no room can have. The message repeats no
 *     secret.
 */
export function parseAddress(text: string): Address {
  if (typeof text !== 'string' || text.length > ADDRESS_CHARACTERS_MAX) {
    throw new ConfigError(`an address is a text of at most ${ADDRESS_CHARACTERS_MAX} characters`)
  }
  const whole = text.replace(SPACE, '')
  const bare = whole.replace(LINK, '')
  if (!BEGINNING.test(bare)) {
    const [, kind = ''] = OTHER.exec(bare) ?? []
    const usual = `an address begins with ${SCHEME}, or is a link to a page with #${SCHEME} in it`
    throw new ConfigError(NO_ROOM[kind.toLowerCase()] ?? usual)
  }
  const [open, hidden] = halves(bare.slice(SCHEME.length), '#')
  const [path, query] = halves(open, '?')
  // All of it stands behind the link's own #.
  const said =
    bare === whole
      ? new Map([...fieldsIn(query, PUBLIC), ...fieldsIn(hidden, SECRET)])
      : fieldsIn(`${query}&${hidden}`, [...PUBLIC, ...SECRET])
  return addressOf(path.split('/').map(unquoted), said)
}

/**
 * Write *address*, secrets included, in the one form that both languages write.
 *
 * Throws:
 *   ConfigError: a part can stand in no address, or it has more than `ADDRESS_CHARACTERS_MAX` characters.
 */
export function makeAddress(address: Address): string {
  const values = valuesOf(checked(address))
  const open = queryOf(values, PUBLIC)
  const secret = queryOf(values, SECRET)
  return short(`${SCHEME}${pathOf(address)}${open && `?${open}`}${secret && `#${secret}`}`)
}

/**
 * Write a link to *page*, an address of the web, that hands *address* over, secrets included.
 *
 * All of it stands behind `#`: browsers keep that to themselves.
 *
 * Throws:
 *   ConfigError: *page* is no such address, or has a fragment; or it has too many characters.
 */
export function makeLink(address: Address, page: string): string {
  if (!PAGE.test(page)) {
    throw new ConfigError('a page has an address such as https://example.org/chat, without #')
  }
  const said = queryOf(valuesOf(checked(address)), [...PUBLIC, ...SECRET])
  return short(`${page}#${SCHEME}${pathOf(address)}${said && `?${said}`}`)
}

// Reading.

function fieldsIn(query: string, known: readonly string[]): Fields {
  const parts = query.split('&').filter(Boolean)
  if (parts.length > ADDRESS_FIELDS_MAX) {
    throw new ConfigError(`an address has at most ${ADDRESS_FIELDS_MAX} fields, not ${parts.length}`)
  }
  const found = new Map<string, string[]>()
  for (const part of parts) {
    const [name, value] = halves(part, '=')
    if (!known.includes(name)) throw new ConfigError(stranger(name))
    if (value === '') throw new ConfigError(`the field ${name} of the address is empty`)
    const before = found.get(name) ?? []
    if (before.length > 0 && !SEVERAL.includes(name)) throw new ConfigError(`the address says ${name} more than once`)
    found.set(name, [...before, unquoted(value)])
  }
  return found
}

function stranger(name: string): string {
  if ((SECRET as readonly string[]).includes(name)) {
    return `${name} is a secret and stands after the # of an address: before it, servers would be told`
  }
  if ((PUBLIC as readonly string[]).includes(name)) {
    return `${name} is no secret and stands before the # of an address`
  }
  // It may be a secret that has lost its name.
  return `the address has a field that is none of: ${[...PUBLIC, ...SECRET].join(', ')}`
}

function addressOf([app, room, ...rest]: readonly string[], said: Fields): Address {
  if (app === undefined || room === undefined) {
    throw new ConfigError('an address names an app and a room, as in peerset:peerset/lobby')
  }
  makeRoomName(app, room)
  const retention = fieldOf('retention', said, TIME)
  const phases = fieldOf('phases', said, TIME)
  return checked({
    app,
    room,
    target: targetOf(rest, said),
    signaling: said.get('signaling') ?? [],
    phases: phases === null ? null : readPhases(phases),
    policies: said.get('policy') ?? [],
    retention: retention === null ? null : readRetention(retention),
    password: said.get('password')?.[0] ?? '',
    seals: (said.get('seal') ?? []).map(seal => encode(SEAL_PREFIX, decode(SEAL_PREFIX, seal))),
    grants: said.get('grant') ?? [],
  })
}

function targetOf([kind, ...rest]: readonly string[], said: Fields): Target | null {
  const author = readOr(readAuthor, fieldOf('author', said, NAME))
  const at = readOr(readWholeId, fieldOf('at', said, NAME))
  const [first = '', ...names] = rest
  if (kind === 'key' && rest.length === 2) return { type: kind, collection: first, key: names.join(), author, at }
  if (kind === 'file' && names.length > 0) {
    if (names.some(name => name.includes('/'))) throw new ConfigError('a name in a path holds no slash')
    return { type: kind, collection: first, path: names.join('/'), author, at }
  }
  if (author !== null || at !== null) {
    throw new ConfigError('author and at say which version of a key or file is meant, and the address names neither')
  }
  if (kind === undefined) return null
  if (kind === 'record' && rest.length === 1 && NAME.test(first)) return { type: kind, id: readWholeId(first) }
  throw new ConfigError('after its room an address has /record/ID, /key/COLLECTION/KEY or /file/COLLECTION/PATH')
}

/** Give the one value of the field *name*, which is of *form*; null where the address does not say it. */
function fieldOf(name: FieldName, said: Fields, form: RegExp): string | null {
  const value = said.get(name)?.[0]
  if (value === undefined) return null
  if (form.test(value)) return value
  throw new ConfigError(`${name} of the address cannot be ${shown(value)}`)
}

function readOr<T>(read: (value: string) => T, value: string | null): T | null {
  return value === null ? null : read(value)
}

/** Cut *text* in two at the first *mark*. */
function halves(text: string, mark: string): readonly [string, string] {
  const place = text.indexOf(mark)
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place + 1)]
}

// Writing.

function pathOf({ app, room, target }: Address): string {
  return [app, room, ...namesOf(target)].map(name => quoted(name, IN_PATH)).join('/')
}

function namesOf(target: Target | null): readonly string[] {
  if (target === null) return []
  switch (target.type) {
    case 'record':
      return ['record', encode('note', hexToBytes(target.id))]
    case 'key':
      return ['key', target.collection, target.key]
    default:
      return ['file', target.collection, ...target.path.split('/')]
  }
}

function queryOf(values: { readonly [name in FieldName]: readonly string[] }, names: readonly FieldName[]): string {
  return names.flatMap(name => values[name].map(value => `${name}=${quoted(value, IN_FIELDS)}`)).join('&')
}

function valuesOf(address: Address): { readonly [name in FieldName]: readonly string[] } {
  const { target, phases, retention, password } = address
  const { author, at } = target === null || target.type === 'record' ? NOBODYS : target
  return {
    at: at === null ? [] : [encode('note', hexToBytes(at))],
    author: author === null ? [] : [npub(author)],
    grant: address.grants,
    password: password === '' ? [] : [password],
    phases: phases === null ? [] : [spanText(phases)],
    policy: address.policies,
    retention: retention === null ? [] : [spanText(retention)],
    seal: address.seals,
    signaling: address.signaling,
  }
}

/** Neither of one author nor of one version. */
const NOBODYS: Pick<KeyTarget, 'author' | 'at'> = { author: null, at: null }

/** Write for how long records are kept as `readRetention` reads it: in whole days or hours, where it is whole. */
export function spanText(seconds: number): string {
  if (seconds === RETENTION_SECONDS_MAX) return 'forever'
  const unit = ['d', 'h'].find(each => seconds % (UNIT_SECONDS[each] ?? 1) === 0)
  return unit === undefined ? String(seconds) : `${seconds / (UNIT_SECONDS[unit] ?? 1)}${unit}`
}

// Checking.

function short(text: string): string {
  if (text.length <= ADDRESS_CHARACTERS_MAX) return text
  throw new ConfigError(
    `an address has at most ${ADDRESS_CHARACTERS_MAX} characters; this one would have ${text.length}`,
  )
}

/** Give *address* back; throws a ConfigError where a part of it can stand in none. */
function checked(address: Address): Address {
  const { target, phases, retention } = address
  makeRoomName(address.app, address.room)
  checkText('password', address.password)
  checkTexts('signaling', address.signaling)
  checkTexts('policy', address.policies)
  checkTexts('seal', address.seals)
  checkTexts('grant', address.grants)
  for (const spec of address.policies) checkPortable(spec)
  for (const seal of address.seals) {
    if (encode(SEAL_PREFIX, decode(SEAL_PREFIX, seal)) !== seal)
      throw new ConfigError('a seal is written in lower case')
  }
  if (!address.grants.every(grant => GRANT.test(grant))) {
    throw new ConfigError('a grant is a text of at least 192 letters, digits, _ and -')
  }
  if (phases !== null) readPhases(phases)
  if (retention !== null) readRetention(retention)
  if (target !== null && target.type !== 'record') checkTarget(target)
  return address
}

function checkTarget(target: KeyTarget | FileTarget): void {
  if (!COLLECTION.test(target.collection)) {
    throw new ConfigError('the address names a collection that can be none: its name has a-z 0-9 _ . -, a letter first')
  }
  if (target.type === 'key') return checkKey('a key', target.key)
  checkKey('a path', target.path)
  if (target.path.split('/').some(name => ['', '.', '..'].includes(name))) {
    throw new ConfigError('a path has names between its slashes, and none of them is empty, . or ..')
  }
}

function checkKey(what: string, key: string): void {
  checkText(what, key)
  const size = utf8ToBytes(key).length
  if (size > 0 && size <= DOCUMENT_KEY_BYTES_MAX) return
  throw new ConfigError(`${what} in an address has 1 to ${DOCUMENT_KEY_BYTES_MAX} bytes`)
}

function checkTexts(name: string, values: readonly string[]): void {
  if (new Set(values).size !== values.length || values.includes('')) {
    throw new ConfigError(`the address says a value of ${name} twice, or an empty one`)
  }
  for (const value of values) checkText(name, value)
}

function checkText(name: string, value: string): void {
  if (!UNWRITABLE.test(value)) return
  throw new ConfigError(`${name} in an address has no control characters and no half of a surrogate pair`)
}
