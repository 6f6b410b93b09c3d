/** The shadow roots of elements: those that a server rendered before the page's script was there, and what is loaded late for them. */

import { adoptStyles, type CSSResult, type LitElement } from 'lit'

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

/** Let *root* have the look of what was loaded late. */
export function wear(root: ShadowRoot, { styleSheet }: CSSResult): void {
  if (styleSheet === undefined || root.adoptedStyleSheets.includes(styleSheet)) return
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, styleSheet]
}
