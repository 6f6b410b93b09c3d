/** What people give to `join`, as what it works with. */

import { readSignaling } from '../adapters/places.ts'
import { DISK_BYTES_MIN } from '../core/limits.ts'
import { readPhases, readText, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { JoinOptions } from './joining.ts'

const NAMES: readonly (keyof JoinOptions)[] = [
  'app',
  'key',
  'store',
  'signaling',
  'password',
  'phases',
  'seal',
  'iceServers',
  'turn',
  'relayOnly',
  'rtc',
  'WebSocket',
  'files',
  'policies',
  'grants',
  'retention',
  'window',
  'diskBytes',
  'isSeeder',
  'bucketSeconds',
  'now',
  'transport',
  'onEvent',
]

/** Read the options of `join`; throws ConfigError for one that is unknown, or that cannot be meant. */
export function readOptions(given: JoinOptions): JoinOptions {
  if (Object(given) !== given) throw new ConfigError(`a room is joined with options, not ${shown(given)}`)
  for (const name of Object.keys(given)) {
    if (!(NAMES as readonly string[]).includes(name)) throw new ConfigError(`a room has no option ${shown(name)}`)
  }
  readText('a password', given.password ?? '')
  if (given.diskBytes !== undefined) readDiskBytes(given.diskBytes)
  const { phases, signaling } = given
  return { ...given, ...(phases != null && { phases: readPhases(phases) }), signaling: readSignaling(signaling) }
}

/** Read how many bytes a store may take; throws ConfigError for less than a MiB, and for what is no whole number. */
export function readDiskBytes(given: unknown): number {
  if (Number.isSafeInteger(given) && Number(given) >= DISK_BYTES_MIN) return Number(given)
  throw new ConfigError(`diskBytes is a whole number from ${DISK_BYTES_MIN}, not ${shown(given)}`)
}
