/** Both custom elements; importing this registers them. */

export * from './elements/dashboard/element.ts'
export type { PeersetElements } from './elements/jsx.ts'
export * from './elements/room/element.ts'
