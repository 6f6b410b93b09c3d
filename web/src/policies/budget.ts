/** Budget: what one author, and all together, may write in one UTC day; what is more is shadowed everywhere alike. */

import type { RecordId } from '../core/record.ts'
import { makeManifest } from '../core/rules.ts'
import { PolicyClass, type Seat } from '../core/verdict.ts'
import { ConfigError } from '../errors.ts'
import type { SetRule } from '../ports.ts'

const DAY_SECONDS = 86_400
/** The largest record fits, and the largest deletion, whatever the figures. */
const BYTES = { least: 65_536, most: 2 ** 40 }
const DELETIONS = { least: 64, most: 1_000_000 }

/** How much is shown of a UTC day. */
export interface Budgets {
  /** Bytes of one author; 4 MiB when left out. */
  readonly author?: number | undefined
  /** Bytes of all together; 256 MiB when left out. */
  readonly room?: number | undefined
  /** How much the deletions of one author may name; 1,000 when left out. */
  readonly deletions?: number | undefined
}

/** Make the rule; the same figures as in Python give the same rules. */
export function makeBudget({ author = 2 ** 22, room = 2 ** 28, deletions = 1_000 }: Budgets): SetRule {
  check('author', author, BYTES)
  check('room', room, BYTES)
  check('deletions', deletions, DELETIONS)
  if (author > room) throw new ConfigError(`budget: author is ${author} bytes, more than the ${room} of the whole room`)
  const parameters = JSON.stringify({ author, deletions, room })
  return {
    name: 'budget',
    policyClass: PolicyClass.SET_RULE,
    manifest: makeManifest({ name: 'budget', version: 1, parameters }),
    reason: 'its author, or all together, wrote more on that day than this room shows',
    group: record => [String(Math.floor(record.createdAt / DAY_SECONDS))],
    keep: group => kept(group, { author, room, deletions }),
    fits: (one, whole) => one.size <= author && one.names <= deletions && whole.size <= room,
  }
}

function kept(group: readonly Seat[], budgets: { readonly [name in keyof Budgets]-?: number }): ReadonlySet<RecordId> {
  const lowestFirst = [...newestVersions(group).values()].sort((one, other) => (one.id < other.id ? -1 : 1))
  const held = [...byAuthor(lowestFirst)].flatMap(seats => {
    let names = 0
    return within(seats, budgets.author).filter(seat => {
      names += seat.names
      return seat.names === 0 || names <= budgets.deletions
    })
  })
  const sorted = held.sort((one, other) => (one.id < other.id ? -1 : 1))
  const keys = new Set(within(sorted, budgets.room).map(keyOf))
  return new Set(group.filter(seat => keys.has(keyOf(seat))).map(({ id }) => id))
}

function byAuthor(seats: readonly Seat[]): Iterable<readonly Seat[]> {
  const found = new Map<string, Seat[]>()
  for (const seat of seats) {
    const beside = found.get(seat.author)
    if (beside === undefined) found.set(seat.author, [seat])
    else beside.push(seat)
  }
  return found.values()
}

/** Give the newest seat of each register, and every other one. */
function newestVersions(group: readonly Seat[]): Map<string, Seat> {
  const last = new Map<string, Seat>()
  for (const seat of group) {
    const other = last.get(keyOf(seat))
    if (other === undefined || isNewer(seat, other)) last.set(keyOf(seat), seat)
  }
  return last
}

/** What all versions have in common, or else the id. */
function keyOf({ address, id }: Seat): string {
  return address ?? id
}

function isNewer(one: Seat, other: Seat): boolean {
  const later = one.createdAt - other.createdAt || one.microseconds - other.microseconds
  return later > 0 || (later === 0 && one.id < other.id)
}

/** Give the first of *seats* that have *sizeMax* bytes together. */
function within(seats: readonly Seat[], sizeMax: number): Seat[] {
  let size = 0
  const end = seats.findIndex(seat => {
    size += seat.size
    return size > sizeMax
  })
  return end < 0 ? [...seats] : seats.slice(0, end)
}

function check(name: string, value: number, { least, most }: { readonly least: number; readonly most: number }): void {
  if (!(Number.isSafeInteger(value) && value >= least && value <= most)) {
    throw new ConfigError(`budget: ${name} is ${value}, not a whole number from ${least} to ${most}`)
  }
}
