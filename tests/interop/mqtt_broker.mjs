// A real MQTT broker, aedes, by websocket on the loopback interface; tells its address, ends with its standard input.
import { Aedes } from 'aedes'
import { createServer } from 'node:http'
import { WebSocketServer, createWebSocketStream } from 'ws'

const broker = await Aedes.createBroker()
const server = createServer()
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket, request) => broker.handle(createWebSocketStream(socket), request))
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `ws://127.0.0.1:${server.address().port}/mqtt` }))
})
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
