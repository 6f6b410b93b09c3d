/** What every join needs beside the library, loaded with the first: later there may be no network to load it from. */

export { Agreement } from '../data/agreement.ts'
export { Moderator } from '../moderation/moderator.ts'
export { openThrift } from '../moderation/thrift.ts'
export { readQuery } from './asking.ts'
export { Driver } from './driver.ts'
export { Rejections } from './rejections.ts'
export { Writer } from './writer.ts'
