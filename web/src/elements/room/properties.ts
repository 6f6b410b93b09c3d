/** How the attributes of `<peerset-room>` become its properties, and back. */

import type { PropertyDeclarations } from 'lit'
import { readIceServers, readSpecs, readSrc } from './settings.ts'

/** Every property, reflected into its attribute but where that would not do. */
export const roomProperties: PropertyDeclarations = {
  room: { reflect: true },
  // An address may hold secrets: it is read from its attribute, where it may hold none, and never written there.
  src: { converter: { fromAttribute: readSrc } },
  fromHash: { type: Boolean, reflect: true, attribute: 'from-hash' },
  app: { reflect: true },
  signaling: {
    reflect: true,
    converter: {
      fromAttribute: readSpecs,
      toAttribute: signaling => (Array.isArray(signaling) ? signaling.join(' ') : null),
    },
  },
  // Read from its attribute, but not written there: a password has no business in a page's markup.
  password: {},
  phases: { reflect: true },
  // Never in markup, nor read from there.
  seal: { attribute: false },
  collection: { reflect: true },
  files: { reflect: true },
  readonly: { type: Boolean, reflect: true },
  defer: { type: Boolean, reflect: true },
  store: { reflect: true, converter: { toAttribute: store => (typeof store === 'string' ? store : null) } },
  identity: { reflect: true },
  confirm: { type: Boolean, reflect: true },
  hiddenUi: { type: Boolean, reflect: true, attribute: 'hidden-ui' },
  theme: { reflect: true },
  iceServers: { attribute: 'ice-servers', converter: { fromAttribute: readIceServers } },
  retention: { reflect: true },
  window: { reflect: true },
  diskBytes: { type: Number, reflect: true, attribute: 'disk-bytes' },
  schema: {},
  json: {},
  shared: { type: Boolean, reflect: true },
  indexes: {},
  text: {},
  place: { reflect: true },
  where: {},
  search: { reflect: true },
  order: {},
  limit: { type: Number, reflect: true },
  policies: { attribute: false },
  options: { attribute: false },
}
