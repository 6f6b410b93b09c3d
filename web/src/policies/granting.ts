/** What a policy is that asks for grants. */

import type { PublicKey } from '../core/keys.ts'
import type { Policy } from '../ports.ts'

/** An admission policy that lets those write who carry a grant of one of its *owners*. */
export interface GrantPolicy extends Policy {
  /** Whose grants count. */
  readonly owners: ReadonlySet<PublicKey>

  /** Say whether a record of *author*, of this kind and with this first tag `c`, is to carry a grant. */
  asks(author: PublicKey, kind: number, collection: string | null): boolean
}
