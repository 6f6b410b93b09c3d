/** The page of `rendered.test.ts` in which lit is to hydrate what a server rendered. */

import '@lit-labs/ssr-client/lit-element-hydrate-support.js'
import '../../src/elements/dashboard/element.ts'
import '../../src/elements/room/element.ts'

Object.assign(globalThis, { commands: {} })
