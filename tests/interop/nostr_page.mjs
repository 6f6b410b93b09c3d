// Trystero's nostr strategy.
import * as nostr from '@trystero-p2p/nostr'
import { serve } from './modern_page.mjs'

serve(nostr, text => JSON.parse(text)[0] === 'OK')
