/** What every join needs beside the library, loaded with the first: later there may be no network to load it from. */

export { readQuery } from './asking.ts'
export { assemble } from './assembly.ts'
export { Rejections } from './rejections.ts'
export { Writer } from './writer.ts'
