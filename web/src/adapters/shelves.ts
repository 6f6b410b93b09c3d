/** All that finds documents, in one script that is loaded when a page declares its first collection. */

export { Documents } from './documents.ts'
export { Moving } from './moving.ts'
export { Remembered } from './remembered.ts'
export { Shelved } from './shelved.ts'
