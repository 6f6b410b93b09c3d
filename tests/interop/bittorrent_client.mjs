// bittorrent-tracker's own client: announces, and connects to whom the tracker introduces.
// Arguments: tracker address, info hash (hex), peer id (hex). Prints what happens, one JSON object a line.
import Client from 'bittorrent-tracker/client'

const [url, infoHash, peerId] = process.argv.slice(2)
const tell = event => console.log(JSON.stringify(event))
const client = new Client({ announce: [url], infoHash, peerId, port: 6881, rtcConfig: { iceServers: [] } })

client.on('error', error => tell({ error: error.message }))
client.on('warning', warning => tell({ warning: warning.message }))
client.on('update', ({ interval, complete, incomplete }) => tell({ update: { interval, complete, incomplete } }))
client.on('scrape', ({ complete, incomplete }) => tell({ scrape: { complete, incomplete } }))
client.on('peer', peer => {
  tell({ peer: peer.id })
  peer.on('error', error => tell({ error: error.message }))
})

process.stdin.setEncoding('utf8')
process.stdin.on('data', command => {
  if (command.trim() === 'start') client.start()
  if (command.trim() === 'scrape') client.scrape()
  if (command.trim() === 'stop') client.stop()
})
process.stdin.on('end', () => process.exit(0))
