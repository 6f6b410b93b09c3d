/** A room as a database, in one script that is loaded when a page declares its first collection. */

export { openCollection } from './declaring.ts'
export { deskOf } from './desk.ts'
export { Projection } from './projection.ts'
