import { join } from 'peerset'
import { mount } from 'svelte'
import Chat from './Chat.svelte'

// A tracker of your own: ?relays=ws://localhost:8000
const relays = new URLSearchParams(location.search).get('relays')?.split(' ')
const room = await join('lobby', { app: 'peerset-examples', relays })
mount(Chat, { target: document.getElementById('app'), props: { room } })
