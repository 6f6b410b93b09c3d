// The page of Trystero 0.23.0, whose offers are texts and no objects; its application is as before 0.23, but for this.
import * as torrent from 'trystero-torrent-0.23.0'
import { serve } from './legacy_page.mjs'

serve({ ...torrent, joinRoom: (config, name, onJoinError) => torrent.joinRoom(config, name, { onJoinError }) })
