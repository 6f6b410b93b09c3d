/** An application in React, as docs/web.md says how to write one: a server renders it, and a page takes it up. */

import { createElement as h, type ReactElement, StrictMode, useEffect, useState, useSyncExternalStore } from 'react'
import type { LiveQuery } from '../../src/data/live.ts'
import type { PeersetElements } from '../../src/jsx.ts'

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements extends PeersetElements {}
  }
}

export const SCHEMA = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, stars: { type: 'integer' } },
}

/** What a page gives its application. */
export interface AppOptions {
  readonly signaling: string
  /** Told of what the element says. */
  readonly onSync?: () => void
  /** Everything stands in the markup, as texts. */
  readonly isPlain?: boolean
}

function App({ signaling, onSync, isPlain = false }: AppOptions): ReactElement {
  const [isHere, setHere] = useState(false)
  useEffect(() => setHere(true), [])
  const common = { room: 'lobby', signaling, store: 'memory' as const, collection: 'places', order: '-stars' }
  const texts = { schema: JSON.stringify(SCHEMA), where: '{"stars": {"gte": 2}}' }
  // Hydration drops what is no text: it is given as soon as the page is here.
  const objects = isHere ? { schema: SCHEMA, where: { stars: { gte: 2 } }, 'onpeerset-sync': onSync } : {}
  const item = { __html: '<b data-field="value.name"></b> <i data-field="value.stars"></i>' }
  return h(
    'main',
    null,
    h('h1', null, isHere ? 'here' : 'on its way'),
    h(
      'peerset-room',
      isPlain ? { ...common, ...texts } : { ...common, ...objects, defer: !isHere },
      h('template', { slot: 'item', dangerouslySetInnerHTML: item }),
    ),
  )
}

/** Make the application, the same on a server and in a page. */
export function appOf(options: AppOptions): ReactElement {
  return h(StrictMode, null, h(App, options))
}

/** The same without a server, with the template's content as React writes it. */
export function clientApp(signaling: string): ReactElement {
  const template = h('template', { slot: 'item' }, h('u', { 'data-field': 'text' }))
  return h(StrictMode, null, h('peerset-room', { room: 'lobby', signaling, store: 'memory' }, template))
}

/** What a live query finds, followed by React's own hook. */
export function listApp<T extends { readonly name: string }>(live: LiveQuery<T>): ReactElement {
  const List = () => {
    const docs = useSyncExternalStore(live.subscribe, live.getSnapshot)
    return h(
      'ul',
      null,
      docs.map(({ id, value }) => h('li', { key: id }, value.name)),
    )
  }
  return h(StrictMode, null, h(List))
}
