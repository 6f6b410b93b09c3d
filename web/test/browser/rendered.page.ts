/** The page of `rendered.test.ts`: our elements, and nothing else. */

import '../../src/elements/dashboard/element.ts'
import '../../src/elements/room/element.ts'

Object.assign(globalThis, { commands: {} })
