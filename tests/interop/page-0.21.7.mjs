import * as trystero from 'trystero-0.21.7/torrent'
import { serve } from './legacy_page.mjs'

serve(trystero)
