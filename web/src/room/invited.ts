/** Invitations, and codes for new devices: links to this page that hold the address of a room behind their `#`. */

const INVITED = /^#peerset:/i
const CODE = /^#peerset-device:/i

/**
 * Give the link by which this page was opened, if it holds an address, and take that out of the address bar: it may be a
 * secret, which neither the page's history nor a screenshot is to keep. null without one.
 */
export function takeInvitation(): string | null {
  return taken(INVITED)
}

/** Give the code for a new device by which this page was opened, likewise; null without one. */
export function takeCode(): string | null {
  return taken(CODE)
}

function taken(kind: RegExp): string | null {
  const { hash, href, pathname, search } = globalThis.location
  if (!kind.test(hash)) return null
  globalThis.history.replaceState(globalThis.history.state, '', `${pathname}${search}`)
  return href
}
