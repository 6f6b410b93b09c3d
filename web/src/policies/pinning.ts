/** The policy of pins, loaded when it is asked for. */

import type { Policy } from '../ports.ts'
import type { Pinners } from './pins.ts'

/**
 * Make the admission policy `pins` of Python: only those listed may pin. A room without it refuses every pin.
 *
 * Refused with a ConfigError for what is no key.
 */
export async function pins(listed: Pinners): Promise<Policy> {
  return (await import('./pins.ts')).makePins(listed)
}
