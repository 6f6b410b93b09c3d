/** What a tab is that follows another one; loaded by tabs that do. */

export { Deputy } from './deputy.ts'
export { Remote } from './remote.ts'
