/** The script of the service worker that gives files their addresses. Import it into a worker of your own if you have one. */

import { attend, type Scope } from './relaying.ts'

declare const self: Scope

attend(self)
