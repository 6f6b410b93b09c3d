// Trystero's mqtt strategy.
import * as mqtt from '@trystero-p2p/mqtt'
import { serve } from './modern_page.mjs'

const PUBLISH = 3

// The broker has heard of us once it brings our own announcement back.
serve(mqtt, packet => new Uint8Array(packet)[0] >> 4 === PUBLISH)
