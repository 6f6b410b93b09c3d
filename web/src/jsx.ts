/**
 * What the elements take in JSX. A framework is told once, in a file of the page's own; React 19, for example, by
 *
 *     import type { PeersetElements } from 'peerset/element'
 *     declare module 'react' {
 *       namespace JSX { interface IntrinsicElements extends PeersetElements {} }
 *     }
 */

import type { PeersetDashboard } from './elements/dashboard/element.ts'
import type { PeersetIdentity } from './elements/identity/element.ts'
import type { PeersetRoom } from './elements/room/element.ts'
import type { RoomEventDetails, RoomEventName } from './elements/room/events.ts'
import type { PeersetShare } from './elements/share/element.ts'

/** Each element's properties, its attributes as texts, and its events by their names after "on". */
export interface PeersetElements {
  'peerset-room': InJsx<PeersetRoom, RoomProperty> & Listeners
  'peerset-dashboard': InJsx<PeersetDashboard, 'for'>
  'peerset-identity': InJsx<PeersetIdentity, never>
  'peerset-share': InJsx<PeersetShare, 'for'>
}

type RoomProperty =
  | 'room'
  | 'src'
  | 'app'
  | 'signaling'
  | 'password'
  | 'phases'
  | 'collection'
  | 'files'
  | 'readonly'
  | 'defer'
  | 'store'
  | 'identity'
  | 'confirm'
  | 'theme'
  | 'schema'
  | 'json'
  | 'shared'
  | 'indexes'
  | 'text'
  | 'place'
  | 'where'
  | 'search'
  | 'order'
  | 'limit'
  | 'policies'
  | 'options'

/** What any element takes, whatever a framework calls it, beside what ours has. */
type InJsx<Element, Property extends keyof Element> = { [name in Property]?: Element[name] | undefined } & {
  readonly [name: `data-${string}` | `aria-${string}`]: unknown
  readonly children?: unknown
  readonly class?: string | undefined
  readonly className?: string | undefined
  readonly 'from-hash'?: boolean | undefined
  readonly 'hidden-ui'?: boolean | undefined
  readonly 'disk-bytes'?: number | string | undefined
  readonly 'ice-servers'?: string | undefined
  readonly id?: string | undefined
  readonly key?: string | number | null | undefined
  readonly ref?: unknown
  readonly slot?: string | undefined
  readonly style?: unknown
}

type Listeners = { [name in RoomEventName as `on${name}`]?: (event: CustomEvent<RoomEventDetails[name]>) => void }
