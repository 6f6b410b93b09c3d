/** A room as a database, in one script that is loaded when a page declares its first collection. */

export { open } from './opening.ts'
export { Projection } from './projection.ts'
