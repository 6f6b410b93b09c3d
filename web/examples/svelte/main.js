import { join } from 'peerset'
import { mount } from 'svelte'
import Chat from './Chat.svelte'

// A tracker of your own: ?signaling=ws://localhost:8000
const signaling = new URLSearchParams(location.search).get('signaling')?.split(' ')
const room = await join('lobby', { app: 'peerset-examples', signaling })
mount(Chat, { target: document.getElementById('app'), props: { room } })
