/** What people give to `join`, as what it works with. */

import { readRelays } from '../adapters/reach.ts'
import { readText, shown } from '../core/typed.ts'
import { ConfigError } from '../errors.ts'
import type { JoinOptions } from './joining.ts'

const NAMES: readonly (keyof JoinOptions)[] = [
  'app',
  'key',
  'store',
  'relays',
  'password',
  'iceServers',
  'turn',
  'relayOnly',
  'policies',
  'retention',
  'window',
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
  return { ...given, relays: readRelays(given.relays) }
}
