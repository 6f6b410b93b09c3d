/** Joins parts of a room; loaded once one is joined. */

import { shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { JoinOptions, join } from './joining.ts'
import type { Room } from './room.ts'

/** Have *joined* the *part* of *room* as the *whole* was, but for what *own* says otherwise. */
export async function joinPart(
  joined: typeof join,
  room: string,
  whole: JoinOptions,
  part: string,
  own: JoinOptions,
): Promise<Room> {
  if (!String(part).split('/').every(Boolean)) throw new ConfigError(`${shown(part)} names no part of a room`)
  // It serves one room, and without it the part would be reached by trackers.
  if (whole.transport && !own.transport) throw new ConfigError('a part needs a transport of its own')
  return await joined(`${room}/${part}`, { ...whole, grants: undefined, onEvent: undefined, ...own })
}
