/** The shadow root of an element that a server rendered before the page's script was there. */

import { adoptStyles, type LitElement } from 'lit'

/**
 * Take over the root that a server rendered for *host*, to render it anew; null when there is none.
 *
 * What a server knows of a room is nothing, so there is nothing in it to keep; left there, it would be shown twice, or
 * stop the hydration that lit may be told to do instead.
 */
export function takenOver(host: LitElement): ShadowRoot | null {
  const root = host.shadowRoot
  if (root === null) return null
  root.replaceChildren()
  adoptStyles(root, (host.constructor as typeof LitElement).elementStyles)
  return root
}
