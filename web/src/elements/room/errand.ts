/** What a device does that was shown a code: it asks in the room by the code's key, and leaves with the answer. */

import type { LinkingCode } from '../../core/linking-code.ts'
import type { Link } from '../../room/devices.ts'
import { type JoinOptions, join } from '../../room/joining.ts'
import type { Asking } from '../../room/offer.ts'

/** So long it stays at most, for the other device to hear that it has its answer. */
const PARTING_SECONDS = 5

/** How a device asks. */
export interface Errand extends Asking {
  /** How its page joins rooms. */
  readonly options: JoinOptions
}

/** Ask by *code*, and wait until its owner says yes; refused as `Devices.askBy` and `join` are. */
export async function askBy(code: LinkingCode, { options, ...asking }: Errand): Promise<Link> {
  const { grants: _, key: __, onEvent: ___, ...rest } = options
  // What is asked is nobody else's matter: nothing of it stays here.
  const room = await join(code.asking, { ...rest, key: code.key, store: 'memory', files: null })
  try {
    const link = await (await room.devices()).askBy(code, asking)
    await room.synced({ timeoutSeconds: PARTING_SECONDS }).catch(() => {})
    return link
  } finally {
    await room.leave()
  }
}
