/** An IndexedDB for test files that share one world: each finds it empty. */

import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'

globalThis.indexedDB = new IDBFactory()
