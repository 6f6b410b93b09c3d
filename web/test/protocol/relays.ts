/** Relays alone, for tests of them. */

import { Index } from '../../src/core/merkle.ts'
import { Fetching } from '../../src/protocol/fetching.ts'
import { Mesh } from '../../src/protocol/mesh.ts'
import { LiveRelay, type RelayOptions } from '../../src/protocol/relay.ts'
import { seededRng } from '../seeded.ts'

/** Make a relay that draws by *seed*, and refuses nothing. */
export function relayOf(seed: string, options: Partial<RelayOptions> = {}): LiveRelay {
  const fetching = new Fetching(new Index())
  return new LiveRelay({ rng: seededRng(seed), isRefused: () => false, fetching, mesh: new Mesh(), ...options })
}
