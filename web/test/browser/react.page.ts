/** The page of `react.test.ts`: what a server rendered with React, taken up in the browser. */

import '../../src/elements/room/element.ts'
import { createRoot, hydrateRoot } from 'react-dom/client'
import type { Collection } from '../../src/data/collection.ts'
import { join } from '../../src/room/joining.ts'
import { appOf, clientApp, listApp, SCHEMA } from './react-app.ts'

interface Place {
  readonly name: string
  readonly stars: number
}

const recovered: string[] = []
let places: Collection<Place> | null = null
let synced = 0

function root(): HTMLElement {
  const found = document.getElementById('root')
  if (found === null) throw new Error('the page has no root')
  return found
}

const commands = {
  /** Take up the markup; *isPlain* as `appOf` takes it. */
  hydrate(given: { signaling: string; isPlain: boolean }): void {
    const app = appOf({ ...given, onSync: () => (synced += 1) })
    hydrateRoot(root(), app, { onRecoverableError: error => recovered.push(String(error)) })
  },

  /** Draw in the page alone. */
  draw(signaling: string): void {
    createRoot(root()).render(clientApp(signaling))
  },

  /** Follow the places with two stars and more in the page alone. */
  async follow(): Promise<void> {
    const room = await join('lobby', { signaling: [], store: 'memory' })
    places = await room.collection<Place>('places', { schema: SCHEMA })
    createRoot(root()).render(listApp(await places.live({ stars: { gte: 2 } }, { order: 'name' })))
  },

  /** Put a place into the room that is followed. */
  async put({ name, stars }: Place): Promise<void> {
    await places?.put(name, { name, stars })
  },

  /** What React had to mend, and how often the element told of its peers. */
  heard: () => ({ recovered, synced }),
}

Object.assign(globalThis, { commands })

export type Commands = typeof commands
