import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/trystero.json'
import { topicOf } from '../../src/adapters/topic.ts'
import type { PeerId } from '../../src/core/signal.ts'

test.each(vectors.topics)('the room $roomId of $appId, and a peer in it, are named as Trystero does', topic => {
  const name = { app: topic.appId, room: topic.roomId }
  expect([topicOf(name), topicOf(name, topic.peer_id as PeerId)]).toEqual([topic.root_topic, topic.self_topic])
})
