// Trystero's torrent strategy.
import * as torrent from '@trystero-p2p/torrent'
import { serve } from './modern_page.mjs'

serve(torrent, text => 'interval' in JSON.parse(text))
