import * as trystero from 'trystero-0.20.1/torrent'
import { serve } from './legacy_page.mjs'

serve(trystero)
