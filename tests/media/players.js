// Opens a clip in one of several players, reads the number in its pictures and hears its clicks. Used by test_players.py.
const until = (check, what) => new Promise((resolve, reject) => {
  const began = performance.now()
  const look = setInterval(() => {
    if (check()) { clearInterval(look); resolve() }
    else if (performance.now() - began > 60000) { clearInterval(look); reject(new Error(`${what}: ${JSON.stringify({ errors, at: video.currentTime, state: video.readyState })}`)) }
  }, 20)
})
let video, hls
const errors = []

async function openIn(player, address, level) {
  video = document.createElement('video')
  video.crossOrigin = 'anonymous'
  document.body.append(video)
  if (player === 'hls.js') {
    hls = new Hls({ startLevel: level, maxBufferLength: 60 })
    hls.on(Hls.Events.ERROR, (_, data) => errors.push(`${data.details}${data.fatal ? ' (fatal)' : ''}`))
    hls.on(Hls.Events.MANIFEST_PARSED, () => { hls.currentLevel = level })
    hls.loadSource(address)
    hls.attachMedia(video)
  } else if (player === 'video.js') {
    const shown = videojs(video, { html5: { vhs: { overrideNative: true } } })
    shown.on('error', () => errors.push(shown.error().message))
    shown.src({ src: address, type: 'application/vnd.apple.mpegurl' })
    await new Promise((resolve) => shown.ready(resolve))
    video = document.querySelector('video')
  } else if (player === 'shaka-player') {
    shaka.polyfill.installAll()
    const shown = new shaka.Player()
    shown.addEventListener('error', (event) => errors.push(`shaka ${event.detail.code}`))
    await shown.attach(video)
    await shown.load(address)
  } else video.src = address
  await until(() => video.readyState >= 3, 'nothing to see')
  return { duration: video.duration, width: video.videoWidth, from: video.buffered.start(0) }
}

// the number in the picture at each of these times
async function numbersAt(times) {
  const canvas = document.createElement('canvas')
  canvas.width = 320; canvas.height = 180
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  const read = () => {
    pen.drawImage(video, 0, 0, 320, 180)
    return [...Array(10).keys()].reduce((sum, bit) => sum | (pen.getImageData(bit * 32 + 16, 90, 1, 1).data[1] > 128) << bit, 0)
  }
  const numbers = []
  for (const time of times) {
    const there = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }))
    video.currentTime = time
    await there
    await new Promise((resolve) => { video.requestVideoFrameCallback(resolve); setTimeout(resolve, 200) })
    numbers.push(read())
  }
  return numbers
}

// media times at which clicks are heard until `seconds`: the sound is taken where it leaves the element, and set against the element's own clock
async function clicks(seconds) {
  const ready = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }))
  video.currentTime = 0
  await ready
  const context = new AudioContext()
  await context.resume()
  const ear = `registerProcessor('ear', class extends AudioWorkletProcessor {
    process(inputs) {
      const sound = inputs[0][0] ?? []
      for (let n = 0; n < sound.length; n++) if (Math.abs(sound[n]) > 0.25 && !(currentFrame + n - this.last < sampleRate / 10)) {
        this.last = currentFrame + n
        this.port.postMessage(this.last / sampleRate)
      }
      return true
    }
  })`
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([ear], { type: 'text/javascript' })))
  const node = new AudioWorkletNode(context, 'ear')
  const heard = [], pairs = []
  node.port.onmessage = (event) => heard.push(event.data)
  context.createMediaElementSource(video).connect(node).connect(context.destination)
  const clock = setInterval(() => video.paused || pairs.push([context.currentTime, video.currentTime]), 5)
  await video.play()
  await until(() => video.currentTime > seconds || video.ended, 'it does not go on')
  clearInterval(clock)
  video.pause()
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1]
  return heard.map((at) => at + middle(pairs.filter(([time]) => Math.abs(time - at) < 0.4).map(([time, media]) => media - time)))
}

// to the end, changing the rung on the way where the player is hls.js
async function toTheEnd(level) {
  video.muted = true
  const ready = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }))
  video.currentTime = 0
  await ready
  video.playbackRate = 2
  await video.play()
  if (hls) { await until(() => video.currentTime > 0.5, 'it does not begin'); hls.nextLevel = level }
  await until(() => video.ended, 'it does not end')
  return { at: video.currentTime, width: video.videoWidth, errors }
}
