/** QR codes; loaded when one is shown. */

import { encode } from 'uqr'

/** A QR code as the path of an SVG, a unit for each module; empty where the text is too long for one. */
export interface QRCode {
  readonly path: string
  /** Modules on a side, the quiet zone around them included. */
  readonly size: number
}

/** Of modules around a QR code that stay light (ISO/IEC 18004). */
const QUIET_MODULES = 4

/** Draw *text* as a QR code. */
export function codeOf(text: string): QRCode {
  try {
    const { data, size } = encode(text, { ecc: 'L', border: QUIET_MODULES })
    const path = data.map((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('')
    return { path, size }
  } catch {
    // Longer than the largest code can be.
    return { path: '', size: 0 }
  }
}
