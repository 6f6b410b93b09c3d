/** Invitations: links to this page that hold the address of a room behind their `#`. */

const INVITED = /^#peerset:/i

/**
 * Give the link by which this page was opened, if it holds an address, and take that out of the address bar: it may be a
 * secret, which neither the page's history nor a screenshot is to keep. null without one.
 */
export function takeInvitation(): string | null {
  const { hash, href, pathname, search } = globalThis.location
  if (!INVITED.test(hash)) return null
  globalThis.history.replaceState(globalThis.history.state, '', `${pathname}${search}`)
  return href
}
