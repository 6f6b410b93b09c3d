/** The custom elements; importing this registers them. */

export * from './elements/dashboard/element.ts'
export * from './elements/room/element.ts'
export * from './elements/share/element.ts'
export type { PeersetElements } from './jsx.ts'
