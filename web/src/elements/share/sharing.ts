/** A room as a link to this page and as a QR code; loaded when a visitor wants to share it. */

import { makeLink, parseAddress } from '../../room/addressed.ts'
import type { Room } from '../../room/room.ts'
import { codeOf, type QRCode } from '../code.ts'

/** How a room is handed on. */
export interface Share extends QRCode {
  readonly link: string
  /** There is a link with secrets, and one without. */
  readonly hasSecrets: boolean
}

/** Give how to hand on *room*, to join it in this page; *withSecrets* with all that it takes. */
export async function shareOf(room: Room, { withSecrets }: { readonly withSecrets: boolean }): Promise<Share> {
  const [page = ''] = globalThis.location.href.split('#')
  const open = await makeLink(await parseAddress(await room.address()), page)
  const whole = await room.invitation({ page })
  const link = withSecrets ? whole : open
  return { link, hasSecrets: open !== whole, ...codeOf(link) }
}
