/** The script of a worker that checks signatures off the main thread. */

import { attend, type Scope } from './checking.ts'

declare const self: Scope

attend(self)
