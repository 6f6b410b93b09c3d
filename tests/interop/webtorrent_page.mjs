// A page of WebTorrent, unmodified, which seeds files and fetches those of others.
import WebTorrent from 'webtorrent/dist/webtorrent.min.js'

const client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } })
client.on('error', error => window.tell({ event: 'failed', error: error.message }))

const pack = bytes => btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
const unpack = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))

window.commands = {
  seed: ({ tracker, name, bytes }) =>
    new Promise(resolve => {
      const file = new File([unpack(bytes)], name)
      client.seed([file], { announce: [tracker] }, ({ magnetURI }) => resolve(magnetURI))
    }),

  fetch: ({ magnet }) =>
    new Promise(resolve => {
      client.add(magnet, torrent => {
        torrent.on('done', async () => {
          const [file] = torrent.files
          const bytes = new Uint8Array(await (await file.blob()).arrayBuffer())
          resolve({ name: file.name, bytes: pack(bytes) })
        })
      })
    }),

  id: () => client.peerId,
}
