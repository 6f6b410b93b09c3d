/** What is kept from readers of a room, could they open it or not. */

import type { Record } from '../core/record.ts'
import type { Shadows } from './shadows.ts'

/** Says what is hidden. */
export interface Hiding {
  hides(record: Record): boolean
}

/** Says what a rule, a policy or the user hides. */
export interface Court extends Hiding {
  readonly shadows: Pick<Shadows, 'shadowing'>
}

/** Say whether a newer version, a policy or the user keeps *record* from readers, or it has expired. */
export function isWithheld(record: Record, court: Court, expirations: Hiding): boolean {
  return court.shadows.shadowing(record.id) !== null || court.hides(record) || expirations.hides(record)
}
