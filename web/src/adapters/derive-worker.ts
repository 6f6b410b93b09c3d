/** The script of a worker that makes secrets of passphrases off the main thread. */

import { attend, type Scope } from './deriving.ts'

declare const self: Scope

attend(self)
