import * as trystero from 'trystero-0.22.0/torrent'
import { serve } from './legacy_page.mjs'

serve(trystero)
