/** A room as a link to this page and as a QR code; loaded when a visitor wants to share it. */

import { encode } from 'uqr'
import { makeLink, parseAddress } from '../../room/addressed.ts'
import type { Room } from '../../room/room.ts'

/** How a room is handed on. */
export interface Share {
  readonly link: string
  /** There is a link with secrets, and one without. */
  readonly hasSecrets: boolean
  /** The QR code of the link as the path of an SVG, a unit for each module; empty where the link is too long for one. */
  readonly path: string
  /** Modules on a side, the quiet zone around them included. */
  readonly size: number
}

/** Of modules around a QR code that stay light (ISO/IEC 18004). */
const QUIET_MODULES = 4

/** Give how to hand on *room*, to join it in this page; *withSecrets* with all that it takes. */
export async function shareOf(room: Room, { withSecrets }: { readonly withSecrets: boolean }): Promise<Share> {
  const [page = ''] = globalThis.location.href.split('#')
  const open = await makeLink(await parseAddress(await room.address()), page)
  const whole = await room.invitation({ page })
  const link = withSecrets ? whole : open
  return { link, hasSecrets: open !== whole, ...codeOf(link) }
}

/** Draw *text* as a QR code. */
export function codeOf(text: string): Pick<Share, 'path' | 'size'> {
  try {
    const { data, size } = encode(text, { ecc: 'L', border: QUIET_MODULES })
    const path = data.map((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('')
    return { path, size }
  } catch {
    // Longer than the largest code can be.
    return { path: '', size: 0 }
  }
}
