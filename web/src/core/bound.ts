/** Rooms whose name ends in a hash of their rules (docs/protocol.md, "Rooms named by their rules"). */

import { ConfigError } from '../errors.ts'
import { type Rules, rulesId } from './rules.ts'

/** Hexadecimal digits of the rules id that a name holds: 128 bits of it. */
const DIGITS = 32
const BOUND = /~([0-9a-f]{32})$/

/** Give the name of *room* where only those meet who have *rules*. */
export function bind(room: string, rules: Rules): string {
  return `${room}~${rulesId(rules).slice(0, DIGITS)}`
}

/** Say whether the name *room* ends in a hash of rules. */
export function isBound(room: string): boolean {
  return BOUND.test(room)
}

/** Make sure that *rules* are those that the name *room* says, if it says any; throws a ConfigError for others. */
export function checkBound(room: string, rules: Rules): void {
  const said = BOUND.exec(room)?.[1]
  const ours = rulesId(rules).slice(0, DIGITS)
  if (said === undefined || said === ours) return
  throw new ConfigError(
    `the name of the room ${JSON.stringify(room)} says which rules it has, and ours are others, ${ours}: give the policies and the retention that it was made for`,
  )
}
