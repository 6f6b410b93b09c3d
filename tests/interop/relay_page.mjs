// Trystero's ws-relay strategy, which is on npm in no version: its messages, on Trystero's own core.
import { createTopicStrategy, makeSocket, selfId } from '@trystero-p2p/core'
import { serve } from './modern_page.mjs'

const relays = new Map()

function open(url) {
  const listeners = new Map()
  const hear = text => {
    const { topic, payload } = JSON.parse(text)
    listeners.get(topic)?.(topic, payload)
  }
  const client = makeSocket(url, hear)
  return { client, listeners }
}

const say = ({ client }, type, topic, payload) => client.send(JSON.stringify({ type, topic, payload }))

const joinRoom = createTopicStrategy({
  init: ({ relayConfig: { urls } }) =>
    urls.map(async url => {
      if (!relays.has(url)) relays.set(url, open(url))
      await relays.get(url).client.ready
      return relays.get(url)
    }),
  subscribeTopic(relay, topic, hear) {
    relay.listeners.set(topic, hear)
    say(relay, 'subscribe', topic)
    return () => {
      relay.listeners.delete(topic)
      say(relay, 'unsubscribe', topic)
    }
  },
  publishTopic: (relay, topic, message) => say(relay, 'publish', topic, message),
})

const getRelaySockets = () => Object.fromEntries([...relays].map(([url, { client }]) => [url, client.socket]))

serve({ getRelaySockets, joinRoom, selfId }, text => 'payload' in JSON.parse(text))
