import { join } from 'peerset'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

// A tracker of your own: ?signaling=ws://localhost:8000
const signaling = new URLSearchParams(location.search).get('signaling')?.split(' ')
const room = await join('lobby', { app: 'peerset-examples', signaling })

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
