/** Make the node of a peer: the protocol, begun with what its store holds. */

import { checkBound } from '../core/bound.ts'
import { DAY_SECONDS } from '../core/clock.ts'
import type { SecretKey } from '../core/keys.ts'
import { Index } from '../core/merkle.ts'
import { Role } from '../core/message.ts'
import { makeRules, rulesId } from '../core/rules.ts'
import type { Store } from '../ports.ts'
import type { BlobExchange } from '../protocol/blob-exchange.ts'
import type { Naming } from '../protocol/lightness.ts'
import type { Meeting } from '../protocol/meeting.ts'
import { Node } from '../protocol/node.ts'
import { keepUp } from '../protocol/upkeep.ts'
import { openMesh } from './acquainted.ts'
import type { Plan } from './joining.ts'
import { lastSeen } from './remembered.ts'

/** With what a node begins, beside the plan. */
export interface Endowment {
  readonly key: SecretKey
  readonly store: Store
  readonly retentionSeconds: number
  readonly meeting: Meeting | null
  readonly naming: Naming
  readonly blobs: BlobExchange | null
}

/** Make the node that *plan* asks for. */
export async function makeNode(
  { name, options, rulebook, rng }: Plan,
  { store, retentionSeconds, ...means }: Endowment,
): Promise<Node> {
  const rules = makeRules({ retentionSeconds, policies: rulebook.manifests })
  checkBound(name.room, rules)
  const entries = await store.entries()
  return new Node({
    ...means,
    room: name,
    rng,
    index: Index.bulk(entries, { bucketSeconds: options.bucketSeconds ?? DAY_SECONDS }),
    deleters: await store.deleters(),
    refused: await store.refused(rulesId(rules)),
    rules,
    role: options.isSeeder === true ? Role.SEEDER : Role.MEMBER,
    hasPolicies: rulebook.admission.length > 0,
    seen: await lastSeen(store, entries),
    mesh: await openMesh(store),
    setBytes: (await store.sums()).reduce((sum, { size }) => sum + size, 0),
    upkeep: keepUp,
  })
}
