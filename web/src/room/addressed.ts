/** Where a room is, said as an address: read by `join`, and given by `Room.address` and `Room.invitation`. */

import type { Address } from '../core/address.ts'
import type { LinkingCode } from '../core/linking-code.ts'
import type { RoomName } from '../core/signal.ts'
import type { AnyId, AnyKey } from '../core/typed.ts'
import type { JoinOptions } from './joining.ts'

const codec = () => import('../core/address.ts')
const directing = () => import('./directing.ts')

/** What in a room has an address: a record, or the register or file of a collection. */
export interface Named {
  /** A record, by its whole id. */
  readonly record?: AnyId | undefined
  readonly collection?: string | undefined
  /** A register of the collection. */
  readonly key?: string | undefined
  /** A file of the collection. */
  readonly path?: string | undefined
  /** Whose register or file it is. */
  readonly author?: AnyKey | undefined
  /** The version that is meant. */
  readonly at?: AnyId | undefined
}

/** What an invitation says beside what it takes to join. */
export interface Invited {
  /** Texts by which owners let whoever is invited write. */
  readonly grants?: string | readonly string[] | undefined
  /** The address of a page that joins such rooms, for a link to it. */
  readonly page?: string | undefined
}

/** What it takes to join a room as we did. */
export interface Directions {
  readonly name: RoomName
  readonly options: JoinOptions
  readonly keptSeconds: number
}

/** The part of a room that says where it is; what writes addresses is loaded when one is asked for. */
export abstract class Addressed {
  readonly #directions: Directions

  constructor({ directions }: { readonly directions: Directions }) {
    this.#directions = directions
  }

  /**
   * Write the address of this room, or of something in it; there is no secret in it.
   *
   * Refused with a ConfigError when nothing is *named* so, or the address would be too long.
   */
  async address(named: Named = {}): Promise<string> {
    const { makeAddress, publicOf } = await codec()
    const { addressOf, targetOf } = await directing()
    return makeAddress(publicOf(addressOf(this.#directions, targetOf(named))))
  }

  /**
   * Write the address of this room with all that it takes to join, such as its password: a secret itself. With *page* it is
   * a link.
   *
   * Refused with a ConfigError when a grant or *page* is none, or the address would be too long.
   */
  async invitation({ grants = [], page }: Invited = {}): Promise<string> {
    const { makeAddress, makeLink } = await codec()
    const { addressOf } = await directing()
    const address = { ...addressOf(this.#directions, null), grants: [grants].flat() }
    return page === undefined ? makeAddress(address) : makeLink(address, page)
  }
}

/**
 * Read an address, or a link to a page that holds one; refused with a ConfigError when it is none. The message repeats no
 * secret.
 */
export async function parseAddress(text: string): Promise<Address> {
  return (await codec()).parseAddress(text)
}

/** Read the code for a new device that the one with the key shows; refused with a ConfigError when it is none. */
export async function parseCode(text: string): Promise<LinkingCode> {
  return (await import('../core/linking-code.ts')).parseCode(text)
}

/**
 * Give the name of *room* with a hash of its rules, such as `lobby~0d5f…`: who has others cannot join it.
 *
 * The rules are those of *policies*, admission and set rules alike, and how long records are kept (90 days when left out).
 * With a *seal*, whatever it is, they are those of a sealed room, of which policies that look at content are no part.
 * Refused with a ConfigError when a policy or *retention* is none, or a sealed room cannot have the policy.
 */
export async function boundRoom(
  room: string,
  rules: Pick<JoinOptions, 'policies' | 'retention' | 'seal'> = {},
): Promise<string> {
  return (await directing()).boundBy(room, rules)
}

/** Write *address*, secrets included; refused with a ConfigError when a part of it can stand in none. */
export async function makeAddress(address: Address): Promise<string> {
  return (await codec()).makeAddress(address)
}

/** Write a link to *page* that hands *address* over, secrets included; refused with a ConfigError as `makeAddress` is. */
export async function makeLink(address: Address, page: string): Promise<string> {
  return (await codec()).makeLink(address, page)
}

/** Say whether *text* begins as an address does, or a link that holds one; codes do, too. */
export function isAddress(text: unknown): text is string {
  return typeof text === 'string' && /^[ \t\r\n]*(https?:\/\/[^#\s]*#)?peerset(-[a-z]+)?:/i.test(text)
}

/**
 * Read which room is meant, and how to join it: by its name, or by its address, of which counts what *given* does not say.
 *
 * Refused with a ConfigError when an address is none, or of another app than *given*, or names policies that a page does not
 * have while *given* has none.
 */
export async function readRoom(room: string, given: JoinOptions): Promise<readonly [string, JoinOptions]> {
  if (!isAddress(room)) return [room, given]
  const { joinedBy } = await directing()
  return await joinedBy(await parseAddress(room), given)
}
