/** Names heirs of keys; loaded once one is named. */

import type { UnixTime } from '../core/clock.ts'
import { signSuccession, successionText } from '../core/heir.ts'
import type { SecretKey } from '../core/keys.ts'
import { FUTURE_SECONDS_MAX } from '../core/limits.ts'
import { readAuthor } from '../core/typed.ts'
import { ConfigError, MalformedError } from '../errors.ts'
import { readKey } from './given.ts'

/** Give the text by which *key* names *heir*; see `nameHeir`. */
export function named(key: SecretKey | string, heir: string): string {
  const since = Math.max(0, Math.floor(Date.now() / 1_000) - FUTURE_SECONDS_MAX) as UnixTime
  try {
    return successionText(signSuccession(readKey(key), readAuthor(heir), since))
  } catch (error) {
    if (error instanceof MalformedError) throw new ConfigError(error.message)
    throw error
  }
}
