/** What every join needs beside the library, loaded with the first: later there may be no network to load it from. */

export { readPolicies, withBudget } from '../moderation/rulebook.ts'
export { readQuery } from './asking.ts'
export { assemble } from './assembly.ts'
export { Courier } from './courier.ts'
export { openNaming } from './lighten.ts'
export { makeNode } from './making.ts'
export { Rejections } from './rejections.ts'
export { settleRetention } from './remembered.ts'
export { Writer } from './writer.ts'
