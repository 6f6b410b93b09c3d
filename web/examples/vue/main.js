import { join } from 'peerset'
import { createApp } from 'vue'
import ChatRoom from './ChatRoom.vue'

// A tracker of your own: ?relays=ws://localhost:8000
const relays = new URLSearchParams(location.search).get('relays')?.split(' ')
createApp(ChatRoom, { room: await join('lobby', { app: 'peerset-examples', relays }) }).mount('#app')
