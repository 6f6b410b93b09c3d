// The nostr strategy of Trystero 0.21.7, of the older dialect.
import * as trystero from 'trystero-0.21.7/nostr'
import { serve } from './legacy_page.mjs'

serve(trystero, text => JSON.parse(text)[0] === 'OK')
