import { join } from 'peerset'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

// A tracker of your own: ?relays=ws://localhost:8000
const relays = new URLSearchParams(location.search).get('relays')?.split(' ')
const room = await join('lobby', { app: 'peerset-examples', relays })

function Chat() {
  const [records, setRecords] = useState([])
  useEffect(() => {
    setRecords([])
    return room.subscribe({ collection: 'chat' }, record => setRecords(known => [...known, record]))
  }, [])
  const send = form => room.publish(form.get('text'), { collection: 'chat' })
  return (
    <>
      <ul aria-label="Messages">
        {records.map(({ id, content }) => (
          <li key={id}>{content}</li>
        ))}
      </ul>
      <form action={send}>
        <input name="text" aria-label="Message" required />
      </form>
    </>
  )
}

createRoot(document.getElementById('app')).render(<Chat />)
