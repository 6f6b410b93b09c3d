/**
 * Codes that link a device: whoever has the key shows one, and a new device opens it to ask; no secret of the key is in it.
 *
 * `PAGE#peerset-device:KEY&ADDRESS`, or the same without `PAGE#` between two machines that have no page: base64url of a key
 * that was drawn for it, and the room's address with one grant that lets this key ask, for as long as the code lasts
 * (docs/protocol.md, "Linked devices").
 */

import { ConfigError } from '../errors.ts'
import { type Address, makeAddress, makeLink, parseAddress } from './address.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import type { UnixTime } from './clock.ts'
import { isGenuine, readGrant } from './grant.ts'
import { type PublicKey, SecretKey } from './keys.ts'
import { roomTag } from './signal.ts'

const SCHEME = 'peerset-device:'
const CODE = /^(?:(https?:\/\/[^#\s]+)#)?peerset-device:([A-Za-z0-9_-]{43})&(peerset:.*)$/is
const DAMAGED = 'this code for a new device is damaged: have the other device show a new one'

/** A code as the new device reads it; it may have run out. */
export interface LinkingCode {
  /** Asks by it; it may do nothing else. */
  readonly key: SecretKey
  /** For whom the device is to write. */
  readonly owner: PublicKey
  /** The last second at which it is good. */
  readonly until: UnixTime
  /** The address by which `key` joins the room, to ask. */
  readonly asking: string
  /** The address by which the device itself joins it: without what is the code's alone. */
  readonly room: string
}

/** Write a code: *address* has one grant, which lets *key* ask; *page* opens it, and is empty between two machines. */
export function codeText(key: SecretKey, address: Address, page: string): string {
  const said = page === '' ? makeAddress(address) : makeLink(address, page)
  const at = page === '' ? 0 : page.length + 1
  return `${said.slice(0, at)}${SCHEME}${encodeBase64url(key.secret)}&${said.slice(at)}`
}

/**
 * Read what the device that has the key shows; its time may be over.
 *
 * Throws ConfigError when it is no code, or its parts do not belong together. The message repeats no secret.
 */
export function parseCode(text: string): LinkingCode {
  const [, page = '', secret = '', asking = ''] = CODE.exec(text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')) ?? []
  try {
    const key = new SecretKey(decodeBase64url(secret))
    const address = parseAddress(page === '' ? asking : `${page}#${asking}`)
    const [token = '', ...more] = address.grants
    const grant = readGrant(token)
    const isWhole = encodeBase64url(key.secret) === secret && more.length === 0 && grant.writer === key.publicKey
    if (!isWhole || !isGenuine(grant, roomTag(address))) throw new ConfigError(DAMAGED)
    const { owner, until } = grant
    return { key, owner, until, asking: makeAddress(address), room: makeAddress({ ...address, grants: [] }) }
  } catch {
    throw new ConfigError(DAMAGED)
  }
}
