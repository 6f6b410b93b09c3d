import { join } from 'peerset'
import { createApp } from 'vue'
import ChatRoom from './ChatRoom.vue'

// A tracker of your own: ?signaling=ws://localhost:8000
const signaling = new URLSearchParams(location.search).get('signaling')?.split(' ')
createApp(ChatRoom, { room: await join('lobby', { app: 'peerset-examples', signaling }) }).mount('#app')
