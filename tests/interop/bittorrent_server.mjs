// bittorrent-tracker's own websocket server: prints its address, runs until its standard input ends.
import Server from 'bittorrent-tracker/server'

const server = new Server({ http: false, udp: false, ws: true, stats: false })
server.on('error', error => { throw error })
server.on('warning', warning => console.log(JSON.stringify({ warning: warning.message })))
server.on('listening', () => console.log(JSON.stringify({ url: `ws://127.0.0.1:${server.ws.address().port}` })))
server.listen(0, '127.0.0.1')
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
