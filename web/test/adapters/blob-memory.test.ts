import { MemoryBlobs } from '../../src/adapters/blob-memory.ts'
import { checkBlobs } from './blobs.ts'

checkBlobs(async () => new MemoryBlobs())
